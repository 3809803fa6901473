public import Domain

extension LogStore {
    /// Stores lines of an attempt's captured output, once: lines that begin before what is taken are left, and the
    /// answer says where to begin. Calls for one attempt are to be made in the order of its capture, one at a time.
    ///
    /// How far an attempt is taken is stored with its lines, in their transaction and in their day's database. When
    /// its output goes on on another day, it is carried over with the first lines of that day.
    ///
    /// - Parameters:
    ///   - id: of the first line; those behind it count up from it.
    ///   - now: when they arrive, which is the day that they are stored under.
    /// - Throws: `StorageError`.
    public func append(
        _ captured: CapturedLines, id: ID<LogRecord>, at now: Timestamp
    ) async throws -> CaptureProgress {
        let chunks = LogChunkEncoder.chunks(of: captured, id: id)
        let day = try await databases.arrival(at: now)
        extendSpan(of: day, by: chunks)
        let earlier = try await days(of: captured.runID).filter { $0 != day }
        if let progress = try await store(captured, chunks, on: day, carrying: earlier.isEmpty ? 0 : nil) {
            return progress
        }
        let taken = try await taken(captured.runID, captured.attempt, on: earlier)
        guard let progress = try await store(captured, chunks, on: day, carrying: taken) else { throw Self.gone(day) }
        return progress
    }

    /// - Parameter carried: how far the attempt was taken on other days; nothing when that is not known.
    /// - Returns: nothing when that has to be known.
    private func store(
        _ captured: CapturedLines, _ chunks: [LogChunk], on day: LogDay, carrying carried: UInt64?
    ) async throws -> CaptureProgress? {
        let stored = try await transaction(.write, on: day) { connection -> CaptureProgress? in
            guard let taken = try Self.taken(captured.runID, captured.attempt, connection) ?? carried else {
                return nil
            }
            guard captured.begin >= taken, captured.end > taken else {
                return CaptureProgress(taken: taken, isStored: false, gap: 0)
            }
            for chunk in chunks { try chunk.insert(connection, on: day) }
            try Self.setTaken(captured, latest: chunks.map(\.head.maxTime).max() ?? 0, connection)
            return CaptureProgress(taken: captured.end, isStored: true, gap: captured.begin - taken)
        }
        guard let stored else { throw Self.gone(day) }
        return stored
    }

    /// Stores records, which keep their ids.
    ///
    /// - Parameter now: when they arrive, which is the day that they are stored under.
    /// - Throws: `StorageError`.
    public func append(_ records: [LogRecord], at now: Timestamp) async throws {
        let chunks = LogChunkEncoder.chunks(of: records)
        guard !chunks.isEmpty else { return }
        let day = try await databases.arrival(at: now)
        extendSpan(of: day, by: chunks)
        let stored: Void? = try await transaction(.write, on: day) { connection in
            for chunk in chunks { try chunk.insert(connection, on: day) }
        }
        guard stored != nil else { throw Self.gone(day) }
    }

    /// Bytes of an attempt's capture that are taken.
    ///
    /// - Throws: `StorageError`.
    public func taken(_ runID: ID<FlowRun>, attempt: Int) async throws -> UInt64 {
        try await taken(runID, attempt, on: try await days(of: runID))
    }

    private func taken(_ runID: ID<FlowRun>, _ attempt: Int, on days: [LogDay]) async throws -> UInt64 {
        var taken: UInt64 = 0
        for day in days {
            let found = try await transaction(.read, on: day) { try Self.taken(runID, attempt, $0) ?? 0 }
            taken = max(taken, found ?? 0)
        }
        return taken
    }

    private func extendSpan(of day: LogDay, by chunks: [LogChunk]) {
        for chunk in chunks { spans.extend(day, by: LogSpan(times: chunk.head.minTime...chunk.head.maxTime)) }
    }

    private static func gone(_ day: LogDay) -> StorageError {
        .unavailable("the logs of \(day) have just been removed: try again")
    }
}

extension LogStore {
    private static func taken(
        _ runID: ID<FlowRun>, _ attempt: Int, _ connection: any Connection
    ) throws(StorageError) -> UInt64? {
        let rows = try connection.run(
            "SELECT taken FROM log_progress WHERE run_id = $1 AND attempt = $2", .id(runID), .int(attempt))
        return try rows.first.map { row throws(StorageError) in UInt64(clamping: try row.count()) }
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
