public import Domain

extension Store {
    static let taskRunColumns = """
        task_run.id, task_run.run_id, task_run.name, task_run.task_key, task_run.dynamic_key, task_run.cache_key,
        task_run.cache_expiration, task_run.task_version, task_run.empirical_policy, task_run.tags, task_run.labels,
        task_run.task_inputs, task_run.run_count, task_run.flow_run_run_count, task_run.expected_start,
        task_run.next_start, task_run.start_time, task_run.end_time, task_run.total_run_time, task_run.created,
        task_run.updated,
        task_run.state_id, task_run.state_type, task_run.state_name, task_run.state_time, task_run.state_message,
        task_run.state_data, task_run.state_details
        """

    private static let writtenColumns = """
        id, run_id, name, task_key, dynamic_key, cache_key, cache_expiration, task_version, empirical_policy, tags,
        labels, task_inputs, run_count, flow_run_run_count, expected_start, start_time, end_time, total_run_time,
        created, updated, state_id, state_type, state_name, state_time, state_message, state_data, state_details, due,
        next_start, is_deferred
        """

    private static let saveTaskRun: String = {
        let columns = writtenColumns.split { $0 == "," || $0.isWhitespace }.filter { $0 != "id" && $0 != "created" }
        let changes = columns.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        return """
            INSERT INTO task_run (\(writtenColumns)) VALUES (\(placeholders(30)))
            ON CONFLICT (id) DO UPDATE SET \(changes)
            """
    }()

    static func taskRun(_ reader: inout RowReader) throws(StorageError) -> TaskRun {
        let (id, runID) = (try reader.id(TaskRun.self), try reader.optionalID(FlowRun.self))
        var task = TaskRun(
            id: id, flowRunID: runID, name: try reader.text(), taskKey: try reader.text(),
            dynamicKey: try reader.text(), cacheKey: try reader.optionalText(),
            cacheExpiration: try reader.optionalTime(), taskVersion: try reader.optionalText(),
            empiricalPolicy: try reader.object(), tags: try reader.strings(), labels: try reader.object(),
            taskInputs: try reader.object(), runCount: try reader.int(), flowRunRunCount: try reader.int(),
            expectedStart: try reader.optionalTime(), nextScheduledStart: try reader.optionalTime(),
            startTime: try reader.optionalTime(),
            endTime: try reader.optionalTime(), totalRunTime: try reader.span(), created: try reader.time(),
            updated: try reader.time())
        if let state = try reader.optionalID(RunState.self) { task.state = try taskState(state, &reader) }
        return task
    }

    private static func taskState(
        _ id: ID<RunState>, _ reader: inout RowReader
    ) throws(StorageError) -> RunState {
        let typeName = try reader.text()
        guard let type = StateType(rawValue: typeName) else { throw .corrupt("no state has the type \(typeName)") }
        return RunState(
            id: id, type: type, name: try reader.text(), timestamp: try reader.time(),
            message: try reader.optionalText(), data: try reader.optionalJSON(),
            details: StateDetails(try reader.object()))
    }

    /// The task run of that id.
    public func taskRun(_ id: ID<TaskRun>) throws(StorageError) -> TaskRun? {
        try rows("SELECT \(Self.taskRunColumns) FROM task_run WHERE id = $1", .id(id)).decoded(Self.taskRun).first
    }

    /// The task run of a flow run by its keys, which are unique there.
    public func taskRun(
        of run: ID<FlowRun>, taskKey: String, dynamicKey: String
    ) throws(StorageError) -> TaskRun? {
        try rows(
            """
            SELECT \(Self.taskRunColumns) FROM task_run WHERE run_id = $1 AND task_key = $2 AND dynamic_key = $3
            """, .id(run), .text(taskKey), .text(dynamicKey)
        ).decoded(Self.taskRun).first
    }

    /// The last task run that completed with a result that is kept under this key.
    public func taskRun(cachedAs key: String, at now: Timestamp) throws(StorageError) -> TaskRun? {
        try taskRuns(
            Query(
                .test(
                    """
                    cache_key = ? AND state_type = 'COMPLETED' AND (cache_expiration IS NULL OR cache_expiration > ?)
                    """, [.text(key), .time(now)]), order: "state_time DESC, id DESC", limit: 1)
        ).first
    }

    /// The task runs that a query asks for.
    public func taskRuns(_ query: Query) throws(StorageError) -> [TaskRun] {
        try select(Self.taskRunColumns, from: "task_run", query).decoded(Self.taskRun)
    }

    /// A task run that waits for a process that serves one of these tasks, and is due: the first one that is not in
    /// `besides`.
    public func deferredTaskRun(
        ofTasks keys: [String], dueBy time: Timestamp, besides: Set<ID<TaskRun>>
    ) throws(StorageError) -> TaskRun? {
        try taskRuns(
            Query(
                .all([
                    .test("is_deferred = TRUE", []), .isAny("task_key", of: keys.map { .text($0) }),
                    .test("due <= ?", [.time(time)]),
                    .not(.isAny("id", of: besides.map { .id($0) })),
                ]), order: "due, id", limit: 1)
        ).first
    }

    /// When the next task run is due that waits for a process that serves one of these tasks.
    public func nextDeferredDue(ofTasks keys: [String], after time: Timestamp) throws(StorageError) -> Timestamp? {
        try connection.run(
            """
            SELECT min(due) FROM task_run WHERE is_deferred = TRUE AND due > $1 AND task_key IN (
                \(placeholders(keys.count, after: 1)))
            """, [.time(time)] + keys.map { .text($0) }
        ).decoded { reader throws(StorageError) in try reader.optionalTime() }.first ?? nil
    }

    /// A process has a task run that waits: nobody else is handed it while that is so.
    public func handOver(_ task: ID<TaskRun>, to client: String) throws(StorageError) {
        try execute(
            "UPDATE task_run SET handed_to = $1, due = NULL WHERE id = $2 AND is_deferred = TRUE",
            .text(client), .id(task))
    }

    /// The task runs that a process was handed and has not said anything of are its own again.
    public func keepHanded(to client: String) throws(StorageError) {
        try execute("UPDATE task_run SET due = NULL WHERE handed_to = $1 AND is_deferred = TRUE", .text(client))
    }

    /// The task runs that a process was handed and has not said anything of are handed to others from `time` on; those
    /// of all processes where none is named.
    public func returnHanded(to client: String?, from time: Timestamp) throws(StorageError) {
        try execute(
            """
            UPDATE task_run SET due = $1 WHERE is_deferred = TRUE AND due IS NULL AND handed_to IS NOT NULL
                AND (CAST($2 AS TEXT) IS NULL OR handed_to = $2)
            """, .time(time), .text(client))
    }

    /// Stores what is known of a task run now.
    public func save(_ task: TaskRun) throws(StorageError) {
        let state = task.state
        try execute(
            Self.saveTaskRun,
            .id(task.id), .id(task.flowRunID), .text(task.name), .text(task.taskKey), .text(task.dynamicKey),
            .text(task.cacheKey), .time(task.cacheExpiration), .text(task.taskVersion), .json(task.empiricalPolicy),
            .strings(task.tags), .json(task.labels), .json(task.taskInputs), .int(task.runCount),
            .int(task.flowRunRunCount), .time(task.expectedStart), .time(task.startTime), .time(task.endTime),
            .span(task.totalRunTime), .time(task.created), .time(task.updated), .id(state?.id),
            .text(state?.type.rawValue), .text(state?.name), .time(state?.timestamp), .text(state?.message),
            .json(state?.data), state.map { .json($0.details.fields) } ?? .null, .time(task.due),
            .time(task.nextScheduledStart), .flag(task.isDeferred))
    }

    /// Adds a state to a task run's history; one that is in it already stays as it is.
    public func record(_ state: RunState, of task: ID<TaskRun>) throws(StorageError) {
        try execute(
            """
            INSERT INTO task_run_state (task_run_id, timestamp, id, type, name, message, data, details)
            VALUES (\(placeholders(8))) ON CONFLICT DO NOTHING
            """,
            .id(task), .time(state.timestamp), .id(state.id), .text(state.type.rawValue), .text(state.name),
            .text(state.message), .json(state.data), .json(state.details.fields))
    }

    /// A task run's states, the oldest first.
    public func history(of task: ID<TaskRun>) throws(StorageError) -> [RunState] {
        try rows(
            """
            SELECT id, type, name, timestamp, message, data, details FROM task_run_state WHERE task_run_id = $1
            ORDER BY timestamp, id
            """, .id(task)
        ).decoded(Self.state)
    }

    /// A state of a task run by its id. Looks through all histories: nothing that is done often asks for this.
    public func taskRunState(_ id: ID<RunState>) throws(StorageError) -> RunState? {
        try rows(
            "SELECT id, type, name, timestamp, message, data, details FROM task_run_state WHERE id = $1", .id(id)
        ).decoded(Self.state).first
    }

    /// Forgets a task run and its history.
    public func deleteTaskRun(_ id: ID<TaskRun>) throws(StorageError) {
        try execute("DELETE FROM task_run_state WHERE task_run_id = $1", .id(id))
        try execute("DELETE FROM task_run WHERE id = $1", .id(id))
    }

    /// Forgets the task runs of a flow run.
    func deleteTaskRuns(of run: ID<FlowRun>) throws(StorageError) {
        try execute(
            "DELETE FROM task_run_state WHERE task_run_id IN (SELECT id FROM task_run WHERE run_id = $1)", .id(run))
        try execute("DELETE FROM task_run WHERE run_id = $1", .id(run))
    }

    /// How many task runs each of `runs` has; none of those that have none.
    public func taskRunCounts(of runs: [ID<FlowRun>]) throws(StorageError) -> [ID<FlowRun>: Int] {
        guard !runs.isEmpty else { return [:] }
        let pairs = try connection.run(
            "SELECT run_id, count(*) FROM task_run WHERE run_id IN (\(placeholders(runs.count))) GROUP BY run_id",
            runs.map { .id($0) }
        ).decoded { reader throws(StorageError) in (try reader.id(FlowRun.self), try reader.int()) }
        return Dictionary(pairs, uniquingKeysWith: +)
    }
}
