public import Domain

extension Store {
    func grantLease(
        _ run: RunHead, _ attempt: Int, to agent: ID<Agent>, _ duration: Duration, at now: Timestamp,
        until deadline: Timestamp
    ) throws(StorageError) {
        try execute(
            """
            INSERT INTO lease (run_id, attempt, agent_id, pool_id, queue_id, deployment_id, duration, deadline)
            SELECT $1, $2, $3, pool_id, $4, $5, $6, $7 FROM work_queue WHERE id = $4
            """,
            .id(run.id), .int(attempt), .id(agent), .id(run.queueID), .id(run.deploymentID), .span(duration),
            .time(deadline))
        try execute(
            """
            INSERT INTO attempt (run_id, attempt, agent_id, agent_name, granted, reports)
            SELECT $1, $2, $3, coalesce((SELECT name FROM agent WHERE id = $3), ''), $4, 0
            """, .id(run.id), .int(attempt), .id(agent), .time(now))
    }

    func releaseLease(
        _ run: ID<FlowRun>, _ attempt: Int, _ outcome: AttemptOutcome, _ now: Timestamp
    ) throws(StorageError) {
        try dropLease(of: run)
        var exitCode: Int?
        var signal: Int?
        switch outcome.end?.cause {
        case .exited(let code): exitCode = code
        case .signaled(let number): signal = number
        default: break
        }
        try execute(
            """
            UPDATE attempt SET ended = $1, outcome = $2, message = $3, exit_code = $4, signal = $5, cpu = $6,
                peak_memory = $7
            WHERE run_id = $8 AND attempt = $9
            """,
            .time(outcome.end?.at ?? now), .text(outcome.type?.rawValue), .text(outcome.message), .int(exitCode),
            .int(signal), .span(outcome.end?.cpu), .int(outcome.end.map { Int($0.peakMemoryBytes) }), .id(run),
            .int(attempt))
    }

    /// Records what a lease that has just been granted takes, beside a slot, for as long as it lives.
    ///
    /// - Parameter isTagged: whether its run holds slots of limits on tags.
    public func setBurden(
        of run: ID<FlowRun>, _ resources: Resources?, isTagged: Bool
    ) throws(StorageError) {
        try execute(
            "UPDATE lease SET cpu = $1, memory = $2, gpu = $3, is_tagged = $4 WHERE run_id = $5",
            .int(resources?.cpu), .int(resources?.memory), .int(resources?.gpu), isTagged ? .flag(true) : .null,
            .id(run))
    }

    /// Ends a lease, and what its run holds with it.
    func dropLease(of run: ID<FlowRun>) throws(StorageError) {
        let dropped = try rows("DELETE FROM lease WHERE run_id = $1 RETURNING coalesce(is_tagged, FALSE)", .id(run))
            .decoded { reader throws(StorageError) in try reader.flag() }
        guard dropped.contains(true) else { return }
        try execute("DELETE FROM concurrency_hold WHERE lease_id = $1", .id(run))
    }

    private static let leaseColumns = "run_id, attempt, agent_id, duration, deadline"

    private static func lease(_ reader: inout RowReader) throws(StorageError) -> Lease {
        Lease(
            runID: try reader.id(), attempt: try reader.int(), agentID: try reader.id(), duration: try reader.span(),
            deadline: try reader.time())
    }

    /// The leases that an agent holds.
    public func leases(of agent: ID<Agent>) throws(StorageError) -> [Lease] {
        try rows("SELECT \(Self.leaseColumns) FROM lease WHERE agent_id = $1", .id(agent)).decoded(Self.lease)
    }

    /// The attempts of an agent whose runs are to be cancelled: what it has to be told until it is done.
    public func cancellingLeases(of agent: ID<Agent>) throws(StorageError) -> [Lease] {
        try rows(
            """
            SELECT lease.run_id, lease.attempt, lease.agent_id, lease.duration, lease.deadline
            FROM lease JOIN run ON run.id = lease.run_id
            WHERE lease.agent_id = $1 AND run.state_type = 'CANCELLING'
            """, .id(agent)
        ).decoded(Self.lease)
    }

    /// The lease of the attempt that is being made at a run, if one is.
    public func lease(of run: ID<FlowRun>) throws(StorageError) -> Lease? {
        try rows("SELECT \(Self.leaseColumns) FROM lease WHERE run_id = $1", .id(run)).decoded(Self.lease).first
    }

    /// Leases whose deadline was before `time`, the oldest first.
    public func leasesEnded(before time: Timestamp, limit: Int) throws(StorageError) -> [Lease] {
        try rows(
            "SELECT \(Self.leaseColumns) FROM lease WHERE deadline < $1 ORDER BY deadline LIMIT $2", .time(time),
            .int(limit)
        ).decoded(Self.lease)
    }

    /// When the next lease ends unless it is renewed.
    public func nextLeaseDeadline() throws(StorageError) -> Timestamp? {
        try rows("SELECT min(deadline) FROM lease")
            .decoded { reader throws(StorageError) in try reader.optionalTime() }.first ?? nil
    }

    /// Moves the end of a lease.
    public func setDeadline(of lease: Lease, to deadline: Timestamp) throws(StorageError) {
        try execute(
            "UPDATE lease SET deadline = $1 WHERE run_id = $2 AND attempt = $3", .time(deadline), .id(lease.runID),
            .int(lease.attempt))
    }

    /// Lets no lease end before `deadline`.
    public func extendLeases(to deadline: Timestamp) throws(StorageError) {
        try execute("UPDATE lease SET deadline = $1 WHERE deadline < $1", .time(deadline))
    }

    /// Gives every lease its whole length from `now` on.
    public func renewAllLeases(at now: Timestamp) throws(StorageError) {
        try execute("UPDATE lease SET deadline = $1 + duration WHERE deadline < $1 + duration", .time(now))
    }
}

// MARK: - Attempts

extension Store {
    private static let attemptColumns = """
        attempt, agent_id, agent_name, granted, ended, outcome, message, exit_code, signal, cpu, peak_memory,
        code_revision, reports
        """

    private static func attempt(_ reader: inout RowReader) throws(StorageError) -> AttemptRecord {
        AttemptRecord(
            attempt: try reader.int(), agentID: try reader.id(), agentName: try reader.text(),
            granted: try reader.time(), ended: try reader.optionalTime(),
            outcome: try reader.optionalText().flatMap { StateType(rawValue: $0) },
            message: try reader.optionalText(), exitCode: try reader.optionalInt(),
            signal: try reader.optionalInt(), cpu: try reader.span(), peakMemoryBytes: try reader.optionalInt(),
            codeRevision: try reader.optionalText(), reports: try reader.int())
    }

    /// The attempts at a run, the first first.
    public func attempts(at run: ID<FlowRun>) throws(StorageError) -> [AttemptRecord] {
        try rows("SELECT \(Self.attemptColumns) FROM attempt WHERE run_id = $1 ORDER BY attempt", .id(run))
            .decoded(Self.attempt)
    }

    private static let selectReported = """
        SELECT attempt.reports, \(headColumns) FROM attempt JOIN run ON run.id = attempt.run_id
            JOIN run_state ON run_state.run_id = run.id AND run_state.version = run.state_version
        WHERE attempt.run_id = $1 AND attempt.attempt = $2
        """

    /// The last report of the attempt that was taken, and the run; nothing for an attempt that never was.
    public func reported(
        run: ID<FlowRun>, attempt: Int
    ) throws(StorageError) -> (reports: Int, head: RunHead)? {
        try rows(Self.selectReported, .id(run), .int(attempt)).decoded { reader throws(StorageError) in
            (try reader.int(), try Self.head(&reader))
        }.first
    }

    /// Records that the reports of an attempt up to `sequence` have been taken, and which code it executes, if one of
    /// them says so.
    public func setReportsTaken(
        run: ID<FlowRun>, attempt: Int, _ sequence: Int, codeRevision: String?
    ) throws(StorageError) {
        try execute(
            """
            UPDATE attempt SET reports = $1, code_revision = coalesce($2, code_revision)
            WHERE run_id = $3 AND attempt = $4
            """, .int(sequence), .text(codeRevision), .id(run), .int(attempt))
    }
}
