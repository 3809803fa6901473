public import Domain
import Storage

/// Takes back what workers claimed that are not heard of any more, and ends what executed without a lease when its
/// process has fallen silent. What a lease is held for is the `LeaseReaper`'s.
public struct ClaimReaper: Loop {
    private static let interval: Duration = .seconds(5)
    private static let chunk = 200

    private let orchestrator: Orchestrator
    /// Nobody could be heard of before.
    private let since: Timestamp

    public init(_ orchestrator: Orchestrator) {
        self.orchestrator = orchestrator
        since = orchestrator.now
    }

    public var name: String { "claim-reaper" }

    /// Looks for those that have been silent for too long while this loop was there to listen.
    public func tick(at now: Timestamp) async throws -> Duration {
        let since = since
        try await lose("its worker is not heard of any more; it had not begun") { store in
            try store.claimsOfSilentWorkers(at: now, listeningSince: since, limit: Self.chunk)
        }
        try await lose("its process is not heard of any more") { store in
            try store.silentRuns(at: now, listeningSince: since, limit: Self.chunk)
        }
        return Self.interval
    }

    private func lose(
        _ reason: String, _ find: @escaping @Sendable (Store) throws -> [ID<FlowRun>]
    ) async throws {
        var isFull = true
        while isFull {
            let lost = try await orchestrator.database.read { try find($0) }
            guard !lost.isEmpty else { return }
            isFull = try await orchestrator.change { change in
                // It may have been heard of since.
                for run in Set(try find(change.store)).intersection(lost) {
                    guard let head = try change.store.head(run) else { continue }
                    try change.advance(head, by: .claimantLost(reason: reason))
                    try change.store.noteClaimant(nil, of: run)
                }
                return lost.count == Self.chunk
            }
        }
    }
}
