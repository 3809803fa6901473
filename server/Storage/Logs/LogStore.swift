public import Domain

/// The log lines of runs, on a database of their own (see `LogSchema`).
///
/// Lines are stored in chunks, a row a batch; reading puts them in order by time, following in order of arrival.
public struct LogStore: Sendable {
    let database: any Database

    public init(_ database: any Database) { self.database = database }
}

// MARK: - Writing

extension LogStore {
    /// Stores lines of an attempt's captured output, once: lines that begin before what is taken are left, and the
    /// answer says where to begin. Calls for one attempt are to be made in the order of its capture, one at a time.
    ///
    /// - Parameter id: of the first line; those behind it count up from it.
    /// - Throws: `StorageError`.
    public func append(_ captured: CapturedLines, id: ID<LogRecord>) async throws -> CaptureProgress {
        let chunks = LogChunkEncoder.chunks(of: captured, id: id)
        return try await database.transaction(.write) { connection in
            let taken = try Self.taken(captured.runID, captured.attempt, connection)
            guard captured.begin >= taken, captured.end > taken else {
                return CaptureProgress(taken: taken, isStored: false, gap: 0)
            }
            for chunk in chunks { try chunk.insert(connection) }
            try Self.setTaken(captured, latest: chunks.map(\.head.maxTime).max() ?? 0, connection)
            return CaptureProgress(taken: captured.end, isStored: true, gap: captured.begin - taken)
        }
    }

    /// Stores records, which keep their ids.
    ///
    /// - Throws: `StorageError`.
    public func append(_ records: [LogRecord]) async throws {
        let chunks = LogChunkEncoder.chunks(of: records)
        guard !chunks.isEmpty else { return }
        try await database.transaction(.write) { connection in
            for chunk in chunks { try chunk.insert(connection) }
        }
    }

    /// Bytes of an attempt's capture that are taken.
    ///
    /// - Throws: `StorageError`.
    public func taken(_ runID: ID<FlowRun>, attempt: Int) async throws -> UInt64 {
        try await database.transaction(.read) { try Self.taken(runID, attempt, $0) }
    }

    private static func taken(
        _ runID: ID<FlowRun>, _ attempt: Int, _ connection: any Connection
    ) throws(StorageError) -> UInt64 {
        let rows = try connection.run(
            "SELECT taken FROM log_progress WHERE run_id = $1 AND attempt = $2", .id(runID), .int(attempt))
        return UInt64(clamping: try rows.first?.count() ?? 0)
    }

    private static func setTaken(
        _ captured: CapturedLines, latest: Int64, _ connection: any Connection
    ) throws(StorageError) {
        _ = try connection.run(
            """
            INSERT INTO log_progress (run_id, attempt, taken, latest) VALUES ($1, $2, $3, $4)
            ON CONFLICT (run_id, attempt) DO UPDATE SET taken = excluded.taken, latest = excluded.latest
            """,
            .id(captured.runID), .int(captured.attempt), .integer(Int64(clamping: captured.end)), .integer(latest))
    }
}
