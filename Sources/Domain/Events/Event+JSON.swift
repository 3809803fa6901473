public import JSON

extension Event: JSONEncodable {
    /// Prefect's `ReceivedEvent`.
    public var json: JSONValue {
        [
            "occurred": occurred.json, "event": .string(name), "resource": resource.json, "related": related.json,
            "payload": .object(payload), "id": id.json, "follows": follows.json, "received": received.json,
        ]
    }
}

extension EventResource: JSONEncodable, JSONReadable {
    public var json: JSONValue { .object(labels) }

    /// Reads labels, of which one must be the id.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        var labels: JSONObject = [:]
        for (key, member) in try reader.members {
            labels[key] = .string(try member.string)
        }
        self.init(labels: labels)
        guard labels[Self.idLabel] != nil else {
            throw reader.valueError("Resources must include the prefect.resource.id label")
        }
        guard !id.isEmpty else {
            throw reader.valueError("The prefect.resource.id label must be non-empty")
        }
    }
}

/// An event as clients tell of it: whoever takes it adds when it was received.
public struct ToldEvent: JSONReadable, Sendable {
    private let event: Event

    /// Reads the event as clients write it.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        let name: String = try reader.required("event")
        guard name.utf8.count <= Event.longestName else {
            throw try reader.required("event").valueError("Event name must be at most \(Event.longestName) characters")
        }
        let related: [EventResource] = try reader.optional("related") ?? []
        guard related.count <= Event.mostRelated else {
            throw try reader.required("related").valueError(
                "The maximum number of related resources is \(Event.mostRelated)")
        }
        guard related.allSatisfy({ $0.role?.isEmpty == false }) else {
            throw try reader.required("related").valueError(
                "Related Resources must include the prefect.resource.role label")
        }
        let occurred: Timestamp = try reader.required("occurred")
        event = Event(
            id: try reader.required("id"), occurred: occurred, received: occurred, name: name,
            resource: try reader.required("resource"), related: related,
            payload: try reader.optional("payload") ?? [:], follows: try reader.optional("follows"))
    }

    /// The event, heard of at `time`.
    public func received(at time: Timestamp) -> Event {
        var event = event
        event.received = time
        return event
    }
}
