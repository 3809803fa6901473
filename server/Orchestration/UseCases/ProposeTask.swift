public import Domain
import JSON
import Storage

extension Orchestrator {
    /// Judges a state that a client wants a task run to be in, and stores what the rules make of it.
    ///
    /// - Parameter force: whatever the rules say.
    /// - Throws: `OrchestrationError.notFound`.
    public func propose(
        _ proposed: RunState, for id: ID<TaskRun>, force: Bool = false
    ) async throws -> ProposalAnswer {
        try await change { change in
            let task = try change.store.taskRun(id).orNotFound("Task run", id)
            let proposal = try change.proposal(of: proposed, for: task).completed
            var verdict = force ? .accept : TaskProposalRule.verdict(on: proposal)
            if !force, verdict == .accept { verdict = try change.takeSlots(for: proposal) }
            switch verdict {
            case .accept:
                let state = try change.adopt(proposal.proposed, proposal)
                return ProposalAnswer(status: .accept, state: state, reason: nil, delay: nil, isStored: true)
            case .rejectAs(let other, let reason):
                let state = try change.adopt(other, proposal)
                return ProposalAnswer(status: .reject, state: state, reason: reason, delay: nil, isStored: true)
            case .rejectKeeping(let reason):
                return ProposalAnswer(
                    status: .reject, state: task.state, reason: reason, delay: nil, isStored: false)
            case .wait(let delay, let reason):
                return ProposalAnswer(status: .wait, state: task.state, reason: reason, delay: delay, isStored: false)
            case .abort(let reason):
                return ProposalAnswer(status: .abort, state: task.state, reason: reason, delay: nil, isStored: false)
            }
        }
    }
}

extension Change {
    fileprivate func proposal(of proposed: RunState, for task: TaskRun) throws -> TaskProposal {
        let flow = try task.flowRunID.flatMap { try store.head($0) }
        let key = proposed.details.fields["cache_key"]?.stringValue
        let isRefreshed = proposed.details.fields["refresh_cache"] == true
        let cached = try isRefreshed ? nil : key.flatMap { try store.taskRun(cachedAs: $0, at: now) }
        let facts = TaskProposal.Facts(
            now: now, flowRun: flow.map { ($0.machine.state, $0.machine.runCount) }, cached: cached?.state,
            chance: surroundings.occasion(at: now).chance)
        return TaskProposal(task: task, proposed: proposed, facts: facts)
    }

    /// A task run that is to run holds a slot of each limit on its tags: what only now may run asks for them.
    fileprivate mutating func takeSlots(for proposal: TaskProposal) throws -> Verdict {
        let task = proposal.task
        guard proposal.proposed.type == .running, task.state?.type != .running, !task.tags.isEmpty else {
            return .accept
        }
        let answer = try takeTagSlots(task.tags, for: task.id)
        switch answer {
        case .granted: return .accept
        case .forbidden: return .abort(reason: answer.reason ?? "")
        case .full(_, let wait): return .wait(wait, reason: answer.reason ?? "")
        }
    }

    fileprivate mutating func adopt(_ state: RunState, _ proposal: TaskProposal) throws -> RunState? {
        var task = proposal.task
        if task.state?.type.isTerminal ?? false, !state.type.isTerminal { task.runCount = 0 }
        if state.type == .running, let flow = proposal.facts.flowRun { task.flowRunRunCount = flow.runCount }
        if state.type == .completed, let key = state.details.fields["cache_key"]?.stringValue {
            task.cacheKey = key
            task.cacheExpiration = state.details.fields["cache_expiration"]?.stringValue.flatMap { Timestamp($0) }
        }
        try enter(state, &task)
        return task.state
    }
}
