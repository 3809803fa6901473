public import Domain

extension LogStore {
    /// The lines that meet `filter`, exactly in order.
    ///
    /// - Parameters:
    ///   - limit: how many lines at most.
    ///   - offset: how many lines of the order are passed over.
    /// - Throws: `StorageError`; `CancellationError` when the caller's task is cancelled.
    public func read(
        _ filter: LogFilter, order: LogOrder = .oldestFirst, limit: Int, offset: Int = 0
    ) async throws -> [LogRecord] {
        var merge = try await LogMerge(self, filter, order)
        var records: [LogRecord] = []
        guard try await merge.skip(offset) == max(offset, 0) else { return records }
        while records.count < limit, let record = try await merge.next() { records.append(record) }
        return records
    }

    /// How many lines meet `filter`.
    ///
    /// - Throws: `StorageError`; `CancellationError` when the caller's task is cancelled.
    public func count(_ filter: LogFilter) async throws -> Int {
        var queue = try await LogChunkQueue(self, filter, .oldestFirst)
        var count = 0
        while let (place, _) = try await queue.peek() {
            queue.advance()
            if filter.acceptsAll(of: place.head) {
                count += place.head.count
            } else if let body = try await body(of: place) {
                count += filter.places(in: body).count
            }
        }
        return count
    }

    /// Lines of a run that arrived behind `cursor`, in the order of their arrival, for following a run live: ask again
    /// with the cursor of the answer when more may have come.
    ///
    /// - Parameter limit: how many lines at most.
    /// - Throws: `StorageError`.
    public func follow(
        _ runID: ID<FlowRun>, after cursor: LogCursor = .start, limit: Int = 1000
    ) async throws -> (records: [LogRecord], next: LogCursor) {
        var records: [LogRecord] = []
        var cursor = cursor
        for day in try await days(of: runID) where records.count < limit && day.mayHoldChunks(from: cursor.chunk) {
            let (start, room) = (cursor, limit - records.count)
            let more = try await transaction(.read, on: day) { connection in
                try Self.follow(runID, after: start, limit: room, connection)
            }
            guard let more else { continue }
            records += more.records
            cursor = more.next
        }
        return (records, cursor)
    }

    private static func follow(
        _ runID: ID<FlowRun>, after cursor: LogCursor, limit: Int, _ connection: any Connection
    ) throws(StorageError) -> (records: [LogRecord], next: LogCursor) {
        var records: [LogRecord] = []
        var cursor = cursor
        while records.count < limit, let head = try chunk(of: runID, from: cursor, connection),
            let body = try head.body(connection)
        {
            let first = head.number == cursor.chunk ? cursor.line : 0
            let end = min(head.count, first + limit - records.count)
            for place in first..<end { records.append(try body.record(at: place, runID: runID)) }
            cursor = LogCursor(chunk: head.number, line: end)
        }
        return (records, cursor)
    }

    /// The chunk that has the first line behind `cursor`.
    private static func chunk(
        of runID: ID<FlowRun>, from cursor: LogCursor, _ connection: any Connection
    ) throws(StorageError) -> LogChunkHead? {
        let rows = try connection.run(
            """
            SELECT \(LogChunkHead.columns) FROM log_chunk
            WHERE run_id = $1 AND number >= $2 AND (number > $2 OR line_count > $3) ORDER BY number LIMIT 1
            """,
            .id(runID), .integer(cursor.chunk), .int(cursor.line))
        guard let row = rows.first else { return nil }
        return try LogChunkHead(row)
    }
}
