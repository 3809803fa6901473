import Domain
import Hummingbird
import JSON
import Orchestration

/// The steps of flow runs.
struct TaskRunsController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] { ownRoutes + relatedRoutes }

    private var ownRoutes: [Route] {
        [
            .post("/task_runs", create)
                .does(
                    "Make a task run, or find the one of its flow run and keys", takes: .taskRunCreate,
                    .created(.taskRun), .ok(.taskRun), .notFound),
            .get("/task_runs/{id}", read)
                .does("Read a task run", .ok(.taskRun)),
            .patch("/task_runs/{id}", update)
                .does("Change a task run", takes: .taskRunUpdate, .noContent),
            .delete("/task_runs/{id}", delete)
                .does("Delete a task run", .noContent),
            .post("/task_runs/{id}/set_state", setState)
                .does(
                    "Propose a state of a task run", takes: .proposal, .created(.orchestrationResult),
                    .ok(.orchestrationResult)),
            .post("/task_runs/filter", filter)
                .does(
                    "List task runs", takes: .listRequest(sort: .words(of: TaskRunOrder.self)), .ok(.list(of: .taskRun))
                ),
            .post("/task_runs/count", count)
                .does("Count task runs", takes: .relatedFilters, .ok(.count)),
            .post("/task_runs/paginate", paginate)
                .does(
                    "Read a page of task runs", takes: .pageRequest(sort: .words(of: TaskRunOrder.self)),
                    .ok(.page(of: .taskRun))),
        ]
    }

    private var relatedRoutes: [Route] {
        [
            .get("/flow_runs/{id}/graph-v2", graph)
                .does(
                    "Read the graph of a run's tasks", query: [.optional("since", .time)], .ok(.graph),
                    .json(.contentTooLarge, .error)),
            .get("/task_run_states", states)
                .does(
                    "List the states that a task run was in", query: [.required("task_run_id", .id)],
                    .ok(.list(of: .state)), .notFound),
            .get("/task_run_states/{id}", readState)
                .does("Read a state that a task run was in", .ok(.state)),
            .post("/task_workers/filter", workers)
                .does(
                    "List the processes that serve tasks", takes: .taskWorkerListRequest, .ok(.list(of: .taskWorker))),
            .post("/ui/flow_runs/count-task-runs", countOfRuns)
                .does("Count the task runs of runs", takes: .flowRunIDs, .ok(.map(of: .count))),
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        let body: TaskRunBody = try await call.body()
        let (task, isNew) = try await orchestrator.createTaskRun(
            body.request(stateID: orchestrator.surroundings.newID(), at: orchestrator.now))
        return .json(task.view(at: orchestrator.now), isNew ? .created : .ok)
    }

    private func read(_ call: Call) async throws -> Response {
        .json(try await orchestrator.taskRun(try call.id(of: TaskRun.self)).view(at: orchestrator.now))
    }

    private func update(_ call: Call) async throws -> Response {
        let changes: TaskRunChanges = try await call.body()
        try await orchestrator.renameTaskRun(try call.id(of: TaskRun.self), to: changes.name)
        return .noContent
    }

    private func delete(_ call: Call) async throws -> Response {
        try await orchestrator.deleteTaskRun(try call.id(of: TaskRun.self))
        return .noContent
    }

    private func setState(_ call: Call) async throws -> Response {
        let id = try call.id(of: TaskRun.self)
        let body: ProposalBody = try await call.body()
        let state = body.state.state(orchestrator.surroundings.newID(), at: orchestrator.now)
        let answer = try await orchestrator.propose(state, for: id, force: body.isForced)
        return .json(answer.view(ofTask: id), answer.isStored ? .created : .ok)
    }

    private func filter(_ call: Call) async throws -> Response {
        let request: ListRequest<TaskRunOrder> = try await call.body()
        let now = orchestrator.now
        return .json(.list(try await orchestrator.taskRuns(request)) { $0.view(at: now) })
    }

    private func count(_ call: Call) async throws -> Response {
        .json(try await orchestrator.countTaskRuns(try await call.body()).json)
    }

    private func paginate(_ call: Call) async throws -> Response {
        let request: PageRequest<TaskRunOrder> = try await call.body()
        let now = orchestrator.now
        return .json(try await orchestrator.taskRuns(request).view { $0.view(at: now) })
    }

    private func graph(_ call: Call) async throws -> Response {
        let since = call.query("since")
        guard since == nil || since.flatMap({ Timestamp($0) }) != nil else {
            throw Problem.invalid("?since= takes a time such as 2026-01-31T12:00:00Z, not \"\(since ?? "")\"")
        }
        let graph = try await orchestrator.graph(
            of: try call.id(of: FlowRun.self), since: since.flatMap { Timestamp($0) })
        return .json(graph.view)
    }

    // MARK: Their states

    private func states(_ call: Call) async throws -> Response {
        guard let id = call.query("task_run_id").flatMap({ ID<TaskRun>($0) }) else {
            throw Problem.invalid("the query must name a task run: ?task_run_id=…")
        }
        return .json(.list(try await orchestrator.history(of: id)) { $0.view(ofTask: id) })
    }

    private func readState(_ call: Call) async throws -> Response {
        let state = try await orchestrator.taskRunState(try call.id(of: RunState.self))
        return .json(state.taskView)
    }

    // MARK: For lists

    /// The processes that serve tasks.
    private func workers(_ call: Call) async throws -> Response {
        let body: TaskWorkerFilterBody = try await call.body()
        let seats = orchestrator.taskDesk.seats.filter { body.includes($0) }
        return .json(.list(seats, \.view))
    }

    private func countOfRuns(_ call: Call) async throws -> Response {
        let body: RunIDsBody = try await call.body()
        let counts = try await orchestrator.taskRunCounts(of: body.ids)
        return .json(.object(JSONObject(body.ids.map { ("\($0)", (counts[$0] ?? 0).json) })))
    }
}

/// Which processes that serve tasks.
private struct TaskWorkerFilterBody: JSONReadable, Sendable {
    private let keys: [String]?

    init(reading reader: JSONReader) throws(JSONReadingError) {
        keys = try reader.optional("task_worker_filter")?.optional("task_keys")
    }

    func includes(_ seat: TaskSeat) -> Bool { keys.map { !Set($0).isDisjoint(with: seat.keys) } ?? true }
}

/// Runs by their ids.
private struct RunIDsBody: JSONReadable, Sendable {
    /// Without repetitions.
    let ids: [ID<FlowRun>]

    init(reading reader: JSONReader) throws(JSONReadingError) {
        var seen: Set<ID<FlowRun>> = []
        let given: [ID<FlowRun>] = try reader.required("flow_run_ids")
        guard given.count <= ListLimits.most else {
            throw try reader.required("flow_run_ids").error(
                "too_long", "List should have at most \(ListLimits.most) items after validation, not \(given.count)")
        }
        ids = given.filter { seen.insert($0).inserted }
    }
}

extension TaskSeat {
    fileprivate var view: JSONValue {
        ["identifier": .string(client), "task_keys": keys.json, "timestamp": since.json]
    }
}
