public import Domain

/// What was last told of whether work would be executed somewhere.
extension Store {
    /// The status of a pool that was told last.
    public func toldStatus(of pool: ID<WorkPool>) throws(StorageError) -> String? {
        try toldStatus("work_pool", .id(pool))
    }

    /// The status of a queue that was told last.
    public func toldStatus(of queue: ID<WorkQueue>) throws(StorageError) -> String? {
        try toldStatus("work_queue", .id(queue))
    }

    private func toldStatus(_ table: String, _ id: SQLValue) throws(StorageError) -> String? {
        try rows("SELECT told_status FROM \(table) WHERE id = $1", id)
            .decoded { reader throws(StorageError) in try reader.text() }.first
    }

    /// Records which status of a pool is told.
    public func noteTold(_ status: String, of pool: ID<WorkPool>) throws(StorageError) {
        try execute("UPDATE work_pool SET told_status = $1 WHERE id = $2", .text(status), .id(pool))
    }

    /// Records which status of a queue is told.
    public func noteTold(_ status: String, of queue: ID<WorkQueue>) throws(StorageError) {
        try execute("UPDATE work_queue SET told_status = $1 WHERE id = $2", .text(status), .id(queue))
    }

    /// Records whether a deployment is told to be ready.
    public func noteTold(isReady: Bool, of deployment: ID<Deployment>) throws(StorageError) {
        try execute("UPDATE deployment SET told_ready = $1 WHERE id = $2", .flag(isReady), .id(deployment))
    }

    /// How many deployments are told of in one transaction at most.
    public static let deploymentsToldAtOnce = 200

    /// Deployments of a queue that is served which have not been told to be ready, some at a time.
    public func untoldReady(in queue: ID<WorkQueue>) throws(StorageError) -> [ID<Deployment>] {
        try deployments("queue_id = $1 AND told_ready = FALSE", [.id(queue)])
    }

    /// Those of some deployments that have not been told to be ready.
    public func untoldReady(among ids: [ID<Deployment>]) throws(StorageError) -> [ID<Deployment>] {
        guard !ids.isEmpty else { return [] }
        return try deployments("id IN (\(placeholders(ids.count))) AND told_ready = FALSE", ids.map { .id($0) })
    }

    /// Deployments that were told to be ready of a queue that nobody serves, which nobody has asked for themselves since
    /// `time`; some at a time.
    public func untoldSilent(in queue: ID<WorkQueue>, since time: Timestamp) throws(StorageError) -> [ID<Deployment>] {
        try deployments(
            "queue_id = $1 AND told_ready = TRUE AND coalesce(last_polled, 0) < $2", [.id(queue), .time(time)])
    }

    /// The same of deployments without a queue.
    public func untoldSilent(since time: Timestamp) throws(StorageError) -> [ID<Deployment>] {
        try deployments("queue_id IS NULL AND told_ready = TRUE AND last_polled < $1", [.time(time)])
    }

    private func deployments(_ condition: String, _ values: [SQLValue]) throws(StorageError) -> [ID<Deployment>] {
        try connection.run("SELECT id FROM deployment WHERE \(condition) LIMIT \(Self.deploymentsToldAtOnce)", values)
            .decoded { reader throws(StorageError) in try reader.id() }
    }
}
