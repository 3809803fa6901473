public import Domain
public import JSON
import Storage

extension Orchestrator {
    /// Lets a paused run go on: in its own process if that waits for it, or as a run that is queued again if its pause
    /// was to give its place free. A run that paused to be given something goes on with that, or not at all.
    ///
    /// - Parameter input: what the run asked for, if anything is given.
    /// - Throws: `OrchestrationError.notFound`.
    public func resume(_ id: ID<FlowRun>, with input: JSONObject? = nil) async throws -> ProposalAnswer {
        try await change { change in
            let head = try change.store.head(id).orNotFound("Flow run", id)
            let paused = head.machine.state
            guard paused.type == .paused else {
                return ProposalAnswer(
                    status: .abort, state: nil, reason: "Cannot resume a flow run that is not paused.", delay: nil,
                    isStored: false)
            }
            let keys = InputKeys(of: paused)
            let given = input ?? [:]
            if let keys, let complaint = try change.complaint(about: given, asked: keys, of: id) {
                var refusal = ProposalAnswer(
                    status: .reject, state: paused, reason: complaint, delay: nil, isStored: false)
                refusal.isFinal = true
                return refusal
            }
            let answer = try change.propose(change.stateAfter(paused), for: head)
            if let keys, !given.isEmpty, answer.status == .accept {
                try change.give(given, under: keys.response, to: id)
            }
            return answer
        }
    }
}

/// Where a paused run keeps what it asks for, and looks for the answer: `run_input_keyset` in its state.
private struct InputKeys {
    let schema: String
    let response: String

    init?(of state: RunState) {
        guard
            let keys = state.details.fields["run_input_keyset"]?.objectValue,
            let schema = keys["schema"]?.stringValue, let response = keys["response"]?.stringValue
        else { return nil }
        (self.schema, self.response) = (schema, response)
    }
}

extension Change {
    fileprivate func stateAfter(_ paused: RunState) -> RunState {
        var details = StateDetails()
        let isRescheduled = paused.details.isRescheduledAfterPause
        if isRescheduled { details.scheduledTime = now }
        return RunState(
            id: surroundings.newID(), type: isRescheduled ? .scheduled : .running,
            name: isRescheduled ? StateName.resuming : nil, timestamp: now, details: details)
    }

    /// What is wrong with what a run is given, in the words of Prefect's server; nothing if nothing is.
    fileprivate func complaint(about input: JSONObject, asked keys: InputKeys, of run: ID<FlowRun>) throws -> String? {
        guard let asked = try store.input(of: run, key: keys.schema) else { return "Run input schema not found." }
        guard let document = try? JSONValue(parsing: asked.value) else { return "Run input schema is not valid JSON." }
        do {
            let violations = try ParameterSchema(document).validate(.object(input))
            guard let first = violations.first else { return nil }
            return "Reason: \(first)"
        } catch {
            return "Invalid schema: \(error)"
        }
    }

    fileprivate func give(_ input: JSONObject, under key: String, to run: ID<FlowRun>) throws {
        // What was given to an earlier pause of that name gives way.
        _ = try store.deleteInput(of: run, key: key)
        try store.insert(
            FlowRunInput(
                id: surroundings.newID(), runID: run, key: key, value: JSONValue.object(input).serialized(),
                sender: nil, created: now))
    }
}
