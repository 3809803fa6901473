public import Domain

extension LogStore {
    /// How many chunks one transaction deletes: no other write is to wait long.
    private static let step = 100

    /// Deletes everything of a run.
    ///
    /// - Throws: `StorageError`.
    public func delete(_ runID: ID<FlowRun>) async throws {
        while true {
            let deleted = try await database.transaction(.write) { connection in
                try connection.run(
                    """
                    DELETE FROM log_chunk WHERE run_id = $1 AND number IN
                        (SELECT number FROM log_chunk WHERE run_id = $1 ORDER BY number LIMIT \(Self.step)) RETURNING 1
                    """,
                    .id(runID)
                ).count
            }
            if deleted < Self.step { break }
        }
        try await database.transaction(.write) { connection in
            _ = try connection.run("DELETE FROM log_progress WHERE run_id = $1", .id(runID))
        }
    }

    /// Deletes some of the oldest chunks, if all of their lines are from before `time`.
    ///
    /// - Returns: whether there may be more of them: call again, at once or later.
    /// - Throws: `StorageError`.
    public func prune(before time: Timestamp) async throws -> Bool {
        try await database.transaction(.write) { connection in
            let chunks = try connection.run(
                """
                DELETE FROM log_chunk WHERE (run_id, number) IN
                    (SELECT run_id, number FROM log_chunk WHERE max_time < $1 ORDER BY max_time LIMIT \(Self.step))
                RETURNING 1
                """,
                .time(time))
            let attempts = try connection.run(
                """
                DELETE FROM log_progress WHERE (run_id, attempt) IN
                    (SELECT run_id, attempt FROM log_progress WHERE latest < $1 ORDER BY latest LIMIT \(Self.step))
                RETURNING 1
                """,
                .time(time))
            return max(chunks.count, attempts.count) == Self.step
        }
    }
}
