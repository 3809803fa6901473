import HTTPClient
public import JSON

extension APIConnection {
    /// All automations, by name.
    public func automations() async throws(APIError) -> [AutomationResource] {
        try await all("/automations/filter", ["sort": "NAME_ASC"])
    }

    /// The automations that start something, or belong to it.
    ///
    /// - Parameter resource: its id in events: `prefect.deployment.…`.
    public func automations(relatedTo resource: String) async throws(APIError) -> [AutomationResource] {
        try await get("/automations/related-to/\(resource.percentEncoded)")
    }

    /// - Parameter body: what Prefect's API takes for one.
    public func createAutomation(_ body: JSONValue) async throws(APIError) -> AutomationResource {
        try await post("/automations/", body)
    }

    /// Puts another automation in the place of one.
    public func replace(automation id: String, _ body: JSONValue) async throws(APIError) -> AutomationResource {
        _ = try await call(.put, "/automations/\(id.percentEncoded)", body, mayRepeat: true)
        return try await get("/automations/\(id.percentEncoded)")
    }

    /// Says whether its trigger is looked at.
    public func setEnabled(_ isEnabled: Bool, automation id: String) async throws(APIError) {
        _ = try await call(
            .patch, "/automations/\(id.percentEncoded)", ["enabled": .bool(isEnabled)], mayRepeat: true)
    }

    /// Forgets an automation.
    public func delete(automation id: String) async throws(APIError) {
        _ = try await call(.delete, "/automations/\(id.percentEncoded)")
    }

    /// The id of a block.
    ///
    /// - Parameter type: the slug of its type.
    public func block(type: String, name: String) async throws(APIError) -> String {
        let answer = try await call(
            .get, "/block_types/slug/\(type.percentEncoded)/block_documents/name/\(name.percentEncoded)")
        return answer.json["id"]?.stringValue ?? ""
    }

    // MARK: Messages on their way

    /// Messages that wait, or those that did not get through.
    ///
    /// - Parameter state: `WAITING` or `DEAD`; nothing for both.
    public func deliveries(state: String?) async throws(APIError) -> [DeliveryResource] {
        var filter = JSONObject()
        filter["state"] = state.map { .string($0) }
        return try await all("/automations/deliveries/filter", filter)
    }

    /// Sends a message again.
    public func retry(delivery id: String) async throws(APIError) -> DeliveryResource {
        try await post("/automations/deliveries/\(id.percentEncoded)/retry", [:])
    }

    /// Drops a message.
    public func delete(delivery id: String) async throws(APIError) {
        _ = try await call(.delete, "/automations/deliveries/\(id.percentEncoded)")
    }

    // MARK: Events

    /// The newest events that a filter finds, the newest first.
    ///
    /// - Parameter filter: Prefect's `EventFilter`.
    public func happenings(_ filter: JSONObject, limit: Int) async throws(APIError) -> [HappeningResource] {
        let page = 50
        let body: JSONValue = ["filter": .object(filter), "limit": JSONValue(min(page, limit))]
        var found: [HappeningResource] = []
        var answer = try await call(.post, "/events/filter", body, mayRepeat: true).json
        while true {
            found += try read(answer["events"] ?? [], as: [HappeningResource].self)
            let token = answer["next_page"]?.stringValue?.split(separator: "page-token=").last
            guard found.count < limit, let token else { return Array(found.prefix(limit)) }
            answer = try await call(.get, "/events/filter/next?page-token=\(token)").json
        }
    }

    /// Tells of something that happened.
    ///
    /// - Parameter event: as Prefect's API takes it.
    public func tell(_ event: JSONValue) async throws(APIError) {
        // With the same id it is the same event, however often it is told.
        _ = try await call(.post, "/events", [event], mayRepeat: true)
    }

    /// Events as they happen.
    ///
    /// - Parameters:
    ///   - name: of the events; with a star at its end, what it begins with.
    ///   - resource: the id of what they are about, written likewise.
    ///   - time: from when on those that are stored are told, too.
    public func followEvents(
        name: String?, resource: String?, since time: String?
    ) async throws(APIError) -> HappeningStream {
        let query = [("event", name), ("resource", resource), ("since", time)].compactMap { key, value in
            value.map { "\(key)=\($0.percentEncoded)" }
        }
        let suffix = query.isEmpty ? "" : "?" + query.joined(separator: "&")
        return HappeningStream(events: try await events("/events/follow\(suffix)"))
    }
}

/// Follows events.
public struct HappeningStream {
    private var events: EventStream

    init(events: EventStream) { self.events = events }

    /// The next event; nothing when the server has no more to tell.
    /// - Throws: ``APIError``, `interrupted` when the connection breaks.
    public mutating func next() async throws(APIError) -> HappeningResource? {
        while let event = try await events.next() {
            guard event.name == "event" else { continue }
            return try events.read(event)
        }
        return nil
    }
}
