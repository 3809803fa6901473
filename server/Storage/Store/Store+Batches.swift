public import Domain

extension Store {
    private static let batchColumns = "id, name, deployment_id, size, is_paused, max_concurrent, created"

    private static func batch(_ reader: inout RowReader) throws(StorageError) -> Batch {
        Batch(
            id: try reader.id(), name: try reader.text(), deploymentID: try reader.id(), size: try reader.int(),
            isPaused: try reader.flag(), maximumConcurrent: try reader.optionalInt(), created: try reader.time())
    }

    /// A batch that has been submitted whole.
    public func batch(_ id: ID<Batch>) throws(StorageError) -> Batch? {
        try rows("SELECT \(Self.batchColumns) FROM batch WHERE id = $1 AND is_visible = TRUE", .id(id))
            .decoded(Self.batch).first
    }

    /// The batches that a query asks for, of those that have been submitted whole.
    public func batches(_ query: Query) throws(StorageError) -> [Batch] {
        var visible = query
        visible.condition = .all([query.condition, .test("is_visible = TRUE", [])])
        return try select(Self.batchColumns, from: "batch", visible).decoded(Self.batch)
    }

    /// Begins a batch, which nobody sees yet.
    public func begin(_ batch: Batch) throws(StorageError) {
        try execute(
            """
            INSERT INTO batch (id, name, deployment_id, size, is_visible, created, max_concurrent)
            VALUES ($1, $2, $3, 0, FALSE, $4, $5)
            """, .id(batch.id), .text(batch.name), .id(batch.deploymentID), .time(batch.created),
            .int(batch.maximumConcurrent))
    }

    /// Lets the whole batch be seen, and executed, at once.
    public func reveal(_ batch: Batch, queue: ID<WorkQueue>?, lanes: Set<Int>) throws(StorageError) {
        try execute("UPDATE batch SET is_visible = TRUE, size = $1 WHERE id = $2", .int(batch.size), .id(batch.id))
        for scope in TallyScope.scopes(queue: queue, batch: batch.id) {
            addToTally(scope, .scheduled, batch.size)
        }
        for lane in lanes.sorted() { try openLane(lane) }
    }

    /// Batches whose submission never came to its end.
    public func hiddenBatches() throws(StorageError) -> [ID<Batch>] {
        try rows("SELECT id FROM batch WHERE is_visible = FALSE").decoded { reader throws(StorageError) in
            try reader.id()
        }
    }

    /// Removes some of the runs of a batch that nobody has seen; and the batch, once it is empty.
    ///
    /// - Returns: whether it is gone.
    public func discard(_ batch: ID<Batch>, limit: Int) throws(StorageError) -> Bool {
        let doomed = try rows("SELECT id FROM run WHERE batch_id = $1 LIMIT $2", .id(batch), .int(limit))
            .decoded { reader throws(StorageError) in try reader.id(FlowRun.self) }
        for run in doomed {
            try execute("DELETE FROM run_state WHERE run_id = $1", .id(run))
            try deleteFire(of: run)
            try execute("DELETE FROM run WHERE id = $1", .id(run))
        }
        guard doomed.count < limit else { return false }
        try execute("DELETE FROM lane WHERE batch_id = $1", .text(batch.description))
        try execute("DELETE FROM batch WHERE id = $1", .id(batch))
        return true
    }

    /// Keeps the runs of a batch from being started, or no longer.
    public func setPaused(_ batch: ID<Batch>, _ isPaused: Bool) throws(StorageError) {
        try execute("UPDATE batch SET is_paused = $1 WHERE id = $2", .flag(isPaused), .id(batch))
    }

    /// The queues that runs of the batch wait in.
    public func queues(of batch: ID<Batch>) throws(StorageError) -> [ID<WorkQueue>] {
        try rows("SELECT DISTINCT queue_id FROM lane WHERE batch_id = $1 AND queue_id <> ''", .id(batch))
            .decoded { reader throws(StorageError) in try reader.id() }
    }

    /// The visible batches whose id begins with `prefix`: two at most, which is enough to tell that it is ambiguous.
    public func batches(beginningWith prefix: String) throws(StorageError) -> [Batch] {
        try batches(Query(.hasPrefix("id", prefix), limit: 2))
    }
}
