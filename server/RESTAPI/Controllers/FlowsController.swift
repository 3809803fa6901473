import Domain
import Hummingbird
import JSON
import Orchestration

struct FlowsController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/flows", create)
                .does("Make a flow, or find the one of its name", takes: .flowCreate, .created(.flow), .ok(.flow)),
            .get("/flows/{id}", read)
                .does("Read a flow", .ok(.flow)),
            .patch("/flows/{id}", update)
                .does("Change a flow", takes: .flowUpdate, .noContent),
            .delete("/flows/{id}", delete)
                .does("Delete a flow", .noContent),
            .post("/flows/bulk_delete", deleteMany)
                .does("Delete flows", takes: .bulkRequest, .ok(.deleted)),
            .get("/flows/name/{name}", readByName)
                .does("Read the flow of a name", .ok(.flow)),
            .post("/flows/filter", filter)
                .does("List flows", takes: .listRequest(sort: .words(of: FlowOrder.self)), .ok(.list(of: .flow))),
            .post("/flows/count", count)
                .does("Count flows", takes: .relatedFilters, .ok(.count)),
            .post("/flows/paginate", paginate)
                .does(
                    "Read a page of flows", takes: .pageRequest(sort: .words(of: FlowOrder.self)), .ok(.page(of: .flow))
                ),
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
