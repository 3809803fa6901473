import Domain
import Hummingbird
import JSON
import Orchestration

struct VariablesController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/variables", create)
                .does("Make a variable", takes: .variableCreate, .created(.variable)),
            .get("/variables/{id}", read)
                .does("Read a variable", .ok(.variable)),
            .patch("/variables/{id}", update)
                .does("Change a variable", takes: .variableUpdate, .noContent),
            .delete("/variables/{id}", delete)
                .does("Delete a variable", .noContent),
            .get("/variables/name/{name}", readByName)
                .does("Read the variable of a name", .ok(.variable)),
            .patch("/variables/name/{name}", updateByName)
                .does("Change the variable of a name", takes: .variableUpdate, .noContent),
            .delete("/variables/name/{name}", deleteByName)
                .does("Delete the variable of a name", .noContent),
            .post("/variables/filter", filter)
                .does("List variables", takes: .variableListRequest, .ok(.list(of: .variable))),
            .post("/variables/count", count)
                .does("Count variables", takes: .variableFilters, .ok(.count)),
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
