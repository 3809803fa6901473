import Domain
import Hummingbird
import JSON
import Orchestration

struct VariablesController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/variables", create),
            .get("/variables/{id}", read),
            .patch("/variables/{id}", update),
            .delete("/variables/{id}", delete),
            .get("/variables/name/{name}", readByName),
            .patch("/variables/name/{name}", updateByName),
            .delete("/variables/name/{name}", deleteByName),
            .post("/variables/filter", filter),
            .post("/variables/count", count),
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        let body: VariableBody = try await call.body()
        let variable = try await orchestrator.createVariable(named: body.name, value: body.value, tags: body.tags)
        return .json(variable.view, .created)
    }

    private func read(_ call: Call) async throws -> Response {
        .json(try await orchestrator.variable(try call.id(of: Variable.self)).view)
    }

    private func readByName(_ call: Call) async throws -> Response {
        .json(try await orchestrator.variable(named: try call.name("name")).view)
    }

    private func update(_ call: Call) async throws -> Response {
        let changes: VariableChanges = try await call.body()
        try await orchestrator.updateVariable(try call.id(of: Variable.self), changes.apply)
        return .noContent
    }

    private func updateByName(_ call: Call) async throws -> Response {
        let changes: VariableChanges = try await call.body()
        try await orchestrator.updateVariable(named: try call.name("name"), changes.apply)
        return .noContent
    }

    private func delete(_ call: Call) async throws -> Response {
        try await orchestrator.deleteVariable(try call.id(of: Variable.self))
        return .noContent
    }

    private func deleteByName(_ call: Call) async throws -> Response {
        try await orchestrator.deleteVariable(named: try call.name("name"))
        return .noContent
    }

    private func filter(_ call: Call) async throws -> Response {
        let request: FilteredRequest<VariableFilters, VariableOrder> = try await call.body()
        return .json(.list(try await orchestrator.variables(request), \.view))
    }

    private func count(_ call: Call) async throws -> Response {
        .json(try await orchestrator.countVariables(try await call.body()).json)
    }
}
