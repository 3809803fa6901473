import Domain
import JSON
import Orchestration

// What lists are asked for by (`FilterGroup`): a filter is an object of tests, all of which hold, or any of which.

extension Schema {
    /// A filter on one kind of thing.
    private static func filter(_ tests: SchemaMembers) -> Schema {
        body(optional: tests + ["operator": .words(["and_", "or_"])])
    }

    private static func filter(_ name: String, _ tests: SchemaMembers) -> Schema { filter(tests).named(name) }

    private static let absence: SchemaMembers = ["is_null_": .flag, "exists_": .flag]

    private static let idTest = filter(
        "IdTest",
        ["any_": .list(of: .id), "not_any_": .list(of: .id), "before_": .id, "after_": .id] + absence)
    private static let textTest = filter(
        "TextTest",
        [
            "any_": .list(of: .text), "not_any_": .list(of: .text), "like_": .text,
            "startswith_": .list(of: .text),
        ] + absence)
    private static let timeTest = filter("TimeTest", ["before_": .time, "after_": .time] + absence)
    private static let numberTest = filter("NumberTest", ["ge_": .whole, "le_": .whole] + absence)
    private static let flagTest = filter("FlagTest", ["eq_": .flag])
    private static let tagTest = filter(
        "TagTest", ["all_": .list(of: .text), "any_": .list(of: .text)] + absence)
    private static let nameTest = filter("NameTest", ["any_": .list(of: .text)])
    private static let stateTest = filter("StateTest", ["type": textTest, "name": textTest])

    // MARK: The filters

    private static let flowFilter = filter(
        "FlowFilter",
        ["id": idTest, "name": textTest, "tags": tagTest, "deployment": filter(["is_null_": .flag])])

    private static let deploymentFilter = filter(
        "DeploymentFilter",
        [
            "id": idTest, "name": textTest, "paused": flagTest, "tags": tagTest, "concurrency_limit": numberTest,
            "work_queue_id": idTest, "work_queue_name": nameTest,
            "flow_or_deployment_name": filter(["like_": .text]),
        ])

    private static let flowRunFilter = filter(
        "FlowRunFilter",
        [
            "id": idTest, "name": textTest, "tags": tagTest, "flow_id": idTest, "deployment_id": idTest,
            "batch_id": idTest, "state": stateTest, "start_time": timeTest, "end_time": timeTest,
            "expected_start_time": timeTest, "created": filter(["before_": .time, "after_": .time]),
            "next_scheduled_start_time": timeTest, "text": filter(["like_": .text]), "flow_version": textTest,
            "idempotency_key": textTest, "parent_task_run_id": idTest,
            "parent_flow_run_id": filter(["any_": .list(of: .id)]),
            "work_queue_name": filter(["any_": .list(of: .text), "is_null_": .flag]),
        ])

    private static let taskRunFilter = filter(
        "TaskRunFilter",
        [
            "id": idTest, "flow_run_id": idTest, "name": textTest, "tags": tagTest, "task_key": textTest,
            "state": stateTest, "start_time": timeTest, "end_time": timeTest, "expected_start_time": timeTest,
            "subflow_runs": filter(["exists_": .flag]),
        ])

    private static let workPoolFilter = filter(
        "WorkPoolFilter", ["id": idTest, "name": textTest, "type": textTest])
    private static let workQueueFilter = filter("WorkQueueFilter", ["id": idTest, "name": textTest])
    private static let agentFilter = filter("AgentFilter", ["id": idTest, "name": textTest, "host": textTest])
    private static let batchFilter = filter(
        "BatchFilter", ["id": idTest, "name": textTest, "deployment_id": idTest])
    private static let variableFilter = filter(
        "VariableFilter", ["id": idTest, "name": textTest, "tags": tagTest])
    private static let artifactFilter = filter(
        "ArtifactFilter",
        [
            "id": idTest, "latest_id": idTest, "key": textTest, "type": textTest, "flow_run_id": idTest,
            "task_run_id": idTest,
        ])

    private static let related: SchemaMembers = [
        "flows": flowFilter, "deployments": deploymentFilter, "flow_runs": flowRunFilter, "task_runs": taskRunFilter,
        "work_pools": workPoolFilter, "work_queues": workQueueFilter, "work_pool_queues": workQueueFilter,
        "agents": agentFilter, "batches": batchFilter,
    ]
    private static let artifacts: SchemaMembers = related + ["artifacts": artifactFilter]
    private static let blocks: SchemaMembers = [
        "block_types": filter("BlockTypeFilter", ["name": textTest, "slug": textTest]),
        "block_schemas": filter(
            "BlockSchemaFilter",
            ["id": idTest, "block_type_id": idTest, "block_capabilities": tagTest, "version": textTest]),
        "block_documents": filter(
            "BlockDocumentFilter",
            ["id": idTest, "block_type_id": idTest, "name": textTest, "is_anonymous": flagTest]),
    ]

    private static let workerFilter = filter(
        "WorkerFilter",
        [
            "status": body(optional: ["any_": .list(of: workerStatus), "not_any_": .list(of: workerStatus)]),
            "last_heartbeat_time": body(optional: ["before_": .time, "after_": .time]),
            "work_pool_id": body(optional: ["any_": .list(of: .id)]),
        ])

    private static let logFilter = body(
        "LogFilter",
        optional: [
            "flow_run_id": body(optional: ["any_": .list(of: .id)]),
            "task_run_id": body(optional: ["any_": .list(of: .id), "is_null_": .flag]),
            "level": body(optional: ["ge_": .whole, "le_": .whole]),
            "timestamp": body(optional: ["after_": .time, "before_": .time]),
            "text": body(optional: ["query": .text]),
        ])
}

// MARK: - What lists, pages and counts are asked for with

extension Schema {
    private static let limit = whole(0...ListLimits.most)
    static let offset = whole(0...Int(Int32.max))

    /// A part of a list, without filters.
    static let listPart = body(optional: ["limit": limit, "offset": offset])

    private static func list(_ filters: SchemaMembers, sort: Schema) -> Schema {
        body(optional: filters + ["sort": sort, "limit": limit, "offset": offset])
    }

    /// A part of a list of what runs are made of or wait in; nothing for an order that is fixed.
    static func listRequest(sort: Schema = .json) -> Schema { list(related, sort: sort) }

    /// A page of one.
    static func pageRequest(sort: Schema) -> Schema {
        body(
            optional: related + [
                "sort": sort, "limit": whole(1...ListLimits.most), "page": whole(1...Int(Int32.max)),
            ])
    }

    /// The filters alone: what is counted.
    static let relatedFilters = body(optional: related)

    static let artifactFilters = body(optional: artifacts)
    static let artifactListRequest = list(artifacts, sort: .words(of: ArtifactOrder.self))
    static let variableFilters = body(optional: ["variables": variableFilter])
    static let variableListRequest = list(
        ["variables": variableFilter], sort: .words(of: VariableOrder.self))
    static let blockFilters = body(optional: blocks)
    static func blockListRequest(sort: Schema = .json, _ more: SchemaMembers = [:]) -> Schema {
        list(blocks + more, sort: sort)
    }
    static let automationListRequest = list(
        ["automations": filter("AutomationFilter", ["name": textTest, "created": timeTest, "tags": tagTest])],
        sort: .words(of: AutomationOrder.self))
    static let workerListRequest = body(optional: ["workers": workerFilter, "limit": limit, "offset": offset])
    static let logListRequest = body(
        optional: [
            "logs": logFilter, "sort": .words(["TIMESTAMP_ASC", "TIMESTAMP_DESC"]), "limit": limit, "offset": offset,
        ])

    /// Things to be changed at once.
    static let bulkRequest = body(optional: related + ["limit": whole(1...BulkRequest.most)])

    static let bulkProposal = body(
        required: ["state": stateCreate], optional: related + ["limit": whole(1...BulkRequest.most), "force": .flag])

    static let historyRequest = body(
        required: ["history_start": .time, "history_end": .time, "history_interval_seconds": .number(from: 1)],
        optional: related)

    static let runMarksRequest = body(
        optional: related + ["sort": .words(of: FlowRunOrder.self), "limit": whole(0...1000), "offset": offset])

    static let slotHoldersRequest = body(
        optional: [
            "page": whole(1...Int(Int32.max)), "limit": limit, "flow_run_limit": limit,
        ])

    /// What a pool, a queue or deployments have for those who execute runs.
    static let poll: SchemaMembers = [
        "work_queue_names": .list(of: .text), "scheduled_before": .time, "scheduled_after": .time, "limit": limit,
    ]

    // MARK: What pages answer

    static func page(of element: Schema) -> Schema {
        record([
            "results": .list(of: element), "count": .count, "limit": .count, "pages": .count, "page": .count,
        ])
    }

    static let deleted = record(["deleted": .list(of: .id)])
}
