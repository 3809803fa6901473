import Domain
import Hummingbird
import JSON
import Orchestration

/// What is handed to runs.
struct FlowRunInputsController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/flow_runs/{id}/input", create)
                .does("Hand something to a run", takes: .flowRunInputCreate, .created(.null)),
            .post("/flow_runs/{id}/input/filter", filter)
                .does("List what was handed to a run", takes: .flowRunInputListRequest, .ok(.list(of: .flowRunInput))),
            .get("/flow_runs/{id}/input/{key}", read)
                .does("Read what was handed to a run", .sends(.text("text/plain"))),
            .delete("/flow_runs/{id}/input/{key}", delete)
                .does("Take back what was handed to a run", .noContent),
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        let body: FlowRunInputBody = try await call.body()
        try await orchestrator.giveInput(
            to: try call.id(of: FlowRun.self), key: body.key, value: body.value, sender: body.sender)
        return .json(.null, .created)
    }

    private func filter(_ call: Call) async throws -> Response {
        let body: FlowRunInputsBody = try await call.body()
        let inputs = try await orchestrator.inputs(of: try call.id(of: FlowRun.self), body.request)
        return .json(.list(inputs, \.view))
    }

    /// The value itself, and nothing around it.
    private func read(_ call: Call) async throws -> Response {
        .text(try await orchestrator.input(of: try call.id(of: FlowRun.self), key: try call.name("key")).value)
    }

    private func delete(_ call: Call) async throws -> Response {
        try await orchestrator.deleteInput(of: try call.id(of: FlowRun.self), key: try call.name("key"))
        return .noContent
    }
}
