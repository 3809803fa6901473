public import Domain
import Storage

/// Looks at triggers whose time is over without the events that they expect, and forgets what others have counted in
/// times that are over.
public struct TriggerSweeper: Loop {
    private static let chunk = 100
    private static let interval: Duration = .seconds(10)
    /// How long a trigger that reacts remembers what it counted in a time that is over: events may come late.
    private static let memory: Duration = .seconds(60)

    private let orchestrator: Orchestrator

    public init(_ orchestrator: Orchestrator) { self.orchestrator = orchestrator }

    public var name: String { "trigger-sweeper" }

    /// - Returns: the time until the next trigger may miss its events.
    public func tick(at now: Timestamp) async throws -> Duration {
        let book = orchestrator.automations
        while true {
            let closed = try await orchestrator.database.read { try $0.closedBuckets(at: now, limit: Self.chunk) }
            guard !closed.isEmpty else { break }
            try await orchestrator.change { change in try change.check(closed, book) }
            if closed.count < Self.chunk { break }
        }
        let old = now - Self.memory
        if try await orchestrator.database.read({ try $0.hasBuckets(endedBy: old) }) {
            _ = try await orchestrator.change { change in
                try change.store.deleteBuckets(endedBy: old, limit: Self.chunk)
            }
        }
        guard let next = try await orchestrator.database.read({ try $0.nextBucketEnd() }) else { return Self.interval }
        return min(max(next - now, .milliseconds(1)), Self.interval)
    }
}
