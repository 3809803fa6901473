public import Domain
public import JSON
import Storage

/// A pool as it is wanted.
public struct WorkPoolRequest: Sendable {
    public var name: String
    public var type = "process"
    public var description: String?
    public var isPaused = false
    /// How many runs may execute at once; nothing for any number.
    public var concurrencyLimit: Int?
    /// How often its runs may start.
    public var rateLimit: RateLimit?
    /// See `WorkPool.ageing`.
    public var ageing: Duration?
    public var baseJobTemplate: JSONObject = [:]
    /// See `WorkPool.storageConfiguration`.
    public var storageConfiguration: JSONObject = [:]

    public init(name: String) { self.name = name }
}

/// A queue as it is wanted.
public struct WorkQueueRequest: Sendable {
    public var name: String
    public var description = ""
    public var isPaused = false
    /// How many runs may execute at once; nothing for any number.
    public var concurrencyLimit: Int?
    /// How often its runs may start.
    public var rateLimit: RateLimit?
    /// Nothing: the first number that no other queue of the pool has. With one that is taken, the others move back.
    public var priority: Int?

    public init(name: String) { self.name = name }
}

extension Orchestrator {
    /// Makes the pool that everything lands in which names none. Called when a server starts.
    public func ensureStandardPool() async throws {
        try await change { change in
            guard try change.store.pool(named: WorkPool.standardName) == nil else { return }
            _ = try change.place(WorkPoolRequest(name: WorkPool.standardName))
        }
    }

    /// - Throws: `OrchestrationError.conflict` when the name is taken.
    public func createPool(_ request: WorkPoolRequest) async throws -> WorkPool {
        try Names.check(request.name, of: "work pool")
        try Limits.check(request.concurrencyLimit)
        try deployments.checkDefaults(of: request.baseJobTemplate)
        return try await change { change in
            guard try change.store.pool(named: request.name) == nil else {
                throw OrchestrationError.conflict("A work pool with this name already exists.")
            }
            return try change.insertPool(request)
        }
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func pool(named name: String) async throws -> WorkPool {
        try await database.read { try $0.pool(named: name) }.orNotFound("Work pool", name)
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func pool(_ id: ID<WorkPool>) async throws -> WorkPool {
        try await database.read { try $0.pool(id) }.orNotFound("Work pool", id)
    }

    /// Changes a pool by `edit`.
    public func updatePool(
        named name: String, _ edit: @escaping @Sendable (inout WorkPool) throws -> Void
    ) async throws {
        try await change { change in
            var pool = try change.store.pool(named: name).orNotFound("Work pool", name)
            let before = pool
            try edit(&pool)
            try Limits.check(pool.concurrencyLimit)
            if pool.baseJobTemplate != before.baseJobTemplate {
                try change.deployments.checkDefaults(of: pool.baseJobTemplate)
            }
            try change.update(before, to: &pool)
        }
    }

    /// Forgets a pool and its queues; runs that wait in them are cancelled.
    ///
    /// - Throws: `OrchestrationError.conflict` while deployments use it.
    public func deletePool(named name: String) async throws {
        let pool = try await pool(named: name)
        let inPool = Condition.isIn(
            "queue_id", "work_queue.id", of: .workQueue, where: .test("work_queue.pool_id = ?", [.id(pool.id)]))
        try await database.read { try $0.checkUnused(pool) }
        try await cancelWaiting(inPool, reason: "its work pool was deleted") { change in
            try change.store.checkUnused(pool)
            for queue in try change.store.queues(of: pool.id) { try change.happened("deleted", to: queue) }
            try change.store.deletePool(pool.id)
            try change.happened("deleted", to: pool)
            change.tell(.poolChanged(pool.id))
        }
    }
}

// MARK: - Queues

extension Orchestrator {
    /// - Throws: `OrchestrationError.conflict` when the name is taken in its pool.
    public func createQueue(_ request: WorkQueueRequest, inPool poolName: String) async throws -> WorkQueue {
        try Names.check(request.name, of: "work queue")
        try Limits.check(request.concurrencyLimit)
        return try await change { change in
            let pool = try change.store.pool(named: poolName).orNotFound("Work pool", poolName)
            guard try change.store.queue(named: request.name, in: pool.id) == nil else {
                throw OrchestrationError.conflict("A work queue with this name already exists.")
            }
            return try change.insertQueue(request, in: pool.id)
        }
    }

    /// Makes a queue that names no pool: it belongs to the pool for such queues, which is made with the first of them.
    ///
    /// - Throws: `OrchestrationError.conflict` when the name is taken there.
    public func createQueue(_ request: WorkQueueRequest) async throws -> WorkQueue {
        try Names.check(request.name, of: "work queue")
        try Limits.check(request.concurrencyLimit)
        return try await change { change in
            let isFirst = try change.store.pool(named: WorkPool.agentPoolName) == nil
            let pool = try change.ensureAgentPool()
            if let queue = try change.store.queue(named: request.name, in: pool.id) {
                // It was made with the pool.
                guard isFirst else { throw OrchestrationError.conflict("A work queue with this name already exists.") }
                return queue
            }
            return try change.insertQueue(request, in: pool.id)
        }
    }

    /// The queue of that name in the pool for queues that name none; before there is such a pool, in any.
    ///
    /// - Throws: `OrchestrationError.notFound`.
    public func queue(named name: String) async throws -> WorkQueue {
        try await database.read { store in
            guard let pool = try store.pool(named: WorkPool.agentPoolName) else { return try store.queue(named: name) }
            return try store.queue(named: name, in: pool.id)
        }.orNotFound("Work queue", name)
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func queue(_ id: ID<WorkQueue>) async throws -> WorkQueue {
        try await database.read { try $0.queue(id) }.orNotFound("Work queue", id)
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func queue(named name: String, inPool poolName: String) async throws -> WorkQueue {
        try await database.read { store in
            let pool = try store.pool(named: poolName).orNotFound("Work pool", poolName)
            return try store.queue(named: name, in: pool.id).orNotFound("Work pool queue", "\(poolName)/\(name)")
        }
    }

    /// Changes a queue by `edit`.
    public func updateQueue(
        _ id: ID<WorkQueue>, _ edit: @escaping @Sendable (inout WorkQueue) throws -> Void
    ) async throws {
        try await change { change in
            var queue = try change.store.queue(id).orNotFound("Work queue", id)
            let before = queue
            try edit(&queue)
            if queue.name != before.name {
                try Names.check(queue.name, of: "work queue")
                guard try change.store.queue(named: queue.name, in: queue.poolID) == nil else {
                    throw OrchestrationError.conflict("A work queue with this name already exists.")
                }
            }
            try Limits.check(queue.concurrencyLimit)
            guard queue.priority > 0 else {
                throw OrchestrationError.invalid("the priority of a queue is 1 or more, not \(queue.priority)")
            }
            queue.updated = change.now
            try change.store.update(queue)
            try change.changed(before, into: queue)
            if queue.priority != before.priority { try change.makeWay(for: queue) }
            change.noteReady([id])
        }
    }

    /// Forgets a queue; runs that wait in it are cancelled.
    ///
    /// - Throws: `OrchestrationError.conflict` for a pool's default queue, and while deployments use it.
    public func deleteQueue(_ id: ID<WorkQueue>) async throws {
        let queue = try await queue(id)
        try await database.read { try $0.checkUnused(queue) }
        let inQueue = Condition.test("queue_id = ?", [.id(id)])
        try await cancelWaiting(inQueue, reason: "its work queue was deleted") { change in
            try change.store.checkUnused(queue)
            try change.happened("deleted", to: queue)
            try change.store.deleteQueue(id)
        }
    }
}

extension Store {
    fileprivate func checkUnused(_ pool: WorkPool) throws {
        let queues = try queues(of: pool.id).map { SQLValue.id($0.id) }
        try refuse(try count(in: .deployment, .isAny("queue_id", of: queues)), "work pool", pool.name)
    }

    fileprivate func checkUnused(_ queue: WorkQueue) throws {
        guard try pool(queue.poolID)?.defaultQueueID != queue.id else {
            throw OrchestrationError.conflict("the default queue of a pool cannot be deleted")
        }
        try refuse(try count(in: .deployment, .test("queue_id = ?", [.id(queue.id)])), "work queue", queue.name)
    }

    private func refuse(_ users: Int, _ kind: String, _ name: String) throws(OrchestrationError) {
        guard users > 0 else { return }
        let those = users == 1 ? "1 deployment uses" : "\(users) deployments use"
        throw .conflict("\(those) the \(kind) \"\(name)\": move or delete \(users == 1 ? "it" : "them") first")
    }
}

/// Concurrency limits.
enum Limits {
    static func check(_ limit: Int?) throws(OrchestrationError) {
        guard let limit, limit < 0 else { return }
        throw .invalid("a concurrency limit is 0 or more, not \(limit); leave it out for none")
    }
}

extension Change {
    mutating func insertPool(_ request: WorkPoolRequest) throws -> WorkPool {
        let (pool, queue) = try place(request)
        try happened("created", to: queue)
        try happened("created", to: pool)
        try tellFirstStatus(of: pool)
        return pool
    }

    /// Stores what has become of a pool, and tells of it.
    mutating func update(_ before: WorkPool, to pool: inout WorkPool) throws {
        pool.updated = now
        try store.update(pool)
        try changed(before, into: pool)
        noteReady(try store.queues(of: pool.id).map(\.id))
        tell(.poolChanged(pool.id))
    }

    /// A new pool with its default queue, of which nothing is told.
    fileprivate func place(_ request: WorkPoolRequest) throws -> (WorkPool, WorkQueue) {
        let pool = WorkPool(
            id: surroundings.newID(), name: request.name, type: request.type, description: request.description,
            isPaused: request.isPaused, concurrencyLimit: request.concurrencyLimit,
            rateLimit: request.rateLimit, ageing: request.ageing, defaultQueueID: surroundings.newID(),
            baseJobTemplate: request.baseJobTemplate,
            storageConfiguration: request.storageConfiguration, created: now, updated: now)
        try store.insert(pool)
        let queue = WorkQueue(
            id: pool.defaultQueueID, poolID: pool.id, name: WorkQueue.standardName,
            description: "The work pool's default queue.", priority: 1, created: now, updated: now)
        try store.insert(queue)
        return (pool, queue)
    }

    mutating func insertQueue(_ request: WorkQueueRequest, in pool: ID<WorkPool>) throws -> WorkQueue {
        let taken = Set(try store.queues(of: pool).map(\.priority))
        let free = (1...).first { !taken.contains($0) } ?? 1
        let queue = WorkQueue(
            id: surroundings.newID(), poolID: pool, name: request.name, description: request.description,
            isPaused: request.isPaused, concurrencyLimit: request.concurrencyLimit,
            rateLimit: request.rateLimit, priority: request.priority ?? free, created: now, updated: now)
        try store.insert(queue)
        if queue.isPaused { try store.noteTold(PlaceStatus.paused.rawValue, of: queue.id) }
        try makeWay(for: queue)
        try happened("created", to: queue)
        return queue
    }

    /// Each queue of a pool has a priority of its own: those that stand in the way of one that was given its move back,
    /// as far as they have to.
    func makeWay(for queue: WorkQueue) throws {
        var last = queue.priority
        for var other in try store.queues(of: queue.poolID)
        where other.id != queue.id && other.priority >= queue.priority {
            guard other.priority <= last else { return }
            last += 1
            other.priority = last
            other.updated = now
            try store.update(other)
        }
    }

    /// The pool for queues that name none.
    mutating func ensureAgentPool() throws -> WorkPool {
        if let pool = try store.pool(named: WorkPool.agentPoolName) { return pool }
        var request = WorkPoolRequest(name: WorkPool.agentPoolName)
        request.type = WorkPool.agentType
        return try insertPool(request)
    }

    /// The queue that runs wait in which ask for `queueName` in `poolName`; made if there is none, as Prefect does.
    ///
    /// - Parameter priority: of one that is made; behind all others without one.
    mutating func ensureQueue(
        named queueName: String?, in pool: WorkPool, priority: Int? = nil
    ) throws -> WorkQueue {
        let name = queueName ?? WorkQueue.standardName
        if let queue = try store.queue(named: name, in: pool.id) { return queue }
        try Names.check(name, of: "work queue")
        var request = WorkQueueRequest(name: name)
        request.priority = priority
        return try insertQueue(request, in: pool.id)
    }
}
