public import Domain
import JSON
import Storage

/// What became of a proposed state.
public struct ProposalAnswer: Sendable, Hashable {
    public enum Status: String, Sendable {
        case accept = "ACCEPT"
        case reject = "REJECT"
        case wait = "WAIT"
        case abort = "ABORT"
    }

    public let status: Status
    /// The state that the run is in now.
    public let state: RunState?
    public let reason: String?
    /// For `wait`: how long.
    public let delay: Duration?
    /// Whether a state was stored.
    public let isStored: Bool
    /// The client is to give up, although the run stays as it is: what it wanted cannot become true by waiting.
    public var isFinal = false
}

extension Orchestrator {
    /// Judges a state that a client wants a run to be in, and stores what the rules make of it.
    ///
    /// - Parameters:
    ///   - force: whatever the rules say, as Prefect's own.
    ///   - worker: the name of the worker that proposes it, if it says so.
    ///   - speaker: the attempt that says so, if one does.
    /// - Throws: `OrchestrationError.notFound`; `.refusedSpeaker` when that attempt has ended.
    public func propose(
        _ proposed: RunState, for id: ID<FlowRun>, force: Bool = false, by worker: String? = nil,
        speaker: AttemptName? = nil
    ) async throws -> ProposalAnswer {
        try await change { change in
            try change.store.requireLiving(speaker)
            let head = try change.store.head(id).orNotFound("Flow run", id)
            return try change.propose(proposed, for: head, force, by: worker, own: speaker?.run == id)
        }
    }

    /// Asks for the end of a run: at once if nothing executes it, by its agent otherwise.
    ///
    /// - Throws: `OrchestrationError.conflict` when it has ended already.
    public func cancel(_ id: ID<FlowRun>, reason: String) async throws -> RunState {
        try await change { change in
            let head = try change.store.head(id).orNotFound("Flow run", id)
            do {
                return try change.advance(head, by: .cancelRequested(reason: reason)).state
            } catch let error as IllegalTransition {
                throw OrchestrationError.conflict(error.description)
            }
        }
    }
}

extension Change {
    /// The same within a transaction.
    ///
    /// - Parameter own: whether the run's own flow proposes it.
    mutating func propose(
        _ proposed: RunState, for head: RunHead, _ force: Bool = false, by worker: String? = nil, own: Bool = false
    ) throws -> ProposalAnswer {
        // A process that dies of being cancelled says that it crashed, and insists.
        let isForced = force && !(own && head.machine.state.type == .cancelling)
        let proposal = try proposal(of: proposed, for: head).completed
        switch ProposalRule.verdict(on: proposal, isForced: isForced) {
        case .accept:
            try adopt(proposal.proposed, head, proposal.facts.policy, own: own)
            try noteClaimant(worker, of: head, entering: proposal.proposed)
            return ProposalAnswer(status: .accept, state: proposal.proposed, reason: nil, delay: nil, isStored: true)
        case .rejectAs(let other, let reason):
            try adopt(other, head, proposal.facts.policy, own: own)
            return ProposalAnswer(status: .reject, state: other, reason: reason, delay: nil, isStored: true)
        case .rejectKeeping(let reason):
            return ProposalAnswer(
                status: .reject, state: head.machine.state, reason: reason, delay: nil, isStored: false)
        case .wait(let delay, let reason):
            return ProposalAnswer(
                status: .wait, state: head.machine.state, reason: reason, delay: delay, isStored: false)
        case .abort(let reason):
            return ProposalAnswer(
                status: .abort, state: head.machine.state, reason: reason, delay: nil, isStored: false)
        }
    }

    /// What is proposed, with what the rules have to know.
    func proposal(of proposed: RunState, for head: RunHead) throws -> Proposal {
        // What starts again from its end needs a deployment that is still there.
        let isAnew = head.machine.state.type.isTerminal && proposed.type == .scheduled
        let deployment = try head.deploymentID.map { try !isAnew || store.deploymentUpdated($0) != nil } ?? false
        let facts = Proposal.Facts(
            now: now, hasDeployment: deployment, runCount: head.machine.runCount,
            policy: FlowRunPolicy(try store.empiricalPolicy(of: head.id)), isSubflow: head.parentTaskRunID != nil,
            isHeld: head.machine.holder != nil, chance: surroundings.occasion(at: now).chance,
            claim: try claim(proposed, of: head))
        return Proposal(current: head.machine.state, proposed: proposed, facts: facts)
    }

    /// - Parameter own: whether the run's own flow says so.
    mutating func adopt(_ state: RunState, _ head: RunHead, _ policy: FlowRunPolicy, own: Bool = false) throws {
        let isAnew = head.machine.state.type.isTerminal && state.type == .scheduled
        let head = isAnew ? try placedAnew(head) : head
        var machine = head.machine
        let effects = machine.adopt(state, own: own, isResuming: policy.isResuming)
        try commit(machine, over: head, effects)
        let next = policy.after(leaving: head.machine.state, entering: state)
        if next != policy { try store.setEmpiricalPolicy(of: head.id, to: next.members) }
    }
}
