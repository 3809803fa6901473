public import Domain

/// Tells events to somebody who wants them as they happen: first those that are stored, then the others, each once.
public struct EventFeed: Sendable {
    private let orchestrator: Orchestrator
    private let filter: EventFilter
    private let notices: AsyncStream<Notice>
    private let replays: Bool

    /// - Parameters:
    ///   - filter: its `since` says from when on stored events are told.
    ///   - replays: whether stored events are told at all.
    public init(_ orchestrator: Orchestrator, _ filter: EventFilter, replays: Bool) {
        self.orchestrator = orchestrator
        self.replays = replays
        var ascending = filter
        ascending.order = .ascending
        ascending.until = nil
        self.filter = ascending
        // From now on, before anything is read: nothing happens between the two unheard.
        notices = orchestrator.bulletin.everyNotice { [ascending] notice in
            switch notice {
            case .eventsTaken(let events): events.contains { ascending.includesWhatever(time: $0) }
            case .runChanged(let change): ascending.mayWant(change)
            case .workReady, .dueLater, .schedulesChanged, .sensorsChanged, .actionsTriggered, .poolChanged, .stop,
                .drain,
                .agentDeleted, .logged,
                .taskRunsChanged:
                false
            }
        }
    }

    /// Tells until the task is cancelled, or until this has fallen so far behind that something would be missed.
    ///
    /// - Parameter tell: given some events, never none.
    public func run(_ tell: @Sendable ([Event]) async throws -> Void) async throws {
        var told: Set<ID<Event>> = []
        if replays {
            var cursor: EventCursor?
            repeat {
                let page = try await orchestrator.events(filter, after: cursor, limit: Self.page, total: 0)
                if !page.events.isEmpty { try await tell(page.events) }
                told.formUnion(page.events.map(\.id))
                cursor = page.next
            } while cursor != nil
        }
        for await notice in notices {
            let events = try await events(of: notice).filter { told.remove($0.id) == nil }
            if !events.isEmpty { try await tell(events) }
        }
    }

    private static let page = 500

    private func events(of notice: Notice) async throws -> [Event] {
        switch notice {
        case .eventsTaken(let events): events.filter { filter.includesWhatever(time: $0) }
        case .runChanged(let change):
            try await orchestrator.events(of: [change]).filter { filter.includesWhatever(time: $0) }
        case .workReady, .dueLater, .schedulesChanged, .sensorsChanged, .actionsTriggered, .poolChanged, .stop, .drain,
            .agentDeleted,
            .logged,
            .taskRunsChanged:
            []
        }
    }
}

extension EventFilter {
    /// Whether the event of a run's state may be included, as far as that can be told without reading anything.
    fileprivate func mayWant(_ change: RunChange) -> Bool {
        guard name.holds(for: StateEventNames.name(of: change.state)) else { return false }
        let resource = "\(EventResourceKind.flowRun.prefix)\(change.runID)"
        if let test = self.resource, !test.ids.isEmpty, !test.ids.contains(resource) { return false }
        // The event of a run's state has to do with no other run.
        return anyResource.allSatisfy { test in
            test.ids.isEmpty || test.ids.contains(resource)
                || !test.ids.allSatisfy { $0.hasPrefix(EventResourceKind.flowRun.prefix) }
        }
    }
}
