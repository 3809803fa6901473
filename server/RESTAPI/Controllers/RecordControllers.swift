import Domain
import Hummingbird
import JSON
import Orchestration

/// The states that runs were in.
struct FlowRunStatesController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .get("/flow_run_states", list)
                .does(
                    "List the states that a run was in", query: [.required("flow_run_id", .id)], .ok(.list(of: .state)),
                    .notFound),
            .get("/flow_run_states/{id}", read)
                .does("Read a state that a run was in", .ok(.state)),
        ]
    }

    private func list(_ call: Call) async throws -> Response {
        guard let id = call.query("flow_run_id").flatMap({ ID<FlowRun>($0) }) else {
            throw Problem.invalid("the query must name a run: ?flow_run_id=…")
        }
        return .json(.list(try await orchestrator.history(of: id)) { $0.view(of: id) })
    }

    private func read(_ call: Call) async throws -> Response {
        let (state, run) = try await orchestrator.state(try call.id(of: RunState.self))
        return .json(state.view(of: run))
    }
}

struct LogsController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/logs", create)
                .does("Write log lines", takes: .list(of: .logCreate), .created(.null)),
            .post("/logs/filter", filter)
                .does("List log lines", takes: .logListRequest, .ok(.list(of: .log))),
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        let lines: [LogBody] = try await call.body()
        try await orchestrator.log(lines.map { $0.record(orchestrator.surroundings.newID()) })
        return .json(.null, .created)
    }

    private func filter(_ call: Call) async throws -> Response {
        let request: LogRequest = try await call.body()
        return .json(.list(try await orchestrator.logs(request), \.view))
    }
}
