public import Domain
import Storage

/// Removes events that are too old, and what is remembered of deliveries to hooks. What they told of runs and task runs stays as long as those do.
public struct EventPruner: Loop {
    /// How many events one transaction removes at most: some milliseconds, in which nobody else writes.
    static let step = 200
    private static let interval: Duration = .seconds(10)

    private let orchestrator: Orchestrator
    private let age: Duration?

    /// - Parameter age: how long events are kept after they were received; nothing for ever.
    public init(_ orchestrator: Orchestrator, age: Duration?) {
        self.orchestrator = orchestrator
        self.age = age
    }

    public var name: String { "event-pruner" }

    /// Removes what is over the age, step by step.
    public func tick(at now: Timestamp) async throws -> Duration {
        let (step, forgotten) = (Self.step, now - Hook.memory)
        if try await orchestrator.database.read({ try $0.hasHookDeliveries(before: forgotten) }) {
            try await orchestrator.database.write { try $0.deleteHookDeliveries(before: forgotten, limit: step) }
        }
        guard let age else { return Self.interval }
        while try await orchestrator.database.write({ try $0.deleteEvents(receivedBefore: now - age, limit: step) })
            == step
        {
            try Task.checkCancellation()
        }
        return Self.interval
    }
}
