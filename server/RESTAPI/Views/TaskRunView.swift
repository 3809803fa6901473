import Domain
import JSON

extension TaskRun {
    /// Prefect's `TaskRun`.
    func view(at now: Timestamp) -> JSONValue {
        [
            "id": id.json, "created": created.json, "updated": updated.json, "name": .string(name),
            "flow_run_id": flowRunID.json, "task_key": .string(taskKey), "dynamic_key": .string(dynamicKey),
            "cache_key": cacheKey.json, "cache_expiration": cacheExpiration.json, "task_version": taskVersion.json,
            "empirical_policy": policy, "tags": tags.json, "labels": .object(labels),
            "state_id": (state?.id).json, "task_inputs": .object(taskInputs),
            "state_type": (state?.type.rawValue).json, "state_name": (state?.name).json, "run_count": runCount.json,
            "flow_run_run_count": flowRunRunCount.json, "expected_start_time": expectedStart.json,
            "next_scheduled_start_time": nextScheduledStart.json, "start_time": startTime.json,
            "end_time": endTime.json, "total_run_time": totalRunTime.inSeconds.json,
            "estimated_run_time": estimatedRunTime(at: now).inSeconds.json,
            "estimated_start_time_delta": lateness(at: now).inSeconds.json,
            "state": state.map { $0.view(ofTask: id) } ?? .null,
        ]
    }

    private static let standardPolicy: JSONObject = [
        "max_retries": 0, "retry_delay_seconds": 0.0, "retries": .null, "retry_delay": .null,
        "retry_jitter_factor": .null,
    ]

    private var policy: JSONValue { .object(Self.standardPolicy.merging(empiricalPolicy)) }

    /// The time in RUNNING, the present included.
    private func estimatedRunTime(at now: Timestamp) -> Duration {
        guard let state, state.type == .running else { return totalRunTime }
        return totalRunTime + max(now - state.timestamp, .zero)
    }

    /// How much later than expected it started; if it has not, how late it is already.
    private func lateness(at now: Timestamp) -> Duration {
        guard let expectedStart else { return .zero }
        if let startTime { return max(startTime - expectedStart, .zero) }
        return state?.type.isTerminal ?? false ? .zero : max(now - expectedStart, .zero)
    }
}
