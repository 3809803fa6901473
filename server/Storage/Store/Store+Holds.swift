public import Domain

/// Occupancy: always counted from the holds that live, so that no slot can leak. A hold is an agent's lease, or a run
/// that somebody else executes, which has none and is its hold itself.
extension Store {
    /// What is true of a run that executes without a lease. The indices of such runs are made with these very words.
    static let isHeldByItself = "holder IS NULL AND state_type IN ('PENDING', 'RUNNING', 'CANCELLING')"

    /// How many runs of the queue are being executed.
    public func occupancy(of queue: ID<WorkQueue>) throws(StorageError) -> Int {
        try count(
            """
            SELECT (SELECT count(*) FROM lease WHERE queue_id = $1)
                + (SELECT count(*) FROM run WHERE queue_id = $1 AND \(Self.isHeldByItself))
            """, .id(queue))
    }

    /// How many slots of the deployment's limit are taken: by its runs that are being executed, and by clients that hold
    /// some of the limit of its name.
    public func occupancy(of deployment: ID<Deployment>) throws(StorageError) -> Int {
        try count(
            """
            SELECT (SELECT count(*) FROM lease WHERE deployment_id = $1)
                + (SELECT count(*) FROM run WHERE deployment_id = $1 AND \(Self.isHeldByItself))
                + (SELECT CAST(coalesce(sum(slots), 0) AS BIGINT) FROM concurrency_hold WHERE limit_id = $1)
            """, .id(deployment))
    }

    /// How many runs of the batch, which is of that deployment, are being executed.
    public func occupancy(of batch: ID<Batch>, of deployment: ID<Deployment>) throws(StorageError) -> Int {
        try count(
            """
            SELECT (SELECT count(*) FROM lease JOIN run ON run.id = lease.run_id
                    WHERE lease.deployment_id = $1 AND run.batch_id = $2)
                + (SELECT count(*) FROM run WHERE deployment_id = $1 AND batch_id = $2 AND \(Self.isHeldByItself))
            """, .id(deployment), .id(batch))
    }

    /// How many runs of the pool are being executed.
    public func occupancy(of pool: ID<WorkPool>) throws(StorageError) -> Int {
        try count(
            """
            SELECT (SELECT count(*) FROM lease WHERE pool_id = $1)
                + (SELECT count(*) FROM work_queue JOIN run ON run.queue_id = work_queue.id
                    WHERE work_queue.pool_id = $1 AND \(Self.isHeldByItself))
            """, .id(pool))
    }

    /// The runs that hold a slot of a deployment, at most `limit`.
    public func holders(of deployment: ID<Deployment>, limit: Int) throws(StorageError) -> [ID<FlowRun>] {
        try holders("deployment_id", .id(deployment), limit)
    }

    /// The runs that hold a slot of a pool, at most `limit`.
    public func holders(of pool: ID<WorkPool>, limit: Int) throws(StorageError) -> [ID<FlowRun>] {
        try rows(
            """
            SELECT run_id AS id FROM lease WHERE pool_id = $1
            UNION ALL SELECT run.id FROM work_queue JOIN run ON run.queue_id = work_queue.id
            WHERE work_queue.pool_id = $1 AND \(Self.isHeldByItself)
            ORDER BY id LIMIT $2
            """, .id(pool), .int(limit)
        ).decoded { reader throws(StorageError) in try reader.id() }
    }

    /// The runs that hold a slot of a queue, at most `limit`, in the order of their making, after the first `offset`.
    public func holders(
        of queue: ID<WorkQueue>, limit: Int, offset: Int = 0
    ) throws(StorageError) -> [ID<FlowRun>] {
        try holders("queue_id", .id(queue), limit, offset)
    }

    private func holders(
        _ column: String, _ value: SQLValue, _ limit: Int, _ offset: Int = 0
    ) throws(StorageError) -> [ID<FlowRun>] {
        try rows(
            """
            SELECT run_id AS id FROM lease WHERE \(column) = $1
            UNION ALL SELECT id FROM run WHERE \(column) = $1 AND \(Self.isHeldByItself)
            ORDER BY id LIMIT $2 OFFSET $3
            """, value, .int(limit), .int(offset)
        ).decoded { reader throws(StorageError) in try reader.id() }
    }
}
