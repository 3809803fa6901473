import Domain
import Hummingbird
import JSON
import Orchestration

/// Who serves a pool.
struct WorkersController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/work_pools/{name}/workers/heartbeat", heartbeat)
                .does("Say that a worker is there", takes: .workerHeartbeat, .noContent),
            .post("/work_pools/{name}/workers/filter", filter)
                .does("List the workers of a pool", takes: .workerListRequest, .ok(.list(of: .worker))),
            .delete("/work_pools/{name}/workers/{worker}", delete)
                .does("Forget a worker", .noContent),
        ]
    }

    private func heartbeat(_ call: Call) async throws -> Response {
        let body: WorkerHeartbeatBody = try await call.body()
        try await orchestrator.noteHeartbeat(ofWorker: body.name, inPool: try call.name("name"), every: body.interval)
        return .noContent
    }

    private func filter(_ call: Call) async throws -> Response {
        let request: WorkerListRequest = try await call.body()
        return .json(.list(try await orchestrator.workers(request, ofPool: try call.name("name")), \.view))
    }

    private func delete(_ call: Call) async throws -> Response {
        try await orchestrator.deleteWorker(named: try call.name("worker"), ofPool: try call.name("name"))
        return .noContent
    }
}
