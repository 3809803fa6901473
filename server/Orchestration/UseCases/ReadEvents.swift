public import Domain
import JSON
import Storage

/// A page of events.
public struct EventPage: Sendable {
    public let events: [Event]
    /// How many there are on all pages, but for what counting stops at.
    public let total: Int
    /// Behind what the next page begins; nothing when there is none.
    public let next: EventCursor?
}

/// A place in a list of events.
public struct EventCursor: Sendable, Hashable {
    public let occurred: Timestamp
    public let id: ID<Event>

    public init(occurred: Timestamp, id: ID<Event>) {
        self.occurred = occurred
        self.id = id
    }
}

extension Orchestrator {
    /// How many events are looked at to count those that a filter includes. A bigger total is told as what was found.
    private static let mostLookedAt = 50_000

    /// The events that a filter includes, in its order: those that were taken and those of runs' states alike.
    ///
    /// - Parameter known: how many there are on all pages, if that is known: counting means to look at all of them.
    public func events(
        _ filter: EventFilter, after cursor: EventCursor? = nil, limit: Int, total known: Int? = nil
    ) async throws -> EventPage {
        var filter = filter
        filter.until = filter.until ?? now
        let wanted = filter
        return try await described { store, describer in
            var reader = EventReader(store, wanted, after: cursor, describer)
            var events: [Event] = []
            var (total, lookedAt) = (0, 0)
            while let batch = try reader.next() {
                lookedAt += batch.lookedAt
                total += batch.events.count
                if events.count <= limit { events += batch.events }
                if known != nil || lookedAt >= Self.mostLookedAt, events.count > limit { break }
            }
            let page = Array(events.prefix(limit))
            let next = events.count > limit ? page.last.map { EventCursor(occurred: $0.occurred, id: $0.id) } : nil
            return EventPage(events: page, total: known ?? total, next: next)
        }
    }

    /// The events of states that runs entered just now, as far as somebody `wants` one with that name about that run.
    func events(
        of changes: [RunChange]
    ) async throws -> [Event] {
        try await described { store, describer in
            var events = RunEvents(store: store, describer: describer)
            return try changes.compactMap { try events.event(of: $0.state, run: $0.runID) }
        }
    }
}

/// Reads events from both places where they are, merged in their order, some at a time.
struct EventReader {
    private static let batch = 500

    private let store: Store
    private let filter: EventFilter
    private var stored: EventQuery
    private var states: EventQuery
    private var runEvents: RunEvents
    private var heldStored: [Event] = []
    private var heldStates: [Event] = []
    private var hasStored = true
    private var hasStates: Bool

    init(_ store: Store, _ filter: EventFilter, after cursor: EventCursor?, _ describer: Describer) {
        self.store = store
        self.filter = filter
        var query = EventQuery(
            since: filter.since, until: filter.until, isAscending: filter.order == .ascending, limit: Self.batch,
            stored: filter.storedCondition, states: filter.stateCondition ?? .never)
        query.after = cursor.map { ($0.occurred, $0.id) }
        stored = query
        states = query
        hasStates = filter.stateCondition != nil
        runEvents = RunEvents(store: store, describer: describer)
    }

    /// The next events, and how many were looked at for them; nil at the end.
    mutating func next() throws -> (events: [Event], lookedAt: Int)? {
        var lookedAt = 0
        if heldStored.isEmpty, hasStored { lookedAt += try readStored() }
        if heldStates.isEmpty, hasStates { lookedAt += try readStates() }
        let merged = takeMerged()
        guard !merged.isEmpty || hasStored || hasStates else { return nil }
        return (merged.filter { filter.includes($0) }, lookedAt)
    }

    private mutating func readStored() throws -> Int {
        heldStored = try store.events(stored)
        hasStored = heldStored.count == Self.batch
        if let last = heldStored.last { stored.after = (last.occurred, last.id) }
        return heldStored.count
    }

    private mutating func readStates() throws -> Int {
        let found = try store.occurrences(states)
        hasStates = found.count == Self.batch
        if let last = found.last { states.after = (last.state.timestamp, last.state.id.cast()) }
        for occurrence in found where filter.mayInclude(occurrence.state) {
            if let event = try runEvents.event(of: occurrence.state, run: occurrence.run) { heldStates.append(event) }
        }
        return found.count
    }

    /// What can be told in order already: everything, up to the end of a side that has more to come.
    private mutating func takeMerged() -> [Event] {
        var merged: [Event] = []
        var (first, second) = (heldStored[...], heldStates[...])
        while let left = first.first, let right = second.first {
            if isBefore(left, right) { merged.append(first.removeFirst()) } else { merged.append(second.removeFirst()) }
        }
        if second.isEmpty, !hasStates { (merged, first) = (merged + first, []) }
        if first.isEmpty, !hasStored { (merged, second) = (merged + second, []) }
        (heldStored, heldStates) = (Array(first), Array(second))
        return merged
    }

    private func isBefore(_ left: Event, _ right: Event) -> Bool {
        let ascends = (left.occurred, left.id) < (right.occurred, right.id)
        return filter.order == .ascending ? ascends : !ascends
    }
}

// MARK: - What storage narrows down

extension EventFilter {
    /// A condition that holds for all stored events that the filter includes, and for few others.
    fileprivate var storedCondition: Condition {
        var conditions: [Condition] = []
        if !ids.isEmpty { conditions.append(.isAny("event.id", of: ids.map { .id($0) })) }
        if !name.names.isEmpty { conditions.append(.isAny("event.name", of: name.names.map { .text($0) })) }
        if !name.prefixes.isEmpty {
            conditions.append(.any(name.prefixes.map { .hasPrefix("event.name", $0) }))
        }
        if let test = resource, !test.ids.isEmpty {
            conditions.append(.isAny("event.resource_id", of: test.ids.map { .text($0) }))
        }
        for test in anyResource where !test.ids.isEmpty && !test.ids.contains(where: \.isTag) {
            conditions.append(.concerns(anyOf: test.ids))
        }
        for test in related where !test.ids.isEmpty && !test.ids.contains(where: \.isTag) {
            conditions.append(.relates(toAnyOf: test.ids))
        }
        return .all(conditions)
    }

    /// The same for the states of runs; nil if none of their events is included.
    fileprivate var stateCondition: Condition? {
        var conditions: [Condition] = []
        if !ids.isEmpty { conditions.append(.isAny("run_state.id", of: ids.map { .id($0) })) }
        let prefix = StateEventNames.prefix
        if !name.names.isEmpty {
            let states = name.names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
            guard !states.isEmpty else { return nil }
            conditions.append(.isAny("run_state.name", of: states.map { .text($0) }))
        }
        if !name.prefixes.isEmpty {
            guard name.prefixes.contains(where: { $0.hasPrefix(prefix) || prefix.hasPrefix($0) }) else { return nil }
        }
        if name.excludedPrefixes.contains(where: { prefix.hasPrefix($0) }) { return nil }
        if let test = resource, !test.ids.isEmpty {
            conditions.append(.isAny("run_state.run_id", of: test.ids.compactMap(\.runID).map { .id($0) }))
        }
        for test in anyResource where !test.ids.isEmpty {
            guard let runs = runs(concernedBy: test.ids) else { continue }
            conditions.append(runs)
        }
        return .all(conditions)
    }

    /// The states of runs that one of these things is, or has to do with; nil if that is not told by their rows.
    private func runs(concernedBy ids: [String]) -> Condition? {
        let kinds: [(kind: EventResourceKind, column: String)] = [
            (.deployment, "run.deployment_id"), (.flow, "run.flow_id"), (.workQueue, "run.queue_id"),
        ]
        var alternatives: [Condition] = []
        for id in ids {
            if let run = id.runID {
                alternatives.append(.test("run_state.run_id = ?", [.id(run)]))
            } else if let (kind, column) = kinds.first(where: { id.hasPrefix($0.kind.prefix) }) {
                let key = String(id.dropFirst(kind.prefix.count))
                alternatives.append(
                    .isIn("run_state.run_id", "run.id", of: .run, where: .test("\(column) = ?", [.text(key)])))
            } else {
                return nil
            }
        }
        return .any(alternatives)
    }

    /// Whether the event of this state can be included, as far as its name tells.
    fileprivate func mayInclude(_ state: RunState) -> Bool { name.holds(for: StateEventNames.name(of: state)) }
}

extension String {
    fileprivate var runID: ID<FlowRun>? {
        hasPrefix(EventResourceKind.flowRun.prefix)
            ? ID(String(dropFirst(EventResourceKind.flowRun.prefix.count))) : nil
    }

    fileprivate var isTag: Bool { hasPrefix(EventResourceKind.tag.prefix) }
}
