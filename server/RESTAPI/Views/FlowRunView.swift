import Domain
import JSON
import Orchestration

extension DescribedRun {
    /// Prefect's `FlowRunResponse`, with Sluice's additions behind it.
    func view(at now: Timestamp) -> JSONValue { .object(members(at: now)) }

    func members(at now: Timestamp) -> JSONObject {
        let machine = run.machine
        let state = machine.state
        return [
            "id": run.id.json, "created": run.created.json, "updated": run.updated.json, "name": .string(run.name),
            "flow_id": run.flowID.json, "state_id": state.id.json, "deployment_id": run.deploymentID.json,
            "deployment_version": run.deploymentVersion.json, "work_queue_id": run.queueID.json,
            "work_queue_name": queueName.json, "flow_version": run.flowVersion.json,
            "parameters": .object(run.parameters), "idempotency_key": run.idempotencyKey.json,
            "context": .object(run.context), "empirical_policy": empiricalPolicy, "tags": run.tags.json,
            "labels": labels, "parent_task_run_id": run.parentTaskRunID.json,
            "state_type": .string(state.type.rawValue), "state_name": .string(state.name),
            "run_count": machine.runCount.json, "expected_start_time": run.expectedStart.json,
            "next_scheduled_start_time": (state.type == .scheduled ? state.details.scheduledTime : nil).json,
            "start_time": machine.startTime.json, "end_time": machine.endTime.json,
            "total_run_time": machine.totalRunTime.inSeconds.json,
            "estimated_run_time": estimatedRunTime(at: now).inSeconds.json,
            "estimated_start_time_delta": lateness(at: now).inSeconds.json,
            "auto_scheduled": .bool(run.isAutoScheduled),
            "infrastructure_document_id": infrastructureID ?? .null,
            "infrastructure_pid": run.infrastructurePID.json, "created_by": run.createdBy.json,
            "work_pool_id": poolID.json, "work_pool_name": poolName.json, "state": state.view(of: run.id),
            "job_variables": .object(run.jobVariables),
            // Sluice's
            "flow_name": flowName.json, "deployment_name": deploymentName.json, "batch_id": run.batchID.json,
            "priority": run.priority.json, "attempt": machine.attempt.json, "agent_id": machine.holder.json,
            "agent_name": agentName.json, "deployment_version_number": run.deploymentVersionNumber.json,
            "data_interval_start": (interval?.start).json, "data_interval_end": (interval?.end).json,
            "sla_breaches": .list(breaches, \.brief),
        ]
    }

    /// Prefect's `WorkerFlowRunResponse`: the run as it is offered to a worker.
    func offer(at now: Timestamp) -> JSONValue {
        ["work_pool_id": poolID.json, "work_queue_id": run.queueID.json, "flow_run": view(at: now)]
    }

    private static let standardPolicy: JSONObject = [
        "max_retries": 0, "retry_delay_seconds": 0.0, "retries": .null, "retry_delay": .null, "pause_keys": [],
        "resuming": false, "retry_type": .null,
    ]

    private var empiricalPolicy: JSONValue {
        .object(run.empiricalPolicy.isEmpty ? Self.standardPolicy : Self.standardPolicy.merging(run.empiricalPolicy))
    }

    private var labels: JSONValue {
        var labels: JSONObject = ["prefect.flow.id": run.flowID.json]
        labels["prefect.deployment.id"] = run.deploymentID?.json
        return .object(labels.merging(run.labels))
    }

    /// The time in RUNNING, the present included.
    private func estimatedRunTime(at now: Timestamp) -> Duration {
        let machine = run.machine
        guard machine.state.type == .running else { return machine.totalRunTime }
        return machine.totalRunTime + max(now - machine.state.timestamp, .zero)
    }

    /// How much later than expected it started; if it has not, how late it is already.
    private func lateness(at now: Timestamp) -> Duration {
        let machine = run.machine
        if let start = machine.startTime { return max(start - run.expectedStart, .zero) }
        return machine.state.type.isTerminal ? .zero : max(now - run.expectedStart, .zero)
    }
}

extension LevelBreach {
    /// What a run shows of one that is its own.
    fileprivate var brief: JSONValue {
        ["sla": .string(kind.rawValue), "limit": bound.json, "since": since.json, "told": told.json]
    }
}

extension FlowRun {
    /// Prefect's `FlowRunSlotSummary`: a run that holds a slot.
    func slotSummary(at now: Timestamp) -> JSONValue {
        [
            "id": id.json, "name": .string(name), "state_type": .string(state.type.rawValue),
            "state_name": .string(state.name), "start_time": machine.startTime.json,
            "state_timestamp": state.timestamp.json,
            "time_in_current_state": max(now - state.timestamp, .zero).inSeconds.json,
        ]
    }
}

extension AttemptRecord: JSONEncodable {
    public var json: JSONValue {
        [
            "attempt": attempt.json, "agent_id": agentID.json, "agent_name": .string(agentName),
            "granted": granted.json, "ended": ended.json, "outcome": outcome.map(\.rawValue).json,
            "message": message.json, "exit_code": exitCode.json, "signal": signal.json,
            "cpu_seconds": cpu.inSeconds.json, "peak_memory_bytes": peakMemoryBytes.json,
            "code_revision": codeRevision.json,
        ]
    }
}

extension Explanation {
    var view: JSONValue {
        let reasons: [JSONValue] = reasons.map {
            ["code": .string($0.code), "message": .string($0.message), "remedy": $0.remedy.json]
        }
        return ["state": run.state.view(of: run.id), "summary": .string(summary), "reasons": .array(reasons)]
    }
}
