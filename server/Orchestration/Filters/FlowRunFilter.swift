import Domain
public import JSON
import Storage

/// Which flow runs: `flow_runs` in Prefect's API.
public struct FlowRunFilter: JSONReadable, Sendable {
    let condition: Condition

    /// Reads the filter as clients write it.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        var group = try FilterGroup(reader)
        try group.ids("id", of: FlowRun.self, in: "run.id")
        try group.text("name", in: "run.name")
        try group.tags(in: "run.tags")
        try group.ids("flow_id", of: Flow.self, in: "run.flow_id")
        try group.ids("deployment_id", of: Deployment.self, in: "run.deployment_id")
        try group.ids("batch_id", of: Batch.self, in: "run.batch_id")
        try group.group("state") { state throws(JSONReadingError) in
            try state.text("type", in: "run.state_type")
            try state.text("name", in: "run.state_name")
        }
        try Self.readTimes(&group)
        try Self.readText(&group)
        try Self.readRelations(&group)
        condition = try group.condition
    }

    private static func readTimes(_ group: inout FilterGroup) throws(JSONReadingError) {
        try group.time("start_time", in: "run.start_time")
        try group.time("end_time", in: "run.end_time")
        try group.time("expected_start_time", in: "run.expected_start")
        // Sluice's own: ids are in the order of their making, so that this is as cheap as a page by its key.
        try group.group("created") { created throws(JSONReadingError) in
            try created.test("before_") { (time: Timestamp) in .test("run.id < ?", [.id(ID<FlowRun>.first(at: time))]) }
            try created.test("after_") { (time: Timestamp) in .test("run.id >= ?", [.id(ID<FlowRun>.first(at: time))]) }
        }
        // Only what waits has a time at which it is due.
        try group.time("next_scheduled_start_time", in: "run.due")
    }

    /// Sluice's own: what a person remembers of a run.
    private static func readText(_ group: inout FilterGroup) throws(JSONReadingError) {
        try group.group("text") { text throws(JSONReadingError) in
            try text.test("like_") { (text: String) in
                .any([.contains("run.name", text), .contains("run.parameters", text), .contains("run.tags", text)])
            }
        }
    }

    private static func readRelations(_ group: inout FilterGroup) throws(JSONReadingError) {
        try group.text("flow_version", in: "run.flow_version")
        try group.text("idempotency_key", in: "run.idempotency_key")
        try group.ids("parent_task_run_id", of: TaskRun.self, in: "run.parent_task_run_id")
        // A sub-flow's parent is found through the task run that stands for it there.
        try group.group("parent_flow_run_id") { parent throws(JSONReadingError) in
            try parent.test("any_") { (ids: [ID<FlowRun>]) in
                .isIn(
                    "run.parent_task_run_id", "task_run.id", of: .taskRun,
                    where: .isAny("task_run.run_id", of: ids.map { .id($0) }))
            }
        }
        try group.group("work_queue_name") { queue throws(JSONReadingError) in
            try queue.test("any_") { (names: [String]) in
                .isIn(
                    "run.queue_id", "work_queue.id", of: .workQueue,
                    where: .isAny("work_queue.name", of: names.map { .text($0) }))
            }
            try queue.test("is_null_") { (isNull: Bool) in .test("run.queue_id IS \(isNull ? "" : "NOT ")NULL", []) }
        }
    }
}
