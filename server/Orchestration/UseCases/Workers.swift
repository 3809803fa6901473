public import Domain
import Storage

/// Who serves a pool, by the one name that Prefect has for them: its own workers, and Sluice's agents.
public struct DescribedWorker: Sendable, Hashable {
    /// Sluice's id of the worker or agent.
    public let id: String
    public let name: String
    public let poolID: ID<WorkPool>
    public let lastHeartbeat: Timestamp
    /// Nothing for a worker that has not said it.
    public let heartbeatInterval: Duration?
    public let isOnline: Bool
    public let created: Timestamp
    public let updated: Timestamp

    init(_ worker: Worker, at now: Timestamp) {
        id = worker.id.description
        name = worker.name
        poolID = worker.poolID
        lastHeartbeat = worker.lastHeartbeat
        heartbeatInterval = worker.heartbeatInterval
        isOnline = worker.isOnline(at: now)
        created = worker.created
        updated = worker.updated
    }

    init(_ agent: Agent, at now: Timestamp) {
        id = agent.id.description
        name = agent.name
        poolID = agent.poolID
        lastHeartbeat = agent.lastSeen
        heartbeatInterval = Agent.silenceLimit / Worker.missedHeartbeats
        isOnline = agent.isOnline(at: now)
        created = agent.created
        updated = agent.lastSeen
    }
}

extension Orchestrator {
    /// A worker says that it is there. It is known from its first word on.
    ///
    /// - Parameter interval: how often it is going to say so; nothing if it does not tell.
    /// - Throws: `OrchestrationError.notFound` when there is no such pool; `.invalid` for a name that is none.
    public func noteHeartbeat(
        ofWorker name: String, inPool poolName: String, every interval: Duration?
    ) async throws {
        try await change { change in
            let pool = try change.store.pool(named: poolName).orNotFound("Work pool", poolName)
            try change.noteHeartbeat(ofWorker: name, in: pool, every: interval)
        }
    }

    /// Who serves a pool, or did once: the one that was heard of last first.
    ///
    /// - Throws: `OrchestrationError.notFound` when there is no such pool.
    public func workers(_ request: WorkerListRequest, ofPool poolName: String) async throws -> [DescribedWorker] {
        let now = now
        return try await database.read { store in
            let pool = try store.pool(named: poolName).orNotFound("Work pool", poolName)
            let workers = try store.workers(of: pool.id).map { DescribedWorker($0, at: now) }
            let agents = try store.agents(of: pool.id).map { DescribedWorker($0, at: now) }
            let all = (workers + agents).filter(request.filter.accepts)
                .sorted { ($1.lastHeartbeat, $0.name) < ($0.lastHeartbeat, $1.name) }
            return Array(all.dropFirst(request.offset).prefix(request.limit))
        }
    }

    /// Forgets a worker, or an agent that is gone. What they have executed stays known.
    ///
    /// - Throws: `OrchestrationError.notFound`; `.conflict` for an agent that is there.
    public func deleteWorker(named name: String, ofPool poolName: String) async throws {
        let agent = try await change { change -> Agent? in
            let pool = try change.store.pool(named: poolName).orNotFound("Work pool", poolName)
            if try change.store.deleteWorker(named: name, of: pool.id) { return nil }
            return try change.store.agents(of: pool.id).first { $0.name == name }.orNotFound("Worker", name)
        }
        if let agent { try await deleteAgent(agent.id) }
    }
}

extension Change {
    /// - Throws: `OrchestrationError.invalid` for a name that is none.
    mutating func noteHeartbeat(ofWorker name: String, in pool: WorkPool, every interval: Duration?) throws {
        guard !name.isEmpty, name.utf8.count <= AgentIntroduction.longestText else {
            throw OrchestrationError.invalid(
                "the name of a worker has from 1 to \(AgentIntroduction.longestText) bytes, not \(name.utf8.count)")
        }
        try store.putHeartbeat(
            of: Worker(
                id: surroundings.newID(), poolID: pool.id, name: name, heartbeatInterval: interval,
                lastHeartbeat: now, created: now, updated: now))
        try tellReadiness(of: pool)
    }
}
