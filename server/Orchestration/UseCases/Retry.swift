public import Domain
import Storage

extension Orchestrator {
    /// Executes a run again that has ended: as Prefect does, it becomes SCHEDULED/AwaitingRetry, and keeps its id, its
    /// parameters and its history.
    ///
    /// - Throws: `OrchestrationError.notFound`; `.conflict` when it has not ended, or a rule of `propose` refuses it.
    public func retry(_ id: ID<FlowRun>, reason: String) async throws -> RunState {
        try await change { change in
            let head = try change.store.head(id).orNotFound("Flow run", id)
            guard head.machine.state.type.isTerminal else {
                throw OrchestrationError.conflict(
                    "the run has not ended, it is \(head.machine.state.name): cancel it first, or wait for its end")
            }
            guard head.machine.holder == nil else {
                throw OrchestrationError.conflict("the run's process has not ended yet: wait for its end")
            }
            return try change.retry(head, reason: reason)
        }
    }
}

extension Change {
    /// Lets a run that has ended wait for its next attempt.
    mutating func retry(_ head: RunHead, reason: String) throws -> RunState {
        var details = StateDetails()
        details.scheduledTime = now
        let state = RunState(
            id: surroundings.newID(), type: .scheduled, name: StateName.awaitingRetry, timestamp: now, message: reason,
            details: details)
        let proposal = try proposal(of: state, for: head)
        switch ProposalRule.verdict(on: proposal) {
        case .accept:
            try adopt(state, head, proposal.facts.policy)
            return state
        case .rejectAs(let other, _):
            try adopt(other, head, proposal.facts.policy)
            return other
        case .rejectKeeping(let reason), .wait(_, let reason), .abort(let reason):
            throw OrchestrationError.conflict(reason)
        }
    }

    /// A run that has ended, in the lane that its deployment's runs wait in by now: limits and code may have changed
    /// since it began.
    func placedAnew(_ head: RunHead) throws -> RunHead {
        guard let id = head.deploymentID, let deployment = try store.deployment(id) else { return head }
        if let queue = head.queueID, try store.queue(queue) == nil {
            throw OrchestrationError.conflict(
                "the work queue that the run waited in does not exist any more: make a new run of its deployment")
        }
        let tags = try store.run(head.id)?.tags ?? []
        let lane = try lane(of: deployment, queue: head.queueID, batch: head.batchID, tags: tags)
        guard lane != head.laneID else { return head }
        try store.move(head.id, to: lane)
        return RunHead(
            id: head.id, version: head.version, deploymentID: id, queueID: head.queueID, batchID: head.batchID,
            laneID: lane, parentTaskRunID: head.parentTaskRunID, machine: head.machine)
    }
}
