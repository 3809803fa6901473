import Domain
public import JSON
import Storage

/// Which task runs: `task_runs` in Prefect's API.
public struct TaskRunFilter: JSONReadable, Sendable {
    let condition: Condition

    /// Reads the filter as clients write it.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        var group = try FilterGroup(reader)
        try group.ids("id", of: TaskRun.self, in: "task_run.id")
        try group.ids("flow_run_id", of: FlowRun.self, in: "task_run.run_id")
        try group.text("name", in: "task_run.name")
        try group.tags(in: "task_run.tags")
        try group.text("task_key", in: "task_run.task_key")
        try group.group("state") { state throws(JSONReadingError) in
            try state.text("type", in: "task_run.state_type")
            try state.text("name", in: "task_run.state_name")
        }
        try group.time("start_time", in: "task_run.start_time")
        try group.time("end_time", in: "task_run.end_time")
        try group.time("expected_start_time", in: "task_run.expected_start")
        try group.group("subflow_runs") { subflows throws(JSONReadingError) in
            try subflows.test("exists_") { (exists: Bool) in
                let stands = Condition.isIn(
                    "task_run.id", "run.parent_task_run_id", of: .run,
                    where: .test("run.parent_task_run_id IS NOT NULL", []))
                return exists ? stands : .not(stands)
            }
        }
        condition = try group.condition
    }
}
