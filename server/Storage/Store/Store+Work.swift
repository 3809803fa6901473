public import Domain

// MARK: - Pools

extension Store {
    private static let poolColumns = """
        id, name, type, description, is_paused, concurrency_limit, default_queue_id, base_job_template,
        storage_configuration, rate_limit, ageing, created, updated
        """

    private static func pool(_ reader: inout RowReader) throws(StorageError) -> WorkPool {
        let (id, name, type) = (try reader.id(WorkPool.self), try reader.text(), try reader.text())
        let (description, isPaused) = (try reader.optionalText(), try reader.flag())
        var pool = WorkPool(
            id: id, name: name, type: type, description: description, isPaused: isPaused,
            concurrencyLimit: try reader.optionalInt(), defaultQueueID: try reader.id(),
            baseJobTemplate: try reader.object(), storageConfiguration: try reader.object(),
            created: Timestamp(microseconds: 0), updated: Timestamp(microseconds: 0))
        pool.rateLimit = try rateLimit(&reader)
        pool.ageing = try reader.optionalInt64().map { .microseconds($0) }
        (pool.created, pool.updated) = (try reader.time(), try reader.time())
        return pool
    }

    static func rateLimit(_ reader: inout RowReader) throws(StorageError) -> RateLimit? {
        guard let text = try reader.optionalText() else { return nil }
        guard let limit = RateLimit(text) else { throw .corrupt("\(text) is no rate") }
        return limit
    }

    /// The pool of that id.
    public func pool(_ id: ID<WorkPool>) throws(StorageError) -> WorkPool? {
        try rows("SELECT \(Self.poolColumns) FROM work_pool WHERE id = $1", .id(id)).decoded(Self.pool).first
    }

    /// The pool that a queue belongs to.
    public func pool(of queue: ID<WorkQueue>) throws(StorageError) -> WorkPool? {
        guard let queue = try self.queue(queue) else { return nil }
        return try pool(queue.poolID)
    }

    /// The pool of that name.
    public func pool(named name: String) throws(StorageError) -> WorkPool? {
        try rows("SELECT \(Self.poolColumns) FROM work_pool WHERE name = $1", .text(name)).decoded(Self.pool).first
    }

    /// The pools that a query asks for.
    public func pools(_ query: Query) throws(StorageError) -> [WorkPool] {
        try select(Self.poolColumns, from: "work_pool", query).decoded(Self.pool)
    }

    /// Adds a pool.
    public func insert(_ pool: WorkPool) throws(StorageError) {
        try execute(
            "INSERT INTO work_pool (\(Self.poolColumns)) VALUES (\(placeholders(13)))",
            .id(pool.id), .text(pool.name), .text(pool.type), .text(pool.description), .flag(pool.isPaused),
            .int(pool.concurrencyLimit), .id(pool.defaultQueueID), .json(pool.baseJobTemplate),
            .json(pool.storageConfiguration), .text(pool.rateLimit?.description), .span(pool.ageing),
            .time(pool.created), .time(pool.updated))
    }

    /// Stores a pool as it is now.
    public func update(_ pool: WorkPool) throws(StorageError) {
        try execute(
            """
            UPDATE work_pool SET name = $1, type = $2, description = $3, is_paused = $4, concurrency_limit = $5,
                default_queue_id = $6, base_job_template = $7, storage_configuration = $8, rate_limit = $9, ageing = $10,
                updated = $11
            WHERE id = $12
            """,
            .text(pool.name), .text(pool.type), .text(pool.description), .flag(pool.isPaused),
            .int(pool.concurrencyLimit), .id(pool.defaultQueueID), .json(pool.baseJobTemplate),
            .json(pool.storageConfiguration), .text(pool.rateLimit?.description), .span(pool.ageing),
            .time(pool.updated), .id(pool.id))
    }

    /// Forgets a pool, its queues and its workers.
    public func deletePool(_ id: ID<WorkPool>) throws(StorageError) {
        for queue in try queues(of: id) { try deleteBucket(.queue(queue.id)) }
        try deleteBucket(.pool(id))
        try execute("DELETE FROM worker WHERE pool_id = $1", .id(id))
        try execute("DELETE FROM work_queue WHERE pool_id = $1", .id(id))
        try execute("DELETE FROM work_pool WHERE id = $1", .id(id))
    }
}

// MARK: - Queues

extension Store {
    private static let queueColumns = """
        id, pool_id, name, description, is_paused, concurrency_limit, rate_limit, priority, last_polled, created,
        updated
        """

    private static func queue(_ reader: inout RowReader) throws(StorageError) -> WorkQueue {
        WorkQueue(
            id: try reader.id(), poolID: try reader.id(), name: try reader.text(), description: try reader.text(),
            isPaused: try reader.flag(), concurrencyLimit: try reader.optionalInt(), rateLimit: try rateLimit(&reader),
            priority: try reader.int(), lastPolled: try reader.optionalTime(), created: try reader.time(),
            updated: try reader.time())
    }

    /// The queue of that id.
    public func queue(_ id: ID<WorkQueue>) throws(StorageError) -> WorkQueue? {
        try rows("SELECT \(Self.queueColumns) FROM work_queue WHERE id = $1", .id(id)).decoded(Self.queue).first
    }

    /// The queue of that name in a pool.
    public func queue(named name: String, in pool: ID<WorkPool>) throws(StorageError) -> WorkQueue? {
        try rows(
            "SELECT \(Self.queueColumns) FROM work_queue WHERE pool_id = $1 AND name = $2", .id(pool), .text(name)
        ).decoded(Self.queue).first
    }

    /// The queue of that name, of whatever pool: that which was made first.
    public func queue(named name: String) throws(StorageError) -> WorkQueue? {
        try rows("SELECT \(Self.queueColumns) FROM work_queue WHERE name = $1 ORDER BY id LIMIT 1", .text(name))
            .decoded(Self.queue).first
    }

    /// The queues of a pool, in the order in which they are served.
    public func queues(of pool: ID<WorkPool>) throws(StorageError) -> [WorkQueue] {
        try rows(
            "SELECT \(Self.queueColumns) FROM work_queue WHERE pool_id = $1 ORDER BY priority, name", .id(pool)
        ).decoded(Self.queue)
    }

    /// The queues that a query asks for.
    public func queues(_ query: Query) throws(StorageError) -> [WorkQueue] {
        try select(Self.queueColumns, from: "work_queue", query).decoded(Self.queue)
    }

    /// Adds a queue.
    public func insert(_ queue: WorkQueue) throws(StorageError) {
        try execute(
            "INSERT INTO work_queue (\(Self.queueColumns)) VALUES (\(placeholders(11)))",
            .id(queue.id), .id(queue.poolID), .text(queue.name), .text(queue.description), .flag(queue.isPaused),
            .int(queue.concurrencyLimit), .text(queue.rateLimit?.description), .int(queue.priority),
            .time(queue.lastPolled), .time(queue.created),
            .time(queue.updated))
    }

    /// Stores a queue as it is now.
    public func update(_ queue: WorkQueue) throws(StorageError) {
        try execute(
            """
            UPDATE work_queue SET name = $1, description = $2, is_paused = $3, concurrency_limit = $4, rate_limit = $5,
                priority = $6, last_polled = $7, updated = $8
            WHERE id = $9
            """,
            .text(queue.name), .text(queue.description), .flag(queue.isPaused), .int(queue.concurrencyLimit),
            .text(queue.rateLimit?.description), .int(queue.priority), .time(queue.lastPolled), .time(queue.updated),
            .id(queue.id))
    }

    /// Forgets a queue.
    public func deleteQueue(_ id: ID<WorkQueue>) throws(StorageError) {
        try deleteBucket(.queue(id))
        try execute("DELETE FROM work_queue WHERE id = $1", .id(id))
    }
}
