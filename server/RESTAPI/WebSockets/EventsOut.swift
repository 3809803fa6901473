import Domain
import JSON
import Orchestration

/// `/events/out`: a client says which events it wants, and is told of those that happen, after those that have.
struct EventsOut: WebSocketConversation {
    /// From how long ago on stored events are told at most: as Prefect's server has it.
    private static let longestReplay: Duration = .seconds(15 * 60)

    let orchestrator: Orchestrator
    let door: Admission

    func talk(over socket: WebSocket) async throws {
        var reader = WebSocketReader(socket)
        try await reader.greet(by: door)
        guard let (wanted, message) = try await reader.filter(as: EventFilter.self) else { return }
        let earliest = orchestrator.now - Self.longestReplay
        var filter = wanted
        filter.since = max(wanted.since ?? earliest, earliest)
        let feed = EventFeed(orchestrator, filter, replays: message["backfill"] != false)
        try await socket.speak {
            try await feed.run { events in
                try await socket.send(events.map { ["type": "event", "event": $0.json] })
            }
            // It was too slow to be told everything: it comes again, and is told what it missed.
            if !Task.isCancelled { throw WebSocketClosure.tryAgain("too many events for this connection") }
        }
    }
}

extension WebSocket {
    /// Says something for as long as the client is there, and answers its pings meanwhile.
    func speak(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            group.addTask { try await answerPings() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
