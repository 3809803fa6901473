public import JSON

/// A trigger has fired.
public struct Firing: Sendable, Hashable {
    public let id: ID<Firing>
    public let triggerID: ID<Trigger>
    public let triggered: Timestamp
    /// What sets apart the events that made it fire, by label.
    public let labels: [String: String]
    /// The event that made it fire, if one did.
    public let event: Event?
    /// The firings that made a composite trigger fire.
    public let firings: [Firing]

    public init(
        id: ID<Firing>, triggerID: ID<Trigger>, triggered: Timestamp, labels: [String: String] = [:], event: Event?,
        firings: [Firing] = []
    ) {
        self.id = id
        self.triggerID = triggerID
        self.triggered = triggered
        self.labels = labels
        self.event = event
        self.firings = firings
    }

    /// This one and those below it.
    public var all: [Firing] { [self] + firings.flatMap(\.all) }

    /// The events that made it fire, and those below it.
    public var events: [Event] { (event.map { [$0] } ?? []) + firings.flatMap(\.events) }
}

extension Firing: JSONEncodable, JSONReadable {
    /// Prefect's `Firing`, as templates see it.
    public var json: JSONValue {
        [
            "id": id.json, "trigger": ["id": triggerID.json], "trigger_states": ["Triggered"],
            "triggered": triggered.json, "triggering_labels": labels.json, "triggering_firings": firings.json,
            "triggering_event": event.json, "triggering_value": .null,
        ]
    }

    /// Reads what was written.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        self.init(
            id: try reader.required("id"), triggerID: try reader.required("trigger").required("id"),
            triggered: try reader.required("triggered"), labels: try reader.optional("triggering_labels") ?? [:],
            event: try reader.optional("triggering_event").map { member throws(JSONReadingError) in
                try Event(stored: member)
            }, firings: try reader.optional("triggering_firings") ?? [])
    }
}

extension Event {
    /// Reads an event as it was stored.
    public init(stored reader: JSONReader) throws(JSONReadingError) {
        self.init(
            id: try reader.required("id"), occurred: try reader.required("occurred"),
            received: try reader.required("received"), name: try reader.required("event"),
            resource: try reader.required("resource"), related: try reader.optional("related") ?? [],
            payload: try reader.optional("payload") ?? [:], follows: try reader.optional("follows"))
    }
}
