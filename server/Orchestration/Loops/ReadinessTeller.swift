public import Domain
import Storage

/// Tells when nobody serves a pool, a queue or a deployment any more, and when somebody does again of whom nothing else
/// has told: what has gone silent gives no sign of it.
public struct ReadinessTeller: Loop {
    private static let interval: Duration = .seconds(5)

    private let orchestrator: Orchestrator
    /// Nobody could be heard of before.
    private let since: Timestamp

    public init(_ orchestrator: Orchestrator) {
        self.orchestrator = orchestrator
        since = orchestrator.now
    }

    public var name: String { "readiness-teller" }

    /// Looks at each pool. Whoever was there before this loop gets the time to be heard of again.
    public func tick(at now: Timestamp) async throws -> Duration {
        guard now - since > Polling.silenceLimit else { return Self.interval }
        for pool in try await orchestrator.database.read({ try $0.pools(Query(limit: .max)) }) {
            while try await tellReadiness(of: pool.id) {}
        }
        while try await orchestrator.change({ try $0.tellSilentDeployments() }) {}
        return Self.interval
    }

    private func tellReadiness(of pool: ID<WorkPool>) async throws -> Bool {
        try await orchestrator.change { change in
            guard let pool = try change.store.pool(pool) else { return false }
            return try change.tellReadiness(of: pool)
        }
    }
}
