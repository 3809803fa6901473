import Domain
import Hummingbird
import JSON
import Orchestration

struct WorkPoolsController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/work_pools", create),
            .get("/work_pools/{name}", read),
            .patch("/work_pools/{name}", update),
            .delete("/work_pools/{name}", delete),
            .post("/work_pools/filter", filter),
            .post("/work_pools/count", count),
            .post("/work_pools/{name}/queues", createQueue),
            .post("/work_pools/{name}/queues/filter", filterQueues),
            .get("/work_pools/{name}/queues/{queue}", readQueue),
            .patch("/work_pools/{name}/queues/{queue}", updateQueue),
            .delete("/work_pools/{name}/queues/{queue}", deleteQueue),
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        let body: WorkPoolBody = try await call.body()
        let pool = try await orchestrator.createPool(body.request)
        return .json(try await orchestrator.describe(pool).view, .created)
    }

    private func read(_ call: Call) async throws -> Response {
        let pool = try await orchestrator.pool(named: try call.name("name"))
        return .json(try await orchestrator.describe(pool).view)
    }

    private func update(_ call: Call) async throws -> Response {
        let changes: WorkPoolChanges = try await call.body()
        try await orchestrator.updatePool(named: try call.name("name"), changes.apply)
        return .noContent
    }

    private func delete(_ call: Call) async throws -> Response {
        try await orchestrator.deletePool(named: try call.name("name"))
        return .noContent
    }

    private func filter(_ call: Call) async throws -> Response {
        let request: ListRequest<PoolOrder> = try await call.body()
        return .json(.list(try await orchestrator.pools(request), \.view))
    }

    private func count(_ call: Call) async throws -> Response {
        .json(try await orchestrator.countPools(try await call.body()).json)
    }

    // MARK: Its queues

    private func createQueue(_ call: Call) async throws -> Response {
        let body: WorkQueueBody = try await call.body()
        let queue = try await orchestrator.createQueue(body.request, inPool: try call.name("name"))
        return .json(try await orchestrator.describe(queue).view, .created)
    }

    private func filterQueues(_ call: Call) async throws -> Response {
        let request: ListRequest<QueueOrder> = try await call.body()
        return .json(.list(try await orchestrator.queues(request, ofPool: try call.name("name")), \.view))
    }

    private func readQueue(_ call: Call) async throws -> Response {
        .json(try await orchestrator.describe(try await queue(call)).view)
    }

    private func updateQueue(_ call: Call) async throws -> Response {
        let changes: WorkQueueChanges = try await call.body()
        try await orchestrator.updateQueue(try await queue(call).id, changes.apply)
        return .noContent
    }

    private func deleteQueue(_ call: Call) async throws -> Response {
        try await orchestrator.deleteQueue(try await queue(call).id)
        return .noContent
    }

    private func queue(_ call: Call) async throws -> WorkQueue {
        try await orchestrator.queue(named: try call.name("queue"), inPool: try call.name("name"))
    }
}
