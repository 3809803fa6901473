public import Domain

/// Finished runs of a deployment up to a place in the order of their ends: what is to go.
public struct FinishedRuns: Sendable, Hashable {
    /// Nothing for runs without a deployment.
    public let deploymentID: ID<Deployment>?
    public let end: Timestamp
    /// Of the runs that ended then, those up to this one; nothing for all of them.
    public let runID: ID<FlowRun>?
    /// Only those that nothing has happened to since: the news of an end may come long after it.
    public let unchangedSince: Timestamp

    public init(
        of deployment: ID<Deployment>?, endedBy end: Timestamp, through runID: ID<FlowRun>? = nil,
        unchangedSince: Timestamp
    ) {
        deploymentID = deployment
        self.end = end
        self.runID = runID
        self.unchangedSince = unchangedSince
    }
}

/// What one step of pruning has removed.
public struct PrunedRuns: Sendable, Hashable {
    public var runs = 0
    /// Rows of runs, states and attempts.
    public var rows = 0
    /// Whether more is to go.
    public var hasMore = false
}

extension Store {
    /// After any text of an id.
    private static let lastID = "~"
    private static let isTerminal = "state_type IN ('COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED')"

    /// The deployments that have finished runs, be they still there or not; nothing stands for runs without one.
    public func deploymentsWithFinishedRuns() throws(StorageError) -> [ID<Deployment>?] {
        var found: [ID<Deployment>?] = []
        let others = try rows(
            "SELECT 1 FROM run WHERE deployment_id IS NULL AND end_time IS NOT NULL LIMIT 1")
        if !others.isEmpty { found.append(nil) }
        // From one to the next through the index: how many runs they have does not matter.
        var last = ""
        while let next = try deployment(after: last) {
            found.append(next)
            last = next.description
        }
        return found
    }

    private func deployment(after last: String) throws(StorageError) -> ID<Deployment>? {
        try rows(
            """
            SELECT deployment_id FROM run WHERE deployment_id > $1 AND end_time IS NOT NULL
            ORDER BY deployment_id LIMIT 1
            """, .text(last)
        ).decoded { reader throws(StorageError) in try reader.id(Deployment.self) }.first
    }

    /// The finished runs of a deployment but for the newest `count`; nothing if there are no more than those.
    public func finishedRuns(
        of deployment: ID<Deployment>?, beyond count: Int, unchangedSince: Timestamp
    ) throws(StorageError) -> FinishedRuns? {
        try rows(
            """
            SELECT end_time, id FROM run WHERE \(Self.isOf(deployment)) AND end_time IS NOT NULL
            ORDER BY end_time DESC, id DESC LIMIT 1 OFFSET $2
            """, .id(deployment), .int(count)
        ).decoded { reader throws(StorageError) in
            FinishedRuns(
                of: deployment, endedBy: try reader.time(), through: try reader.id(), unchangedSince: unchangedSince)
        }.first
    }

    /// Removes some of the finished runs, with their states, attempts, inputs and artifacts; and batches that have no
    /// runs left. Not those that somebody holds, or whose attempts have not all been heard the end of.
    ///
    /// - Parameter limit: how many rows of runs, states, attempts and artifacts are removed at most. A history that is
    ///   longer goes in several steps, its beginning first.
    public func prune(_ finished: FinishedRuns, limit: Int) throws(StorageError) -> PrunedRuns {
        let doomed = try prunable(finished, limit: limit)
        var pruned = PrunedRuns()
        var tallies: [RunPlace: Int] = [:]
        for run in doomed {
            if run.hasArtifacts { pruned.rows += try removeArtifacts(of: run.id, limit: limit - pruned.rows) }
            guard pruned.rows < limit else { break }
            let rows = try removeHistory(of: run, limit: limit - pruned.rows)
            pruned.rows += rows
            guard pruned.rows < limit else { break }
            try execute("DELETE FROM run_fire WHERE run_id = $1", .text(run.id))
            try execute("DELETE FROM run WHERE id = $1", .text(run.id))
            pruned.rows += 1
            pruned.runs += 1
            tallies[run.place, default: 0] += 1
        }
        for (place, runs) in tallies {
            addToTally(TallyScope.queue(place.queueID), place.type, -runs)
        }
        for batch in Set(tallies.keys.compactMap(\.batchID)) { try removeIfEmpty(batch) }
        pruned.hasMore = pruned.runs < doomed.count || doomed.count == limit / 2
        return pruned
    }

    private static func isOf(_ deployment: ID<Deployment>?) -> String {
        deployment == nil ? "deployment_id IS NULL AND CAST($1 AS TEXT) IS NULL" : "deployment_id = $1"
    }
}

/// Where a run is counted.
private struct RunPlace: Hashable {
    let queueID: ID<WorkQueue>?
    let batchID: ID<Batch>?
    let type: StateType
}

private struct PrunableRun {
    let id: String
    let attempt: Int
    let stateVersion: Int
    let place: RunPlace
    let hasArtifacts: Bool
}

extension Store {
    /// The oldest of the finished runs that nothing keeps: no more than a step can remove.
    private func prunable(_ finished: FinishedRuns, limit: Int) throws(StorageError) -> [PrunableRun] {
        try rows(
            """
            SELECT id, attempt, state_version, queue_id, batch_id, state_type,
                EXISTS (SELECT 1 FROM artifact WHERE artifact.flow_run_id = run.id)
            FROM run
            WHERE \(Self.isOf(finished.deploymentID)) AND end_time IS NOT NULL AND end_time <= $2
                AND (end_time, id) <= ($2, $3) AND \(Self.isTerminal) AND updated <= $4
                AND NOT EXISTS (SELECT 1 FROM lease WHERE lease.run_id = run.id)
                AND NOT EXISTS (SELECT 1 FROM attempt WHERE attempt.run_id = run.id AND attempt.ended IS NULL)
            ORDER BY end_time, id LIMIT $5
            """,
            .id(finished.deploymentID), .time(finished.end), .text(finished.runID?.description ?? Self.lastID),
            .time(finished.unchangedSince),
            // Each has a row of its own and one of its state, at least.
            .int(limit / 2)
        ).decoded { reader throws(StorageError) in
            let (id, attempt, stateVersion) = (try reader.text(), try reader.int(), try reader.int())
            let (queueID, batchID) = (try reader.optionalID(WorkQueue.self), try reader.optionalID(Batch.self))
            let name = try reader.text()
            guard let type = StateType(rawValue: name) else { throw .corrupt("no state has the type \(name)") }
            return PrunableRun(
                id: id, attempt: attempt, stateVersion: stateVersion,
                place: RunPlace(queueID: queueID, batchID: batchID, type: type), hasArtifacts: try reader.flag())
        }
    }

    /// Removes attempts and states, the oldest first. The last of both go with the run's own row or not at all: a run
    /// without them would be no run.
    ///
    /// - Returns: how many rows were removed; `limit` when there may be more.
    private func removeHistory(of run: PrunableRun, limit: Int) throws(StorageError) -> Int {
        var removed = try removeTaskRuns(of: run, limit: limit)
        guard removed < limit else { return removed }
        removed += try removeSome(
            "attempt", by: "attempt", of: run, before: run.attempt, limit: limit - removed)
        guard removed < limit else { return removed }
        removed += try removeSome(
            "run_state", by: "version", of: run, before: run.stateVersion, limit: limit - removed)
        // An attempt, a state, and the run's own row.
        guard removed + 3 <= limit else { return limit }
        removed += try removeSome("attempt", by: "attempt", of: run, before: .max, limit: 1)
        try execute("DELETE FROM run_state WHERE run_id = $1", .text(run.id))
        return removed + 1
    }

    /// Removes task runs with their states, those first.
    private func removeTaskRuns(of run: PrunableRun, limit: Int) throws(StorageError) -> Int {
        guard try !rows("SELECT 1 FROM task_run WHERE run_id = $1 LIMIT 1", .text(run.id)).isEmpty else { return 0 }
        let states = try rows(
            """
            DELETE FROM task_run_state WHERE (task_run_id, timestamp, id) IN (
                SELECT task_run_state.task_run_id, task_run_state.timestamp, task_run_state.id
                FROM task_run JOIN task_run_state ON task_run_state.task_run_id = task_run.id
                WHERE task_run.run_id = $1 LIMIT $2)
            RETURNING 1
            """, .text(run.id), .int(limit)
        ).count
        guard states < limit else { return limit }
        return states
            + (try rows(
                """
                DELETE FROM task_run WHERE id IN (SELECT id FROM task_run WHERE run_id = $1 LIMIT $2) RETURNING 1
                """, .text(run.id), .int(limit - states)
            ).count)
    }

    private func removeSome(
        _ table: String, by key: String, of run: PrunableRun, before end: Int, limit: Int
    ) throws(StorageError) -> Int {
        try rows(
            """
            DELETE FROM \(table) WHERE run_id = $1 AND \(key) IN (
                SELECT \(key) FROM \(table) WHERE run_id = $1 AND \(key) < $2 ORDER BY \(key) LIMIT $3)
            RETURNING 1
            """, .text(run.id), .int(end), .int(limit)
        ).count
    }

    /// - Returns: how many rows were removed; `limit` when there may be more.
    private func removeArtifacts(of run: String, limit: Int) throws(StorageError) -> Int {
        let ids = try rows("SELECT id FROM artifact WHERE flow_run_id = $1 LIMIT $2", .text(run), .int(limit))
            .decoded { reader throws(StorageError) in try reader.id(Artifact.self) }
        for id in ids { try deleteArtifact(id) }
        return ids.count
    }

    /// Forgets a batch that has no runs any more, with its lane and its tally. One that is being submitted may have none
    /// yet.
    func removeIfEmpty(_ batch: ID<Batch>) throws(StorageError) {
        guard try rows("SELECT 1 FROM run WHERE batch_id = $1 LIMIT 1", .id(batch)).isEmpty else { return }
        let removed = try rows("DELETE FROM batch WHERE id = $1 AND is_visible = TRUE RETURNING 1", .id(batch))
        guard !removed.isEmpty else { return }
        try execute("DELETE FROM lane WHERE batch_id = $1", .id(batch))
        try removeTally(TallyScope.batch(batch))
    }
}
