import Domain
import Storage

/// Runs that somebody executes without a lease: Prefect's own workers, served flows, processes by hand.
extension Change {
    /// The process of a run says that it lives. From the first such word on, its silence is noticed: see `ClaimReaper`.
    ///
    /// Runs that an agent holds, that have ended, that are not there or belong to no deployment are passed over. What
    /// counts is when the word comes: whoever tells of the past lives now.
    func noteHeartbeat(of run: ID<FlowRun>) throws {
        let interval = RunHeartbeat.interval(from: try store.lastHeartbeat(of: run), to: now)
        try store.noteHeartbeat(of: run, at: now, aliveUntil: now + interval * RunHeartbeat.missedOnes)
    }

    /// What a claim of the run would meet. Nothing where none is proposed.
    func claim(_ proposed: RunState, of head: RunHead) throws -> Proposal.Claim? {
        let isClaim = proposed.type == .pending && !head.machine.state.type.isExecuting
        guard isClaim, let deployment = try head.deploymentID.flatMap({ try store.deployment($0) }) else { return nil }
        return Proposal.Claim(
            limit: deployment.concurrencyLimit,
            occupancy: deployment.concurrencyLimit == nil ? 0 : try store.occupancy(of: deployment.id),
            strategy: deployment.collisionStrategy, isPlaceFull: try isPlaceFull(head.queueID) || isFull(head.batchID),
            // The run is its hold, and lends its name to it.
            holdID: deployment.concurrencyLimit.map { _ in head.id.description })
    }

    /// The process of a run that holds a slot of its deployment says that it goes on.
    ///
    /// - Returns: whether it holds one.
    func renewHold(of run: ID<FlowRun>) throws -> Bool {
        guard
            let state = try store.head(run)?.machine.state, state.type.isExecuting,
            state.details.holdID == run.description
        else { return false }
        try noteHeartbeat(of: run)
        return true
    }

    private func isFull(_ id: ID<Batch>?) throws -> Bool {
        guard let batch = try id.flatMap({ try store.batch($0) }), let limit = batch.maximumConcurrent else {
            return false
        }
        return try store.occupancy(of: batch.id, of: batch.deploymentID) >= limit
    }

    private func isPlaceFull(_ id: ID<WorkQueue>?) throws -> Bool {
        guard let queue = try id.flatMap({ try store.queue($0) }) else { return false }
        if let limit = queue.concurrencyLimit, try store.occupancy(of: queue.id) >= limit { return true }
        guard let limit = try store.pool(queue.poolID)?.concurrencyLimit else { return false }
        return try store.occupancy(of: queue.poolID) >= limit
    }

    /// Records who begins to execute a run that nobody holds the lease of.
    func noteClaimant(_ name: String?, of head: RunHead, entering state: RunState) throws {
        let before = head.machine.state
        let begins = [.pending, .running].contains(state.type) && !before.type.isExecuting && before.type != .paused
        guard begins, head.machine.holder == nil, !before.details.waitsInProcess else { return }
        try store.noteClaimant(name, of: head.id)
    }
}

extension StateType {
    /// Whether somebody executes a run in such a state, and so holds a slot of every limit that it counts for.
    var isExecuting: Bool {
        switch self {
        case .pending, .running, .cancelling: true
        case .scheduled, .paused, .completed, .failed, .cancelled, .crashed: false
        }
    }
}
