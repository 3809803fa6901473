import Domain
import Hummingbird
import JSON
import Orchestration

struct FlowsController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/flows", create),
            .get("/flows/{id}", read),
            .patch("/flows/{id}", update),
            .delete("/flows/{id}", delete),
            .post("/flows/bulk_delete", deleteMany),
            .get("/flows/name/{name}", readByName),
            .post("/flows/filter", filter),
            .post("/flows/count", count),
            .post("/flows/paginate", paginate),
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        let body: FlowBody = try await call.body()
        let (flow, isNew) = try await orchestrator.ensureFlow(named: body.name, tags: body.tags, labels: body.labels)
        return .json(flow.view, isNew ? .created : .ok)
    }

    private func read(_ call: Call) async throws -> Response {
        .json(try await orchestrator.flow(try call.id(of: Flow.self)).view)
    }

    private func readByName(_ call: Call) async throws -> Response {
        .json(try await orchestrator.flow(named: try call.name("name")).view)
    }

    private func update(_ call: Call) async throws -> Response {
        let changes: FlowChanges = try await call.body()
        let id = try call.id(of: Flow.self)
        if let tags = changes.tags {
            try await orchestrator.updateFlow(id, tags: tags)
        } else {
            _ = try await orchestrator.flow(id)
        }
        return .noContent
    }

    private func deleteMany(_ call: Call) async throws -> Response {
        .json(["deleted": try await orchestrator.deleteFlows(try await call.body()).json])
    }

    private func delete(_ call: Call) async throws -> Response {
        try await orchestrator.deleteFlow(try call.id(of: Flow.self))
        return .noContent
    }

    private func filter(_ call: Call) async throws -> Response {
        let request: ListRequest<FlowOrder> = try await call.body()
        return .json(.list(try await orchestrator.flows(request), \.view))
    }

    private func count(_ call: Call) async throws -> Response {
        .json(try await orchestrator.countFlows(try await call.body()).json)
    }

    private func paginate(_ call: Call) async throws -> Response {
        let request: PageRequest<FlowOrder> = try await call.body()
        return .json(try await orchestrator.flows(request).view(\.view))
    }
}
