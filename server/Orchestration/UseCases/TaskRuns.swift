public import Domain
public import JSON
import Storage

/// A task run as a client wants it.
public struct TaskRunRequest: Sendable {
    /// Nothing for one that is made up.
    public var id: ID<TaskRun>?
    public var flowRunID: ID<FlowRun>?
    public var name: String?
    public var taskKey: String
    public var dynamicKey: String
    public var cacheKey: String?
    public var cacheExpiration: Timestamp?
    public var taskVersion: String?
    public var empiricalPolicy: JSONObject = [:]
    public var tags: [String] = []
    public var labels: JSONObject = [:]
    public var taskInputs: JSONObject = [:]
    /// Nothing for PENDING.
    public var state: RunState?

    public init(taskKey: String, dynamicKey: String) {
        self.taskKey = taskKey
        self.dynamicKey = dynamicKey
    }
}

extension Orchestrator {
    /// Makes a task run, or finds the one with the same keys in the same flow run.
    ///
    /// - Throws: `OrchestrationError.notFound` when there is no such flow run.
    public func createTaskRun(_ request: TaskRunRequest) async throws -> (task: TaskRun, isNew: Bool) {
        try await change { change in
            let run = try request.flowRunID.map { try change.store.head($0).orNotFound("Flow run", $0) }
            if let known = try change.store.knownTaskRun(request) { return (known, false) }
            var task = TaskRun(
                id: request.id ?? change.surroundings.newID(), flowRunID: request.flowRunID,
                name: request.name ?? "\(request.taskKey)-\(request.dynamicKey)", taskKey: request.taskKey,
                dynamicKey: request.dynamicKey, cacheKey: request.cacheKey, cacheExpiration: request.cacheExpiration,
                taskVersion: request.taskVersion, empiricalPolicy: request.empiricalPolicy, tags: request.tags,
                labels: request.labels, taskInputs: request.taskInputs,
                flowRunRunCount: run?.machine.runCount ?? 0, created: change.now, updated: change.now)
            let state = request.state ?? change.firstState(type: .pending, due: nil)
            try change.enter(state, &task)
            return (task, true)
        }
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func taskRun(_ id: ID<TaskRun>) async throws -> TaskRun {
        try await database.read { try $0.taskRun(id) }.orNotFound("Task run", id)
    }

    /// The task runs that are asked for.
    public func taskRuns(_ request: ListRequest<TaskRunOrder>) async throws -> [TaskRun] {
        try await database.read { try $0.taskRuns(request.query(request.filters.onTaskRuns)) }
    }

    /// A page of them, with their number.
    public func taskRuns(_ request: PageRequest<TaskRunOrder>) async throws -> Page<TaskRun> {
        try await database.read { store in
            let condition = request.filters.onTaskRuns
            return Page(
                elements: try store.taskRuns(request.query(condition)),
                count: try store.count(in: .taskRun, condition), limit: request.limit, page: request.page)
        }
    }

    /// How many task runs meet the filters.
    public func countTaskRuns(_ filters: RelatedFilters) async throws -> Int {
        try await count(in: .taskRun, filters.onTaskRuns)
    }

    /// The states that a task run was in, the oldest first.
    public func history(of task: ID<TaskRun>) async throws -> [RunState] {
        try await database.read { try $0.history(of: task) }
    }

    /// A state that some task run is or was in.
    ///
    /// - Throws: `OrchestrationError.notFound`.
    public func taskRunState(_ id: ID<RunState>) async throws -> RunState {
        try await database.read { try $0.taskRunState(id) }.orNotFound("Task run state", id)
    }

    /// Gives a task run another name; none leaves it as it is.
    ///
    /// - Throws: `OrchestrationError.notFound`.
    public func renameTaskRun(_ id: ID<TaskRun>, to name: String?) async throws {
        try await change { change in
            var task = try change.store.taskRun(id).orNotFound("Task run", id)
            task.name = name ?? task.name
            task.updated = change.now
            try change.store.save(task)
        }
    }

    /// Forgets a task run with its history.
    ///
    /// - Throws: `OrchestrationError.notFound`.
    public func deleteTaskRun(_ id: ID<TaskRun>) async throws {
        try await change { change in
            _ = try change.store.taskRun(id).orNotFound("Task run", id)
            try change.store.deleteTaskRun(id)
        }
    }

    /// How many task runs each of these runs has; none of those that have none.
    public func taskRunCounts(of runs: [ID<FlowRun>]) async throws -> [ID<FlowRun>: Int] {
        try await database.read { try $0.taskRunCounts(of: runs) }
    }
}

extension Store {
    fileprivate func knownTaskRun(_ request: TaskRunRequest) throws -> TaskRun? {
        if let run = request.flowRunID,
            let known = try taskRun(of: run, taskKey: request.taskKey, dynamicKey: request.dynamicKey)
        {
            return known
        }
        if let id = request.id, let known = try taskRun(id) { return known }
        guard request.flowRunID == nil else { return nil }
        return try taskRuns(
            Query(
                .test(
                    "run_id IS NULL AND task_key = ? AND dynamic_key = ?",
                    [.text(request.taskKey), .text(request.dynamicKey)]), limit: 1)
        ).first
    }
}

extension Change {
    /// Puts a task run into a state, and stores and tells it. What only mirrors a run's state is no event of its own.
    mutating func enter(_ state: RunState, _ task: inout TaskRun) throws {
        var details = state.details.fields
        details["task_run_id"] = task.id.json
        details["flow_run_id"] = task.flowRunID?.json
        let (entered, before) = (state.with(details: StateDetails(details)), task.state)
        task.enter(entered)
        task.updated = now
        try store.save(task)
        try store.record(entered, of: task.id)
        tell(.taskRunsChanged([task]))
        if entered.details.fields["child_flow_run_id"] == nil {
            let event = try event(of: task, entering: entered, from: before)
            try store.insert(event)
            tell(.eventsTaken([event]))
            try noteResult(of: entered, run: task.flowRunID, task: task.id)
        }
        if before?.type == .running, entered.type != .running {
            try releaseSlots(of: LimitHolder(.taskRun, task.id))
        }
    }

    private func event(of task: TaskRun, entering state: RunState, from before: RunState?) throws -> Event {
        var related: [EventResource] = []
        if let id = task.flowRunID, let run = try store.run(id) {
            related.append(EventResource(.flowRun, "\(id)", name: run.name, role: "flow-run"))
            related.append(
                EventResource(.flow, "\(run.flowID)", name: try store.flow(run.flowID)?.name, role: "flow"))
        }
        let labels = EventResource.stateLabels(state, runCount: task.runCount)
        return Event(
            id: state.id.cast(), occurred: state.timestamp, received: now, name: "prefect.task-run.\(state.name)",
            resource: EventResource(
                .taskRun, "\(task.id)", name: task.name,
                also: labels.merging(["prefect.orchestration": "server"])),
            related: related + task.tags.map { EventResource(.tag, $0, role: "tag") },
            payload: [
                "intended": ["from": (before?.type.rawValue).json, "to": .string(state.type.rawValue)],
                "initial_state": before?.eventPayload ?? .null, "validated_state": state.eventPayload,
            ], follows: before?.id.cast())
    }

    /// A run has entered a state: it is told, and the task run that stands for a sub-flow in its parent mirrors it.
    mutating func noteEntered(
        _ state: RunState, _ run: ID<FlowRun>, batch: ID<Batch>?, parent: ID<TaskRun>?
    ) throws {
        note(RunChange(runID: run, batchID: batch, state: state))
        if state.data != nil { try noteResult(of: state, run: run) }
        if state.type.isTerminal { try judgeFires(after: run) }
        guard let parent, var task = try store.taskRun(parent) else { return }
        var details = state.details
        details = StateDetails(details.fields.merging(["child_flow_run_id": run.json]))
        let mirrored = RunState(
            id: surroundings.newID(), type: state.type, name: state.name, timestamp: state.timestamp,
            message: state.message, data: state.data, details: details)
        try enter(mirrored, &task)
    }
}
