import Domain
import JSON
import Orchestration

extension RunState {
    /// Prefect's `State`. What Sluice knows beyond its details (`attempt`, `exit_code`) stands behind them.
    func view(of run: ID<FlowRun>) -> JSONValue { view(with: ["flow_run_id": run.json]) }

    /// The same, of a task run.
    func view(ofTask task: ID<TaskRun>) -> JSONValue { view(with: ["task_run_id": task.json]) }

    /// The same, of a task run whose id it tells itself.
    var taskView: JSONValue { view(with: [:]) }

    private func view(with owner: JSONObject) -> JSONValue {
        var details = Self.emptyDetails
        for (key, value) in self.details.fields { details.updateValue(value, forKey: key) }
        for (key, value) in owner { details.updateValue(value, forKey: key) }
        return [
            "id": id.json, "type": .string(type.rawValue), "name": .string(name), "timestamp": timestamp.json,
            "message": message.json, "data": data.json, "state_details": .object(details),
        ]
    }

    private static let emptyDetails: JSONObject = [
        "flow_run_id": .null, "task_run_id": .null, "child_flow_run_id": .null, "scheduled_time": .null,
        "cache_key": .null,
        "cache_expiration": .null, "deferred": false, "untrackable_result": false, "pause_timeout": .null,
        "pause_reschedule": false, "pause_key": .null, "run_input_keyset": .null, "refresh_cache": .null,
        "retriable": .null,
        "transition_id": .null, "task_parameters_id": .null, "traceparent": .null,
        "deployment_concurrency_lease_id": .null,
    ]
}

extension ProposalAnswer {
    /// Prefect's `OrchestrationResult`.
    func view(of run: ID<FlowRun>) -> JSONValue { view { $0.view(of: run) } }

    /// The same, of a task run.
    func view(ofTask task: ID<TaskRun>) -> JSONValue { view { $0.view(ofTask: task) } }

    private func view(_ viewOfState: (RunState) -> JSONValue) -> JSONValue {
        ["state": state.map(viewOfState) ?? .null, "status": .string(status.rawValue), "details": details]
    }

    private var details: JSONValue {
        switch status {
        case .accept: ["type": "accept_details"]
        case .reject: ["type": isFinal ? "abort_details" : "reject_details", "reason": reason.json]
        case .wait:
            ["type": "wait_details", "delay_seconds": .integer(wholeSeconds), "reason": reason.json]
        case .abort: ["type": "abort_details", "reason": reason.json]
        }
    }

    /// The delay in seconds, rounded up: who comes too early is sent away again.
    private var wholeSeconds: Int64 {
        let (seconds, attoseconds) = (delay ?? .zero).components
        return attoseconds > 0 ? seconds + 1 : seconds
    }
}

/// Runs by type of state, `{"SCHEDULED": 3, …}`, without types that no run is in.
func runsView(_ runs: [StateType: Int]) -> JSONValue {
    let counts = StateType.allCases.compactMap { type in
        runs[type].flatMap { $0 > 0 ? (type.rawValue, JSONValue($0)) : nil }
    }
    return .object(JSONObject(counts))
}
