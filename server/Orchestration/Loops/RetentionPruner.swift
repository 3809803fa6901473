public import Domain
public import Storage

/// Removes finished runs that are too old or too many, and gives the space back to the disk.
///
/// A run that lives is never touched: only one that has ended, that no agent holds, and whose attempts have all been
/// heard the end of, is removed, and not at once. Its log lines leave with their day (`LogPruner`).
public struct RetentionPruner: Loop {
    /// How long an ended run stays, whatever the limits: who follows it is to see its end.
    public static let grace: Duration = .seconds(5)
    /// How many rows one transaction removes at most: some milliseconds, in which nobody else writes.
    static let step = 1000
    private static let interval: Duration = .seconds(5)

    private let orchestrator: Orchestrator
    private let standard: RunLimits
    private let space: (any SpaceReclaimer)?

    /// - Parameters:
    ///   - limits: for deployments that say nothing of it themselves.
    ///   - space: what gives free space back to the disk; nothing where that is the engine's own business.
    public init(
        _ orchestrator: Orchestrator, limits: RunLimits = .standard, reclaiming space: (any SpaceReclaimer)? = nil
    ) {
        self.orchestrator = orchestrator
        standard = limits
        self.space = space
    }

    public var name: String { "retention-pruner" }

    /// Removes what is over the limits, step by step, and then gives the space back.
    public func tick(at now: Timestamp) async throws -> Duration {
        for finished in try await surplus(at: now) {
            while try await prune(finished) { try Task.checkCancellation() }
        }
        try await space?.reclaimSpace()
        return Self.interval
    }

    /// - Returns: whether there is more.
    private func prune(_ finished: FinishedRuns) async throws -> Bool {
        let pruned = try await orchestrator.database.write { try $0.prune(finished, limit: Self.step) }
        orchestrator.pruned.add(runs: pruned.runs)
        return pruned.hasMore
    }

    /// What is to go: by age and by number, of each deployment.
    private func surplus(at now: Timestamp) async throws -> [FinishedRuns] {
        let (standard, recent) = (standard, now - Self.grace)
        return try await orchestrator.database.read { store in
            let retentions = try store.retentions()
            // No deployment has more finished runs than there are.
            let total = try store.tally().filter { $0.key.isTerminal }.reduce(0) { $0 + $1.value }
            return try store.deploymentsWithFinishedRuns().flatMap { deployment in
                let limits = deployment.flatMap { retentions[$0]?.limits(over: standard) } ?? standard
                let old = limits.age.map { age in
                    let time = now - max(age, Self.grace)
                    return FinishedRuns(of: deployment, endedBy: time, unchangedSince: time)
                }
                guard let count = limits.count, count < total else { return [old].compactMap { $0 } }
                let beyond = try store.finishedRuns(of: deployment, beyond: count, unchangedSince: recent)
                return [old, beyond].compactMap { $0 }
            }
        }
    }
}
