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
}

extension Orchestrator {
    /// Judges a state that a client wants a run to be in, and stores what the rules make of it.
    ///
    /// - Parameters:
    ///   - force: whatever the rules say, as Prefect's own.
    ///   - worker: the name of the worker that proposes it, if it says so.
    /// - Throws: `OrchestrationError.notFound`.
    public func propose(
        _ proposed: RunState, for id: ID<FlowRun>, force: Bool = false, by worker: String? = nil
    ) async throws -> ProposalAnswer {
        try await change { change in
            let head = try change.store.head(id).orNotFound("Flow run", id)
            let verdict = force ? .accept : try change.verdict(on: proposed, for: head)
            switch verdict {
            case .accept:
                let state = proposed.keeping(head.machine.state)
                try change.adopt(state, head)
                try change.noteClaimant(worker, of: head, entering: state)
                return ProposalAnswer(status: .accept, state: state, reason: nil, delay: nil, isStored: true)
            case .rejectAs(let other, let reason):
                try change.adopt(other, head)
                return ProposalAnswer(status: .reject, state: other, reason: reason, delay: nil, isStored: true)
            case .rejectKeeping(let reason):
                return ProposalAnswer(
                    status: .reject, state: head.machine.state, reason: reason, delay: nil, isStored: false)
            case .wait(let delay, let reason):
                return ProposalAnswer(
                    status: .wait, state: head.machine.state, reason: reason, delay: delay, isStored: false)
            case .abort(let reason):
                return ProposalAnswer(status: .abort, state: nil, reason: reason, delay: nil, isStored: false)
            }
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
    func verdict(on proposed: RunState, for head: RunHead) throws -> Verdict {
        // What starts again from its end needs a deployment that is still there.
        let isAnew = head.machine.state.type.isTerminal && proposed.type == .scheduled
        let deployment = try head.deploymentID.map { try !isAnew || store.deploymentUpdated($0) != nil } ?? false
        let policy = try store.empiricalPolicy(of: head.id)
        let retries = RetryPolicy(
            limit: policy["retries"]?.intValue ?? 0,
            delay: .microseconds(Int64(min(max(policy["retry_delay"]?.doubleValue ?? 0, 0), 3e10) * 1e6)))
        let facts = Proposal.Facts(
            now: now, hasDeployment: deployment, runCount: head.machine.runCount, flowRetries: retries,
            chance: surroundings.occasion(at: now).chance, claim: try claim(proposed, of: head))
        return ProposalRule.verdict(
            on: Proposal(current: head.machine.state, proposed: proposed, facts: facts))
    }

    mutating func adopt(_ state: RunState, _ head: RunHead) throws {
        let isAnew = head.machine.state.type.isTerminal && state.type == .scheduled
        let head = isAnew ? try placedAnew(head) : head
        var machine = head.machine
        let effects = machine.adopt(state)
        try commit(machine, over: head, effects)
        try noteRetryType(of: head, entering: state)
    }

    /// Keeps what clients are told of how a run is retried, of those runs that a Prefect client executes.
    private func noteRetryType(of head: RunHead, entering state: RunState) throws {
        let before = head.machine.state.type
        let retryType: JSONValue
        if state.details.waitsInProcess {
            retryType = "in_process"
        } else if before.isTerminal && !state.type.isTerminal {
            retryType = state.type == .scheduled ? "reschedule" : .null
        } else if before == .running && state.type == .failed {
            retryType = .null
        } else {
            return
        }
        var policy = try store.empiricalPolicy(of: head.id)
        guard !policy.isEmpty, policy["retry_type"] ?? .null != retryType else { return }
        policy["retry_type"] = retryType
        if state.type != .failed {
            policy["resuming"] = false
            policy["pause_keys"] = []
        }
        try store.setEmpiricalPolicy(of: head.id, to: policy)
    }
}

extension RunState {
    /// The state with what a claim keeps of the state before it: when the run was due.
    fileprivate func keeping(_ before: RunState) -> RunState {
        guard type == .pending, details.scheduledTime == nil, [.scheduled, .pending].contains(before.type) else {
            return self
        }
        var kept = details
        kept.scheduledTime = before.details.scheduledTime
        return with(details: kept)
    }
}
