import Domain
import HTTPTypes
import Hummingbird
import JSON
import Orchestration

/// Work queues by their ids, whatever pool they are in.
struct WorkQueuesController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/work_queues", create)
                .does("Make a queue in the standard pool", takes: .workQueueCreate, .created(.workQueue)),
            .get("/work_queues/{id}", read)
                .does("Read a queue", .ok(.workQueue)),
            .patch("/work_queues/{id}", update)
                .does("Change a queue", takes: .workQueueUpdate, .noContent),
            .delete("/work_queues/{id}", delete)
                .does("Delete a queue", .noContent),
            .get("/work_queues/name/{name}", readByName)
                .does("Read the queue of a name in the standard pool", .ok(.workQueue)),
            .get("/work_queues/{id}/status", status)
                .does("Read how a queue fares", .ok(.queueHealth)),
            .post("/work_queues/{id}/get_runs", poll)
                .does(
                    "List the runs of a queue that could be executed", takes: .pollRequest,
                    headers: [.optional("X-Prefect-UI", .flag)], .ok(.list(of: .flowRun))),
            .post("/work_queues/{id}/concurrency_status", slotHolders)
                .does("List who holds the slots of a queue", takes: .slotHoldersRequest, .ok(.queueSlots)),
            .post("/work_queues/filter", filter)
                .does("List queues", takes: .listRequest(), .ok(.list(of: .workQueue))),
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        let body: WorkQueueBody = try await call.body()
        let queue = try await orchestrator.createQueue(body.request)
        return .json(try await orchestrator.describe(queue).view, .created)
    }

    private func read(_ call: Call) async throws -> Response { .json(try await queue(call).view) }

    private func readByName(_ call: Call) async throws -> Response {
        let queue = try await orchestrator.queue(named: try call.name("name"))
        return .json(try await orchestrator.describe(queue).view)
    }

    private func poll(_ call: Call) async throws -> Response {
        let poll: Poll = try await call.body()
        // Prefect's UI looks at what waits, and says so.
        let isLook = HTTPField.Name("X-Prefect-UI").flatMap { call.header($0) }?.lowercased() == "true"
        let runs = try await orchestrator.offers(ofQueue: try call.id(of: WorkQueue.self), poll, isLook: isLook)
        let now = orchestrator.now
        return .json(.list(runs) { $0.view(at: now) })
    }

    private func slotHolders(_ call: Call) async throws -> Response {
        let request: SlotHoldersRequest = try await call.body()
        let (queue, page) = try await orchestrator.slotHolders(ofQueue: try call.id(of: WorkQueue.self), request)
        let now = orchestrator.now
        return .json([
            "active_slots": page.count.json, "concurrency_limit": queue.concurrencyLimit.json,
            "flow_runs": .list(page.elements) { $0.slotSummary(at: now) }, "count": page.count.json,
            "limit": page.limit.json, "pages": page.pages.json, "page": page.page.json,
        ])
    }

    private func update(_ call: Call) async throws -> Response {
        let changes: WorkQueueChanges = try await call.body()
        try await orchestrator.updateQueue(try call.id(of: WorkQueue.self), changes.apply)
        return .noContent
    }

    private func delete(_ call: Call) async throws -> Response {
        try await orchestrator.deleteQueue(try call.id(of: WorkQueue.self))
        return .noContent
    }

    private func status(_ call: Call) async throws -> Response {
        let queue = try await queue(call)
        return .json(
            queue.health(lateRuns: try await orchestrator.lateRuns(in: queue.queue.id), at: orchestrator.now))
    }

    private func filter(_ call: Call) async throws -> Response {
        let request: ListRequest<QueueOrder> = try await call.body()
        return .json(.list(try await orchestrator.queues(request), \.view))
    }

    private func queue(_ call: Call) async throws -> DescribedQueue {
        try await orchestrator.describe(try await orchestrator.queue(try call.id(of: WorkQueue.self)))
    }
}

struct AgentsController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/agents/filter", filter)
                .does("List agents", takes: .listRequest(), .ok(.list(of: .agent))),
            .get("/agents/{id}", read)
                .does("Read an agent", .ok(.agent)),
            .delete("/agents/{id}", delete)
                .does("Forget an agent", .noContent),
            .post("/agents/{id}/drain", drain)
                .does("Have an agent end once its runs have", takes: .reason, .accepted(.agent)),
        ]
    }

    private func delete(_ call: Call) async throws -> Response {
        try await orchestrator.deleteAgent(try call.id(of: Agent.self))
        return .noContent
    }

    private func drain(_ call: Call) async throws -> Response {
        let body: ReasonBody = try await call.body()
        let id = try call.id(of: Agent.self)
        _ = try await orchestrator.drain(id, reason: body.reason ?? "by request")
        return .json(try await orchestrator.describedAgent(id).view, .accepted)
    }

    private func filter(_ call: Call) async throws -> Response {
        let request: ListRequest<AgentOrder> = try await call.body()
        return .json(.list(try await orchestrator.agents(request), \.view))
    }

    private func read(_ call: Call) async throws -> Response {
        .json(try await orchestrator.describedAgent(try call.id(of: Agent.self)).view)
    }
}
