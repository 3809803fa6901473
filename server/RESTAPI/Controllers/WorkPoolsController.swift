import Domain
import Hummingbird
import JSON
import Orchestration

struct WorkPoolsController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/work_pools", create)
                .does("Make a pool", takes: .workPoolCreate, .created(.workPool)),
            .get("/work_pools/{name}", read)
                .does("Read a pool", .ok(.workPool)),
            .patch("/work_pools/{name}", update)
                .does("Change a pool", takes: .workPoolUpdate, .noContent),
            .delete("/work_pools/{name}", delete)
                .does("Delete a pool", .noContent),
            .post("/work_pools/filter", filter)
                .does("List pools", takes: .listRequest(), .ok(.list(of: .workPool))),
            .post("/work_pools/count", count)
                .does("Count pools", takes: .relatedFilters, .ok(.count)),
            .post("/work_pools/{name}/get_scheduled_flow_runs", poll)
                .does(
                    "List the runs of a pool that could be executed", takes: .pollRequest, .ok(.list(of: .flowRunOffer))
                ),
            .post("/work_pools/{name}/concurrency_status", slotHolders)
                .does("List who holds the slots of a pool", takes: .slotHoldersRequest, .ok(.poolSlots)),
            .post("/work_pools/{name}/queues", createQueue)
                .does("Make a queue", takes: .workQueueCreate, .created(.workQueue)),
            .post("/work_pools/{name}/queues/filter", filterQueues)
                .does("List the queues of a pool", takes: .listRequest(), .ok(.list(of: .workQueue))),
            .get("/work_pools/{name}/queues/{queue}", readQueue)
                .does("Read a queue by its name", .ok(.workQueue)),
            .patch("/work_pools/{name}/queues/{queue}", updateQueue)
                .does("Change a queue by its name", takes: .workQueueUpdate, .noContent),
            .delete("/work_pools/{name}/queues/{queue}", deleteQueue)
                .does("Delete a queue by its name", .noContent),
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        let body: WorkPoolBody = try await call.body()
        try Self.refuseReserved(body.request.name, "for internal use.")
        let pool = try await orchestrator.createPool(body.request)
        return .json(try await orchestrator.describe(pool).view, .created)
    }

    private func read(_ call: Call) async throws -> Response {
        let pool = try await orchestrator.pool(named: try call.name("name"))
        return .json(try await orchestrator.describe(pool).view)
    }

    private func update(_ call: Call) async throws -> Response {
        let changes: WorkPoolChanges = try await call.body()
        let name = try call.name("name")
        if !changes.concernsOnlyWork {
            try Self.refuseReserved(
                name, "for internal use and can only be updated to set concurrency limits or pause.")
        }
        try await orchestrator.updatePool(named: name, changes.apply)
        return .noContent
    }

    private func delete(_ call: Call) async throws -> Response {
        let name = try call.name("name")
        try Self.refuseReserved(name, "for internal use and can not be deleted.")
        try await orchestrator.deletePool(named: name)
        return .noContent
    }

    /// Prefect keeps such names for pools of its own.
    private static func refuseReserved(_ name: String, _ purpose: String) throws(Problem) {
        guard name.lowercased().hasPrefix("prefect") else { return }
        throw Problem(.forbidden, "Work pools starting with 'Prefect' are reserved \(purpose)")
    }

    private func filter(_ call: Call) async throws -> Response {
        let request: ListRequest<PoolOrder> = try await call.body()
        return .json(.list(try await orchestrator.pools(request), \.view))
    }

    private func count(_ call: Call) async throws -> Response {
        .json(try await orchestrator.countPools(try await call.body()).json)
    }

    private func poll(_ call: Call) async throws -> Response {
        let poll: Poll = try await call.body()
        let runs = try await orchestrator.offers(ofPool: try call.name("name"), poll)
        let now = orchestrator.now
        return .json(.list(runs) { $0.offer(at: now) })
    }

    private func slotHolders(_ call: Call) async throws -> Response {
        let request: SlotHoldersRequest = try await call.body()
        let (pool, occupancy, page) = try await orchestrator.slotHolders(ofPool: try call.name("name"), request)
        let now = orchestrator.now
        return .json([
            "active_slots": occupancy.json, "concurrency_limit": pool.concurrencyLimit.json,
            "queues": .list(page.elements) { $0.view(at: now) }, "count": page.count.json, "limit": page.limit.json,
            "pages": page.pages.json, "page": page.page.json,
        ])
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
