import Domain
import JSON
import Orchestration

// States, flow runs, task runs and their logs.

extension Schema {
    static let stateType = words(of: StateType.self).named("StateType")

    /// What is known of a state beside its name. What Sluice knows beyond Prefect stands behind it.
    private static let stateDetails = body(
        "StateDetails", required: StateBody.detailMembers.members.orNull)

    static let state = record("State", members(ofState: stateDetails))

    private static func members(ofState details: Schema) -> SchemaMembers {
        [
            "id": .id, "type": stateType, "name": .text, "timestamp": .time, "message": .text.orNull, "data": .json,
            "state_details": details,
        ]
    }

    static let stateCreate = body(
        "StateCreate", required: ["type": stateType],
        optional: [
            "name": .text, "message": .text, "data": .json, "state_details": StateBody.detailMembers.schema,
        ])

    static let proposal = body("SetState", required: ["state": stateCreate], optional: ["force": .flag])
    static let resumption = body(optional: ["run_input": .map])

    private static let answerDetails = any(
        of: record(["type": .words(["accept_details"])]),
        record(["type": .words(["reject_details", "abort_details"]), "reason": .text.orNull]),
        record(["type": .words(["wait_details"]), "delay_seconds": .count, "reason": .text.orNull]))

    private static let answerMembers: SchemaMembers = [
        "state": state.orNull, "status": .words(["ACCEPT", "REJECT", "WAIT", "ABORT"]), "details": answerDetails,
    ]
    static let orchestrationResult = record("OrchestrationResult", answerMembers)
    static let bulkResult = record(["results": .list(of: .record(answerMembers + ["flow_run_id": .id]))])

    /// How many runs are in each type of state; none are not told.
    static let runTally = Schema(
        [
            "type": "object", "propertyNames": .object(words(of: StateType.self).json),
            "additionalProperties": .object(count.json),
        ]
    ).named("RunTally")

    static let reason = body(optional: ["reason": .text])
}

// MARK: - Flow runs

extension Schema {
    /// What may be said of any new run.
    private static let newRun: SchemaMembers = [
        "parameters": .map, "name": .text, "tags": .list(of: .text), "labels": .map, "context": .map,
        "job_variables": .map, "empirical_policy": FlowRunBody.policyMembers.schema, "idempotency_key": .text,
        "work_queue_name": .text, "priority": .whole, "parent_task_run_id": .id, "flow_version": .text,
        "enforce_parameter_schema": .flag, "state": stateCreate,
    ]

    static let flowRunCreate = body(
        "FlowRunCreate", required: ["flow_id": .id], optional: newRun + ["deployment_id": .id])
    static let deploymentRunCreate = body("DeploymentFlowRunCreate", optional: newRun)

    static let flowRunUpdate = body(
        "FlowRunUpdate",
        optional: [
            "name": .text, "tags": .list(of: .text), "parameters": .map,
            "empirical_policy": FlowRunBody.policyMembers.schema, "job_variables": .map, "flow_version": .text,
            "infrastructure_pid": .text,
        ])

    /// Labels that are laid over those of a run.
    static let labels = map(of: .any(of: .flag, .number, .text))

    private static let policy = body("FlowRunPolicy", required: FlowRunBody.policyMembers.members.orNull)

    private static let runMembers: SchemaMembers =
        [
            "id": .id, "created": .time, "updated": .time, "name": .text, "flow_id": .id, "state_id": .id,
            "deployment_id": .id.orNull, "deployment_version": .text.orNull, "work_queue_id": .id.orNull,
            "work_queue_name": .text.orNull, "flow_version": .text.orNull, "parameters": .map,
            "idempotency_key": .text.orNull, "context": .map, "empirical_policy": policy, "tags": .list(of: .text),
            "labels": .map, "parent_task_run_id": .id.orNull, "state_type": stateType, "state_name": .text,
            "run_count": .count, "expected_start_time": .time, "next_scheduled_start_time": .time.orNull,
            "start_time": .time.orNull, "end_time": .time.orNull, "total_run_time": .seconds,
            "estimated_run_time": .seconds, "estimated_start_time_delta": .seconds, "auto_scheduled": .flag,
            "infrastructure_document_id": .id.orNull, "infrastructure_pid": .text.orNull, "created_by": .map.orNull,
            "work_pool_id": .id.orNull, "work_pool_name": .text.orNull, "state": state, "job_variables": .map,
        ] + [
            "flow_name": .text.orNull, "deployment_name": .text.orNull, "batch_id": .id.orNull, "priority": .whole,
            "attempt": .count, "agent_id": .id.orNull, "agent_name": .text.orNull,
            "deployment_version_number": .count.orNull, "data_interval_start": .time.orNull,
            "data_interval_end": .time.orNull, "sla_breaches": .list(of: runBreach),
        ]

    static let flowRun = record("FlowRunResponse", runMembers)
    /// The run of a deployment, and whether anybody is there to take it.
    static let deploymentRun = record("DeploymentFlowRun", runMembers + ["is_served": .flag])
    static let bulkRunResults = record([
        "results": .list(
            of: .record([
                "flow_run_id": .id.orNull, "status": .words(["CREATED", "FAILED"]), "error": .text.orNull,
            ]))
    ])
    static let flowRunOffer = record(
        "WorkerFlowRunResponse", ["work_pool_id": .id.orNull, "work_queue_id": .id.orNull, "flow_run": flowRun])

    static let stateOfRun = record(["state": state])

    static let explanation = record(
        "Explanation",
        [
            "state": state, "summary": .text,
            "reasons": .list(of: .record(["code": .text, "message": .text, "remedy": .text.orNull])),
        ])

    static let attempt = record(
        "Attempt",
        [
            "attempt": .count, "agent_id": .id.orNull, "agent_name": .text, "granted": .time, "ended": .time.orNull,
            "outcome": .text.orNull, "message": .text.orNull, "exit_code": .whole.orNull, "signal": .whole.orNull,
            "cpu_seconds": .seconds.orNull, "peak_memory_bytes": .count.orNull,
            "code_revision": .text.orNull,
        ])

    /// How many runs, in which states, fall into spans of time.
    static let history = record(
        "HistoryResponse",
        [
            "interval_start": .time, "interval_end": .time,
            "states": .list(
                of: .record([
                    "state_type": stateType, "state_name": .text, "count_runs": .count,
                    "sum_estimated_run_time": .seconds, "sum_estimated_lateness": .seconds,
                ])),
        ])

    static let runMark = record(
        "SimpleFlowRun",
        ["id": .id, "state_type": stateType, "timestamp": .time, "duration": .seconds, "lateness": .seconds])

    static let nextRun = record(
        "SimpleNextFlowRun",
        [
            "id": .id, "flow_id": .id, "name": .text, "state_name": .text, "state_type": stateType,
            "next_scheduled_start_time": .time,
        ])

    /// What is handed to a run under a key of lower-case letters, digits and dashes.
    static let flowRunInputCreate = body(
        required: ["key": .dashedName, "value": .text], optional: ["sender": .text])
    static let flowRunInputListRequest = body(
        required: ["prefix": .text],
        optional: ["exclude_keys": .list(of: .text), "limit": .whole(0...Int(Int32.max))])
    static let flowRunInput = record(
        "FlowRunInput",
        [
            "id": .id, "created": .time, "updated": .time, "flow_run_id": .id, "key": .text, "value": .text,
            "sender": .text.orNull,
        ])
}

// MARK: - Task runs

extension Schema {
    private static let taskPolicy = body("TaskRunPolicy", required: TaskRunBody.policyMembers.members.orNull)

    static let taskRunCreate = body(
        "TaskRunCreate", required: ["task_key": .text, "dynamic_key": .text],
        optional: [
            "id": .id, "flow_run_id": .id, "name": .text, "cache_key": .text, "cache_expiration": .time,
            "task_version": .text, "empirical_policy": TaskRunBody.policyMembers.schema, "tags": .list(of: .text),
            "labels": .map, "task_inputs": .map, "state": stateCreate,
        ])

    static let taskRunUpdate = body("TaskRunUpdate", optional: ["name": .text])

    static let taskRun = record(
        "TaskRun",
        [
            "id": .id, "created": .time, "updated": .time, "name": .text, "flow_run_id": .id.orNull,
            "task_key": .text, "dynamic_key": .text, "cache_key": .text.orNull, "cache_expiration": .time.orNull,
            "task_version": .text.orNull, "empirical_policy": taskPolicy, "tags": .list(of: .text), "labels": .map,
            "state_id": .id.orNull, "task_inputs": .map, "state_type": stateType.orNull, "state_name": .text.orNull,
            "run_count": .count, "flow_run_run_count": .count, "expected_start_time": .time.orNull,
            "next_scheduled_start_time": .time.orNull, "start_time": .time.orNull, "end_time": .time.orNull,
            "total_run_time": .seconds, "estimated_run_time": .seconds, "estimated_start_time_delta": .seconds,
            "state": state.orNull,
        ])

    private static let edges = list(of: .record(["id": .id]))

    private static let exhibits = list(
        of: .record([
            "id": .id, "created": .time, "key": .text.orNull, "type": .text.orNull, "is_latest": .flag, "data": .json,
        ]))

    private static let node = record(
        "Node",
        [
            "kind": .words(["flow-run", "task-run"]), "id": .id, "label": .text, "state_type": stateType.orNull,
            "start_time": .time, "end_time": .time.orNull, "parents": edges, "children": edges,
            "encapsulating": edges, "artifacts": exhibits,
        ])

    static let graph = record(
        "Graph",
        [
            "start_time": .time, "end_time": .time.orNull, "root_node_ids": .list(of: .id),
            "nodes": .list(
                of: Schema(
                    [
                        "type": "array", "prefixItems": [.object(id.json), .object(node.json)], "minItems": 2,
                        "maxItems": 2,
                    ], of: [id, node])),
            "artifacts": exhibits,
            "states": .list(of: .record(["id": .id, "timestamp": .time, "type": stateType, "name": .text])),
        ])

    static let taskWorkerListRequest = body(
        optional: ["task_worker_filter": body(optional: ["task_keys": .list(of: .text)])])
    static let taskWorker = record(
        "TaskWorkerResponse", ["identifier": .text, "task_keys": .list(of: .text), "timestamp": .time])

    static let flowRunIDs = body(required: ["flow_run_ids": .list(of: .id, atMost: ListLimits.most)])
    static let flowIDs = body(required: ["flow_ids": .list(of: .id, atMost: ListLimits.most)])
}

// MARK: - Logs

extension Schema {
    static let logCreate = body(
        "LogCreate", required: ["name": .text, "level": .whole, "message": .text, "timestamp": .time],
        optional: ["flow_run_id": .id, "task_run_id": .id])

    static let log = record(
        "Log",
        [
            "id": .id, "created": .time, "updated": .time, "name": .text, "level": .whole, "message": .text,
            "timestamp": .time, "flow_run_id": .id.orNull, "task_run_id": .id.orNull,
        ])

    /// How far somebody has come in a log, or in what happened to a run. Empty for not at all.
    static let logCursor = text(matching: "^[0-9]{1,18}-[0-9]{1,18}$")
    static let runCursor = text(matching: #"^([0-9]{1,18}\.[0-9]{1,18}-[0-9]{1,18})?$"#)

    static let logPage = record(["logs": .list(of: log), "next": .text.orNull])
}
