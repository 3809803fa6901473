public import Domain
import JSON

extension Store {
    private static let eventColumns =
        "event.id, event.occurred, event.received, event.name, event.resource, event.related, event.payload, event.follows"

    private static func event(_ reader: inout RowReader) throws(StorageError) -> Event {
        Event(
            id: try reader.id(), occurred: try reader.time(), received: try reader.time(), name: try reader.text(),
            resource: EventResource(labels: try reader.object()),
            related: (try reader.optionalJSON()?.arrayValue ?? []).compactMap {
                $0.objectValue.map { EventResource(labels: $0) }
            }, payload: try reader.object(), follows: try reader.optionalID())
    }

    /// Adds an event, unless it is known already.
    ///
    /// - Returns: whether it is new.
    @discardableResult
    public func insert(_ event: Event) throws(StorageError) -> Bool {
        let added = try rows(
            """
            INSERT INTO event (id, occurred, received, name, resource_id, resource, related, payload, follows)
            VALUES (\(placeholders(9))) ON CONFLICT (id) DO NOTHING RETURNING id
            """,
            .id(event.id), .time(event.occurred), .time(event.received), .text(event.name), .text(event.resource.id),
            .json(event.resource.labels), .json(event.related.isEmpty ? JSONValue.null : event.related.json),
            .json(event.payload), .id(event.follows))
        guard !added.isEmpty else { return false }
        for id in Set(event.related.map(\.id)) where !id.hasPrefix(EventResourceKind.tag.prefix) {
            try execute(
                "INSERT INTO event_related (resource_id, occurred, event_id) VALUES ($1, $2, $3)",
                .text(id), .time(event.occurred), .id(event.id))
        }
        return true
    }

    /// The stored events that a condition holds for, by their time and then their id.
    public func events(_ query: EventQuery) throws(StorageError) -> [Event] {
        let direction = query.isAscending ? "ASC" : "DESC"
        return try select(
            Self.eventColumns, from: "event",
            Query(
                .all([query.time("event.occurred", "event.id"), query.stored]),
                order: "event.occurred \(direction), event.id \(direction)", limit: query.limit)
        ).decoded(Self.event)
    }

    /// Forgets what was received before `time`: `limit` events at most.
    ///
    /// - Returns: how many that were.
    public func deleteEvents(receivedBefore time: Timestamp, limit: Int) throws(StorageError) -> Int {
        let old = try rows(
            "SELECT id FROM event WHERE received < $1 ORDER BY received LIMIT $2", .time(time), .int(limit)
        )
        .decoded { reader throws(StorageError) in try reader.id(Event.self) }
        for id in old {
            try execute("DELETE FROM event_related WHERE event_id = $1", .id(id))
            try execute("DELETE FROM event WHERE id = $1", .id(id))
        }
        return old.count
    }
}

/// Which events storage is to bring: narrowed down by what is indexed, the rest is for whoever asks to test.
public struct EventQuery: Sendable {
    public var since: Timestamp?
    public var until: Timestamp?
    /// Only what comes behind this event in the order that is asked for.
    public var after: (occurred: Timestamp, id: ID<Event>)?
    public var isAscending: Bool
    public var limit: Int
    /// A condition on the table of events, and one on that of the runs' states.
    public var stored: Condition
    public var states: Condition

    public init(
        since: Timestamp?, until: Timestamp?, isAscending: Bool, limit: Int, stored: Condition = .always,
        states: Condition = .always
    ) {
        self.since = since
        self.until = until
        self.isAscending = isAscending
        self.limit = limit
        self.stored = stored
        self.states = states
    }

    fileprivate func time(_ column: String, _ id: String) -> Condition {
        var conditions: [Condition] = []
        if let since { conditions.append(.test("\(column) >= ?", [.time(since)])) }
        if let until { conditions.append(.test("\(column) <= ?", [.time(until)])) }
        if let after {
            let sign = isAscending ? ">" : "<"
            conditions.append(.test("\(column) \(sign)= ?", [.time(after.occurred)]))
            conditions.append(
                .any([
                    .test("\(column) \(sign) ?", [.time(after.occurred)]), .test("\(id) \(sign) ?", [.id(after.id)]),
                ]))
        }
        return .all(conditions)
    }
}

extension Condition {
    /// Events that are about one of these things, or have to do with one.
    public static func concerns(anyOf ids: [String]) -> Condition {
        let texts = ids.map { SQLValue.text($0) }
        let marks = texts.map { _ in "?" }.joined(separator: ", ")
        return .any([.isAny("event.resource_id", of: texts), relates(texts, marks)])
    }

    /// Events that have to do with one of these things beside what they are about.
    public static func relates(toAnyOf ids: [String]) -> Condition {
        let texts = ids.map { SQLValue.text($0) }
        return relates(texts, texts.map { _ in "?" }.joined(separator: ", "))
    }

    private static func relates(_ texts: [SQLValue], _ marks: String) -> Condition {
        .test("event.id IN (SELECT event_related.event_id FROM event_related WHERE resource_id IN (\(marks)))", texts)
    }
}

// MARK: - The states of runs as events

/// A state that a run entered, with what its event tells beside it.
public struct StateOccurrence: Sendable {
    public let run: ID<FlowRun>
    public let version: Int
    public let state: RunState
}

extension Store {
    /// The states that runs entered, by their time, that a condition on `run_state` holds for.
    public func occurrences(_ query: EventQuery) throws(StorageError) -> [StateOccurrence] {
        let direction = query.isAscending ? "ASC" : "DESC"
        return try select(
            "run_id, version, id, type, name, timestamp, message, data, details", from: "run_state",
            Query(
                .all([query.time("run_state.timestamp", "run_state.id"), query.states]),
                order: "run_state.timestamp \(direction), run_state.id \(direction)", limit: query.limit)
        ).decoded { reader throws(StorageError) in
            StateOccurrence(run: try reader.id(), version: try reader.int(), state: try Self.state(&reader))
        }
    }

    /// The state that a run was in before the state with this id, if there was one.
    public func stateBefore(_ state: ID<RunState>, of run: ID<FlowRun>) throws(StorageError) -> RunState? {
        try rows(
            """
            SELECT id, type, name, timestamp, message, data, details FROM run_state
            WHERE run_id = $1 AND version < (SELECT s.version FROM run_state s WHERE s.run_id = $1 AND s.id = $2)
            ORDER BY version DESC LIMIT 1
            """, .id(run), .id(state)
        ).decoded(Self.state).first
    }
}
