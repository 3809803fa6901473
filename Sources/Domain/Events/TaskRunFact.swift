public import JSON

/// What an event of Prefect's 3.x client says of a task run: the state that it entered, and what it was then.
public struct TaskRunFact: Sendable {
    public let taskRunID: ID<TaskRun>
    public let flowRunID: ID<FlowRun>?
    public let state: RunState
    private let run: JSONReader
    private let received: Timestamp

    /// Nil if the event tells of no task run, or not in a form that can be read.
    public init?(_ event: Event) {
        guard
            event.name.hasPrefix("prefect.task-run."), event.resource["prefect.orchestration"] == "client",
            let id = event.resource.id(as: .taskRun, of: TaskRun.self),
            let validated = event.payload["validated_state"], let run = event.payload["task_run"]?.objectValue,
            run["task_key"]?.stringValue != nil, run["dynamic_key"]?.stringValue != nil
        else { return nil }
        let flowRunID = event.related(inRole: "flow-run")?.id(as: .flowRun, of: FlowRun.self)
        guard let state = Self.state(validated, of: event, task: id, in: flowRunID) else { return nil }
        taskRunID = id
        self.flowRunID = flowRunID
        self.state = state
        self.run = JSONReader(.object(run))
        received = event.received
    }

    private static func state(
        _ value: JSONValue, of event: Event, task: ID<TaskRun>, in run: ID<FlowRun>?
    ) -> RunState? {
        guard let type = value["type"]?.stringValue.flatMap({ StateType(rawValue: $0) }) else { return nil }
        var details = JSONObject((value["state_details"]?.objectValue ?? [:]).filter { !$0.value.isNull })
        details["task_run_id"] = task.json
        details["flow_run_id"] = run?.json
        return RunState(
            id: event.id.cast(), type: type, name: value["name"]?.stringValue, timestamp: event.occurred,
            message: value["message"]?.stringValue, data: value["data"].flatMap { $0.isNull ? nil : $0 },
            details: StateDetails(details))
    }

    /// What the task run is known by in its flow run.
    public var keys: (task: String, dynamic: String)? {
        guard
            let task = run.value["task_key"]?.stringValue, let dynamic = run.value["dynamic_key"]?.stringValue
        else { return nil }
        return (task, dynamic)
    }

    /// What the task run is, when this is known of it. Facts come in any order: one that is older than what is known
    /// changes nothing but the time of the first start, which the newer one may not have told.
    ///
    /// - Throws: `JSONReadingError` when the event holds something else than it should.
    public func recorded(over known: TaskRun?) throws(JSONReadingError) -> TaskRun {
        if let known, let state = known.state, state.timestamp > self.state.timestamp { return known }
        var task = TaskRun(
            id: known?.id ?? taskRunID, flowRunID: flowRunID ?? known?.flowRunID,
            name: try run.optional("name") ?? known?.name ?? "", taskKey: try run.required("task_key"),
            dynamicKey: try run.required("dynamic_key"), created: known?.created ?? received, updated: received)
        task.cacheKey = try run.optional("cache_key") ?? known?.cacheKey
        task.cacheExpiration = try run.optional("cache_expiration") ?? known?.cacheExpiration
        task.taskVersion = try run.optional("task_version") ?? known?.taskVersion
        task.empiricalPolicy = try run.optional("empirical_policy") ?? known?.empiricalPolicy ?? [:]
        task.tags = try run.optional("tags") ?? known?.tags ?? []
        task.labels = try run.optional("labels") ?? known?.labels ?? [:]
        task.taskInputs = try run.optional("task_inputs") ?? known?.taskInputs ?? [:]
        task.runCount = try run.optional("run_count") ?? known?.runCount ?? 0
        task.flowRunRunCount = try run.optional("flow_run_run_count") ?? known?.flowRunRunCount ?? 0
        task.expectedStart = try run.optional("expected_start_time") ?? known?.expectedStart
        // As its client says, not as its state does: what waits in its own process is scheduled for nobody else.
        task.nextScheduledStart =
            run.has("next_scheduled_start_time")
            ? try run.optional("next_scheduled_start_time") : known?.nextScheduledStart
        task.startTime = try run.optional("start_time") ?? known?.startTime
        task.endTime = try run.optional("end_time") ?? (state.type.isTerminal ? known?.endTime : nil)
        let seconds: Double? = try run.optional("total_run_time")
        task.totalRunTime =
            seconds.map { Duration.microseconds(Int64(($0 * 1e6).rounded())) }
            ?? known?.totalRunTime ?? .zero
        task.state = state
        return task
    }
}
