import Domain
import JSON
import Orchestration
import TestSupport
import Testing

/// What Prefect's workers see and do.
extension Stage {
    /// A deployment that workers execute, in a pool of their own; nothing for one that serves itself.
    func deployForWorkers(
        _ name: String = "typed", pool: String? = "prefects", _ edit: (inout DeploymentRequest) -> Void = { _ in }
    ) async throws -> Deployment {
        if let pool, try await !hasPool(pool) {
            var request = WorkPoolRequest(name: pool)
            // Processes are what agents of ours start, too.
            request.type = "kubernetes"
            _ = try await orchestrator.createPool(request)
        }
        return try await deploy(name) { request in
            request.poolName = pool
            request.execution = nil
            request.extras = ["entrypoint": "b.py:typed"]
            edit(&request)
        }
    }

    private func hasPool(_ name: String) async throws -> Bool {
        (try? await orchestrator.pool(named: name)) != nil
    }

    /// The names of the runs that a worker of the pool is offered.
    func offers(
        pool: String = "prefects", queues: [String] = [], ahead: Duration = .zero, limit: Int = 200
    ) async throws -> [String] {
        var poll = Poll()
        (poll.queueNames, poll.until, poll.limit) = (queues, clock.time + ahead, limit)
        return try await orchestrator.offers(ofPool: pool, poll).map(\.run.name)
    }

    /// What somebody is offered who serves the deployments by himself.
    func servedOffers(of deployments: Deployment..., ahead: Duration = .zero) async throws -> [String] {
        var poll = Poll()
        poll.until = clock.time + ahead
        return try await orchestrator.offers(ofDeployments: deployments.map(\.id), poll).map(\.run.name)
    }

    /// A state as a worker or a run's process proposes it.
    @discardableResult
    func workerProposes(
        _ type: StateType, _ name: String? = nil, for run: FlowRun, by worker: String? = nil
    ) async throws -> ProposalAnswer {
        let state = RunState(id: orchestrator.surroundings.newID(), type: type, name: name, timestamp: clock.time)
        return try await orchestrator.propose(state, for: run.id, by: worker)
    }

    /// The process of a run says that it lives.
    func heartbeat(of run: FlowRun) async throws {
        let event = Event(
            id: orchestrator.surroundings.newID(), occurred: clock.time, received: clock.time,
            name: "prefect.flow-run.heartbeat", resource: EventResource(.flowRun, run.id.description))
        try await orchestrator.take([event])
    }

    func heartbeat(_ worker: String, pool: String = "prefects", every interval: Duration? = nil) async throws {
        try await orchestrator.noteHeartbeat(ofWorker: worker, inPool: pool, every: interval)
    }

    func explanation(of run: FlowRun) async throws -> [String] {
        try await orchestrator.explain(run.id, agentEndpoint: "127.0.0.1:4201").reasons.map(\.code)
    }
}
