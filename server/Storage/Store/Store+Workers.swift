public import Domain

extension Store {
    private static let workerColumns = "id, pool_id, name, heartbeat_interval, last_heartbeat, created, updated"

    private static func worker(_ reader: inout RowReader) throws(StorageError) -> Worker {
        Worker(
            id: try reader.id(), poolID: try reader.id(), name: try reader.text(),
            heartbeatInterval: try reader.optionalInt64().map { .microseconds($0) },
            lastHeartbeat: try reader.time(), created: try reader.time(), updated: try reader.time())
    }

    /// Stores that a worker was heard of; one that is not known yet is known from then on. An interval that it does not
    /// say stays what it was.
    public func putHeartbeat(of worker: Worker) throws(StorageError) {
        try execute(
            """
            INSERT INTO worker (\(Self.workerColumns)) VALUES (\(placeholders(7)))
            ON CONFLICT (pool_id, name) DO UPDATE SET last_heartbeat = $5,
                heartbeat_interval = coalesce($4, worker.heartbeat_interval)
            """,
            .id(worker.id), .id(worker.poolID), .text(worker.name), .span(worker.heartbeatInterval),
            .time(worker.lastHeartbeat), .time(worker.created), .time(worker.updated))
    }

    /// Every worker that the pool has ever had, the one that was heard of last first.
    public func workers(of pool: ID<WorkPool>) throws(StorageError) -> [Worker] {
        try rows(
            "SELECT \(Self.workerColumns) FROM worker WHERE pool_id = $1 ORDER BY last_heartbeat DESC, name", .id(pool)
        ).decoded(Self.worker)
    }

    /// Forgets a worker.
    ///
    /// - Returns: whether it was known.
    public func deleteWorker(named name: String, of pool: ID<WorkPool>) throws(StorageError) -> Bool {
        try !rows("DELETE FROM worker WHERE pool_id = $1 AND name = $2 RETURNING id", .id(pool), .text(name)).isEmpty
    }
}

// MARK: - Polls

extension Store {
    /// Records that somebody asked for the runs of these queues.
    public func notePoll(of queues: [ID<WorkQueue>], at now: Timestamp) throws(StorageError) {
        try notePoll("work_queue", queues.map { .id($0) }, now)
    }

    /// Records that somebody asked for the runs of these deployments.
    public func notePoll(of deployments: [ID<Deployment>], at now: Timestamp) throws(StorageError) {
        try notePoll("deployment", deployments.map { .id($0) }, now)
    }

    private func notePoll(_ table: String, _ ids: [SQLValue], _ now: Timestamp) throws(StorageError) {
        guard !ids.isEmpty else { return }
        _ = try connection.run(
            "UPDATE \(table) SET last_polled = $1 WHERE id IN (\(placeholders(ids.count, after: 1)))",
            [.time(now)] + ids)
    }

    /// When somebody last asked for the runs of the deployment itself.
    public func lastPolled(_ deployment: ID<Deployment>) throws(StorageError) -> Timestamp? {
        try rows("SELECT last_polled FROM deployment WHERE id = $1", .id(deployment))
            .decoded { reader throws(StorageError) in try reader.optionalTime() }.first ?? nil
    }
}

// MARK: - Claims without a lease

extension Store {
    /// Records who claimed a run, if they said so. Signs of life of whoever executed it before are forgotten.
    public func noteClaimant(_ name: String?, of run: ID<FlowRun>) throws(StorageError) {
        try execute(
            "UPDATE run SET claimant = $1, last_heartbeat = NULL, alive_until = NULL WHERE id = $2", .text(name),
            .id(run))
    }

    /// When the process of a run was last heard of; nothing for a run that is not there, or of which nothing is heard.
    public func lastHeartbeat(of run: ID<FlowRun>) throws(StorageError) -> Timestamp? {
        try rows("SELECT last_heartbeat FROM run WHERE id = $1", .id(run))
            .decoded { reader throws(StorageError) in try reader.optionalTime() }.first ?? nil
    }

    /// Records a sign of life of the process of a run that executes without a lease.
    ///
    /// - Parameter aliveUntil: the end of the silence that is granted from then on.
    public func noteHeartbeat(
        of run: ID<FlowRun>, at now: Timestamp, aliveUntil: Timestamp
    ) throws(StorageError) {
        try execute(
            """
            UPDATE run SET last_heartbeat = $1, alive_until = $2
            WHERE id = $3 AND holder IS NULL AND end_time IS NULL AND deployment_id IS NOT NULL
            """, .time(now), .time(aliveUntil), .id(run))
    }

    /// Runs that have begun and whose process has been silent for longer than it may, while somebody listened.
    ///
    /// - Parameter since: when listening began.
    public func silentRuns(
        at now: Timestamp, listeningSince since: Timestamp, limit: Int
    ) throws(StorageError) -> [ID<FlowRun>] {
        try rows(
            """
            SELECT id FROM run
            WHERE alive_until IS NOT NULL AND holder IS NULL AND end_time IS NULL AND alive_until < $1
                AND alive_until - last_heartbeat < $2
                AND state_type NOT IN ('PENDING', 'PAUSED') AND (state_type <> 'SCHEDULED' OR readiness = 0)
            ORDER BY alive_until LIMIT $3
            """, .time(now), .span(now - since), .int(limit)
        ).decoded { reader throws(StorageError) in try reader.id() }
    }

    /// Runs that a worker has claimed and not begun, as far as anybody knows, which is silent for longer than it may be.
    ///
    /// - Parameter since: when listening began.
    public func claimsOfSilentWorkers(
        at now: Timestamp, listeningSince since: Timestamp, limit: Int
    ) throws(StorageError) -> [ID<FlowRun>] {
        // (There are few workers: the engine is to begin with them.)
        let (standard, missed) = (Worker.standardInterval.wholeMicroseconds, Worker.missedHeartbeats)
        return try rows(
            """
            SELECT run.id FROM worker CROSS JOIN work_queue CROSS JOIN run
            WHERE worker.last_heartbeat + \(missed) * coalesce(worker.heartbeat_interval, \(standard)) < $1
                AND \(missed) * coalesce(worker.heartbeat_interval, \(standard)) < $2
                AND work_queue.pool_id = worker.pool_id AND run.queue_id = work_queue.id
                AND run.claimant = worker.name AND \(Self.isHeldByItself)
                AND (run.state_type = 'PENDING' OR (run.state_type = 'CANCELLING' AND run.alive_until IS NULL))
            LIMIT $3
            """, .time(now), .span(now - since), .int(limit)
        ).decoded { reader throws(StorageError) in try reader.id() }
    }
}
