public import Domain
public import JSON
import Storage

/// What a worker of Prefect's says of itself when it opens its channel.
public struct WorkerIntroduction: Sendable {
    public let name: String
    /// The type of pools that it can serve.
    public let type: String
    /// How often it is going to say that it is there.
    public let interval: Duration
    /// The queues that it serves; none for all of the pool's.
    public let queueNames: [String]
    /// Whether the pool is to be made if there is none.
    public let makesPool: Bool
    /// The job template of a pool that has none.
    public let jobTemplate: JSONObject

    public init(
        name: String, type: String, interval: Duration, queueNames: [String], makesPool: Bool, jobTemplate: JSONObject
    ) {
        self.name = name
        self.type = type
        self.interval = interval
        self.queueNames = queueNames
        self.makesPool = makesPool
        self.jobTemplate = jobTemplate
    }
}

extension Orchestrator {
    /// A worker comes to serve a pool. Its coming is a heartbeat.
    ///
    /// - Returns: the pool, and the queues that the worker serves.
    /// - Throws: `OrchestrationError.notFound` when there is no such pool, and none is to be made, or no such queue in
    ///   it; `.forbidden` when a pool is to be made whose name Prefect keeps for its own.
    public func welcome(
        _ worker: WorkerIntroduction, toPool poolName: String
    ) async throws -> (pool: DescribedPool, queues: [WorkQueue]) {
        let (id, queues) = try await change { change in
            let pool = try change.pool(named: poolName, servedBy: worker)
            let queues = try change.store.queues(of: pool, servedBy: worker)
            try change.noteHeartbeat(ofWorker: worker.name, in: pool, every: worker.interval)
            return (pool.id, queues)
        }
        return (try await describedPool(id).orNotFound("Work pool", poolName), queues)
    }

    /// A pool and what goes on in it; nothing if there is no such pool any more.
    public func describedPool(_ id: ID<WorkPool>) async throws -> DescribedPool? {
        try await described { store, describer in try store.pool(id).map { try describer.describe($0) } }
    }
}

extension Change {
    fileprivate mutating func pool(named name: String, servedBy worker: WorkerIntroduction) throws -> WorkPool {
        guard var pool = try store.pool(named: name) else {
            guard worker.makesPool else { throw OrchestrationError.notFound(kind: "Work pool", name: name) }
            guard !name.lowercased().hasPrefix("prefect") else {
                throw OrchestrationError.forbidden("Work pools starting with 'Prefect' are reserved for internal use.")
            }
            try Names.check(name, of: "work pool")
            try deployments.checkDefaults(of: worker.jobTemplate)
            var request = WorkPoolRequest(name: name)
            request.type = worker.type
            request.baseJobTemplate = worker.jobTemplate
            return try insertPool(request)
        }
        guard pool.baseJobTemplate.isEmpty, !worker.jobTemplate.isEmpty else { return pool }
        try deployments.checkDefaults(of: worker.jobTemplate)
        let before = pool
        pool.baseJobTemplate = worker.jobTemplate
        try update(before, to: &pool)
        return pool
    }
}

extension Store {
    fileprivate func queues(of pool: WorkPool, servedBy worker: WorkerIntroduction) throws -> [WorkQueue] {
        guard !worker.queueNames.isEmpty else { return try queues(of: pool.id) }
        var seen: Set<String> = []
        return try worker.queueNames.filter { seen.insert($0).inserted }.map { name in
            try queue(named: name, in: pool.id).orNotFound("Work pool queue", "\(pool.name)/\(name)")
        }
    }
}
