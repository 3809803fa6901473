import Domain
import JSON
import Orchestration

extension HistorySpan {
    /// Prefect's `HistoryResponse`.
    var view: JSONValue {
        ["interval_start": start.json, "interval_end": end.json, "states": .list(runs, \.view)]
    }
}

extension RunSpan {
    /// Prefect's `HistoryResponseState`.
    fileprivate var view: JSONValue {
        [
            "state_type": .string(type.rawValue), "state_name": .string(name), "count_runs": count.json,
            "sum_estimated_run_time": runTime.inSeconds.json, "sum_estimated_lateness": lateness.inSeconds.json,
        ]
    }
}

extension RunMark {
    /// Prefect's `SimpleFlowRun`.
    var view: JSONValue {
        [
            "id": id.json, "state_type": .string(type.rawValue), "timestamp": time.json,
            "duration": runTime.inSeconds.json, "lateness": lateness.inSeconds.json,
        ]
    }
}

extension NextRun {
    /// Prefect's `SimpleNextFlowRun`.
    var view: JSONValue {
        [
            "id": id.json, "flow_id": flowID.json, "name": .string(name), "state_name": .string(stateName),
            "state_type": .string(stateType.rawValue), "next_scheduled_start_time": due.json,
        ]
    }
}
