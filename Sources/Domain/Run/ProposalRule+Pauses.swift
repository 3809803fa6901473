/// Pauses: a run that waits in its process, or gives its place free and is scheduled again, until somebody resumes it.
extension ProposalRule {
    /// Only what executes can be paused, and each of its pauses only once; what is to give its place free must be able to
    /// come back.
    static let pausing = ProposalRule(name: "pausing") { proposal in
        guard proposal.proposed.type == .paused else { return nil }
        let verb = proposal.proposed.pauseVerb
        guard let current = proposal.current else { return .abort(reason: "Cannot \(verb) flows with no state.") }
        guard current.type == .running else {
            return .rejectKeeping(reason: "Cannot \(verb) flows that are not currently running.")
        }
        if let key = proposal.proposed.details.pauseKey, proposal.facts.policy.pauseKeys.contains(key) {
            return .rejectKeeping(reason: "This \(verb) has already fired.")
        }
        guard proposal.proposed.details.isRescheduledAfterPause else { return nil }
        if proposal.facts.isSubflow { return .abort(reason: "Cannot \(verb) subflows.") }
        guard proposal.facts.hasDeployment else {
            return .abort(reason: "Cannot \(verb) flows without a deployment.")
        }
        return nil
    }

    /// A pause leads on, to an end, or to a cancellation; and when nobody resumed it in time, to failure.
    static let resuming = ProposalRule(name: "resuming") { proposal in
        guard let current = proposal.current, current.type == .paused else { return nil }
        let proposed = proposal.proposed
        let leadsOn = [.running, .scheduled, .cancelling].contains(proposed.type) || proposed.type.isTerminal
        guard leadsOn else {
            return .rejectKeeping(
                reason: "This run cannot transition to the \(proposed.type.rawValue) state from the PAUSED state.")
        }
        if current.details.isRescheduledAfterPause, !proposal.facts.hasDeployment, !proposed.type.isTerminal {
            return .rejectKeeping(
                reason: "Cannot reschedule a \(proposed.name.lowercased()) flow run without a deployment.")
        }
        guard [.running, .scheduled].contains(proposed.type) else { return nil }
        if let timeout = current.details.pauseTimeout, timeout < proposal.facts.now {
            let failed = RunState(
                id: proposed.id, type: .failed, timestamp: proposal.facts.now,
                message: "The flow was \(current.name.lowercased()) and never resumed.")
            return .rejectAs(
                failed, reason: "The flow run \(current.pauseVerb) has timed out and can no longer resume.")
        }
        return nil
    }
}

extension RunState {
    fileprivate var pauseVerb: String { name == StateName.suspended ? "suspend" : "pause" }
}
