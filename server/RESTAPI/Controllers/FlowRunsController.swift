import Domain
import HTTPTypes
import Hummingbird
import JSON
import Orchestration

struct FlowRunsController: Controller {
    let orchestrator: Orchestrator
    let configuration: RESTConfiguration

    var routes: [Route] { ownRoutes + courseRoutes }

    private var ownRoutes: [Route] {
        [
            .post("/flow_runs", create)
                .does(
                    "Make a run that whoever makes it executes", takes: .flowRunCreate, .created(.flowRun),
                    .ok(.flowRun), .notFound),
            .get("/flow_runs/{id}", read)
                .does("Read a run", .ok(.flowRun)),
            .patch("/flow_runs/{id}", update)
                .does("Change a run", takes: .flowRunUpdate, .noContent),
            .delete("/flow_runs/{id}", delete)
                .does("Delete a run", .noContent),
            .post("/flow_runs/filter", filter)
                .does("List runs", takes: .listRequest(sort: .words(of: FlowRunOrder.self)), .ok(.list(of: .flowRun))),
            .post("/flow_runs/count", count)
                .does("Count runs", takes: .relatedFilters, .ok(.count)),
            .post("/flow_runs/paginate", paginate)
                .does(
                    "Read a page of runs", takes: .pageRequest(sort: .words(of: FlowRunOrder.self)),
                    .ok(.page(of: .flowRun))),
            .post("/flow_runs/{id}/set_state", setState)
                .does("Propose a state", takes: .proposal, .created(.orchestrationResult), .ok(.orchestrationResult)),
            .post("/flow_runs/{id}/resume", resume)
                .does(
                    "Have a paused run go on", takes: .resumption, .created(.orchestrationResult),
                    .ok(.orchestrationResult)),
        ]
    }

    private var courseRoutes: [Route] {
        [
            .get("/flow_runs/find/{prefix}", find)
                .does("Find a run by the beginning of its id", .ok(.flowRun), .conflict),
            .get("/flow_runs/{id}/explain", explain)
                .does("Say what a run waits for", .ok(.explanation)),
            .get("/flow_runs/{id}/attempts", attempts)
                .does("List the attempts at a run", .ok(.list(of: .attempt))),
            .post("/flow_runs/{id}/cancel", cancel)
                .does("Cancel a run", takes: .reason, .ok(.stateOfRun)),
            .post("/flow_runs/{id}/retry", retry)
                .does("Run again what has ended", takes: .reason, .ok(.stateOfRun)),
            .patch("/flow_runs/{id}/labels", label)
                .does("Lay labels over those of a run", takes: .labels, .noContent),
            .get("/flow_runs/{id}/logs", logs)
                .does("Read a run's log, page by page", query: [.optional("after", .logCursor)], .ok(.logPage)),
            .get("/flow_runs/{id}/logs/download", downloadLogs)
                .does("Download a run's log as a table", .sends(.text("text/csv"))),
            .get("/flow_runs/{id}/follow", follow)
                .does(
                    "Follow a run as it proceeds, as server-sent events",
                    query: [.optional("after", .runCursor), .flag("logs")], .sends(.events)),
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        let body: OwnFlowRunBody = try await call.body()
        let request = body.run.request(stateID: orchestrator.surroundings.newID(), at: orchestrator.now)
        let submission =
            if let deployment = body.deploymentID {
                try await orchestrator.submitOrRefuse(request, to: deployment)
            } else {
                try await orchestrator.recordRun(of: body.flowID, request, by: call.context.speaker)
            }
        return .json(submission.run.view(at: orchestrator.now), submission.isNew ? .created : .ok)
    }

    private func read(_ call: Call) async throws -> Response {
        let run = try await orchestrator.describedRun(try call.id(of: FlowRun.self))
        return .json(run.view(at: orchestrator.now))
    }

    private func find(_ call: Call) async throws -> Response {
        .json(try await orchestrator.findRun(try call.name("prefix")).view(at: orchestrator.now))
    }

    private func update(_ call: Call) async throws -> Response {
        let changes: FlowRunChanges = try await call.body()
        try await orchestrator.updateRun(try call.id(of: FlowRun.self), changes.apply)
        return .noContent
    }

    private func label(_ call: Call) async throws -> Response {
        let labels: LabelsBody = try await call.body()
        try await orchestrator.updateRun(try call.id(of: FlowRun.self)) {
            $0.labels = $0.labels.merging(labels.labels)
        }
        return .noContent
    }

    private func delete(_ call: Call) async throws -> Response {
        try await orchestrator.deleteRun(try call.id(of: FlowRun.self))
        return .noContent
    }

    private func filter(_ call: Call) async throws -> Response {
        let request: ListRequest<FlowRunOrder> = try await call.body()
        let now = orchestrator.now
        return .json(.list(try await orchestrator.runs(request)) { $0.view(at: now) })
    }

    private func count(_ call: Call) async throws -> Response {
        .json(try await orchestrator.countRuns(try await call.body()).json)
    }

    private func paginate(_ call: Call) async throws -> Response {
        let request: PageRequest<FlowRunOrder> = try await call.body()
        let now = orchestrator.now
        return .json(try await orchestrator.runs(request).view { $0.view(at: now) })
    }

    private func setState(_ call: Call) async throws -> Response {
        let id = try call.id(of: FlowRun.self)
        let body: ProposalBody = try await call.body()
        let state = body.state.state(orchestrator.surroundings.newID(), at: orchestrator.now)
        let worker = HTTPField.Name("X-Prefect-Worker-Name").flatMap { call.header($0) }
        let answer = try await orchestrator.propose(
            state, for: id, force: body.isForced, by: worker, speaker: call.context.speaker)
        return .json(answer.view(of: id), answer.isStored ? .created : .ok)
    }

    private func resume(_ call: Call) async throws -> Response {
        let id = try call.id(of: FlowRun.self)
        let body: ResumptionBody = try await call.body()
        let answer = try await orchestrator.resume(id, with: body.input)
        return .json(answer.view(of: id), answer.isStored ? .created : .ok)
    }

    private func retry(_ call: Call) async throws -> Response {
        let id = try call.id(of: FlowRun.self)
        let body: ReasonBody = try await call.body()
        return .json([
            "state": try await orchestrator.retry(id, reason: body.reason ?? "retried by request").view(of: id)
        ])
    }

    private func explain(_ call: Call) async throws -> Response {
        .json(
            try await orchestrator.explain(
                try call.id(of: FlowRun.self), agentEndpoint: configuration.agentEndpoint
            ).view)
    }

    private func attempts(_ call: Call) async throws -> Response {
        let run = try await orchestrator.run(try call.id(of: FlowRun.self))
        return .json(try await orchestrator.attempts(at: run.id).json)
    }

    /// How many lines of a log are handed over at once.
    private static let logPage = 2000

    private func logs(_ call: Call) async throws -> Response {
        let page = try await orchestrator.logPage(
            of: try call.id(of: FlowRun.self), after: call.query("after"), limit: Self.logPage)
        return .json(["logs": .array(page.records.map(\.view)), "next": page.next.json])
    }

    private func downloadLogs(_ call: Call) async throws -> Response {
        let run = try await orchestrator.describedRun(try call.id(of: FlowRun.self))
        return LogTable(orchestrator: orchestrator, run: run).response(for: call)
    }

    private func cancel(_ call: Call) async throws -> Response {
        let id = try call.id(of: FlowRun.self)
        let body: ReasonBody = try await call.body()
        return .json([
            "state": try await orchestrator.cancel(id, reason: body.reason ?? "cancelled by request").view(of: id)
        ])
    }

    /// Where the client left off: as it says itself, or as its browser does (the HTML standard, §9.2.4).
    private func cursor(_ call: Call) throws(Problem) -> RunCursor? {
        let header = HTTPField.Name("Last-Event-ID").flatMap { call.header($0) }
        guard let text = call.query("after") ?? header, !text.isEmpty else { return nil }
        guard let cursor = RunCursor(text) else {
            throw .invalid("\"\(text)\" is no place in a run's events: give back the id of one of them")
        }
        return cursor
    }

    private func follow(_ call: Call) async throws -> Response {
        let run = try await orchestrator.run(try call.id(of: FlowRun.self))
        let follower = RunFollower(
            orchestrator, run: run.id, after: try cursor(call), logs: call.query("logs") != "false")
        return .events(
            for: call, on: follower.notices(), keepAlive: configuration.keepAlive,
            RunTeller(run: run.id, follower: follower))
    }
}
