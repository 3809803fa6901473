public import Domain
import JSON

extension Orchestrator {
    /// Lets a paused run go on: in its own process if that waits for it, or as a run that is queued again if its pause
    /// was to give its place free.
    ///
    /// - Throws: `OrchestrationError.notFound`.
    public func resume(_ id: ID<FlowRun>) async throws -> ProposalAnswer {
        let state = try await run(id).state
        guard state.type == .paused else {
            return ProposalAnswer(
                status: .abort, state: nil, reason: "Cannot resume a flow run that is not paused.", delay: nil,
                isStored: false)
        }
        var details = StateDetails()
        let isRescheduled = state.details.fields["pause_reschedule"] == true
        if isRescheduled { details.scheduledTime = now }
        let next = RunState(
            id: surroundings.newID(), type: isRescheduled ? .scheduled : .running,
            name: isRescheduled ? StateName.resuming : nil, timestamp: now, details: details)
        return try await propose(next, for: id)
    }
}
