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
    /// - Parameters:
    ///   - limit: how many lines at most.
    ///   - bytes: beyond so many bytes of text, no further line is read.
    /// - Returns: `isCut` when the answer ends for one of these reasons, so that there may be more.
    /// - Throws: `StorageError`.
    public func follow(
        _ runID: ID<FlowRun>, after cursor: LogCursor = .start, limit: Int = 1000, bytes: Int = .max
    ) async throws -> (records: [LogRecord], next: LogCursor, isCut: Bool) {
        var page = FollowedLines(cursor: cursor, lines: limit, bytes: bytes)
        for day in try await days(of: runID) where !page.isFull && day.mayHoldChunks(from: page.cursor.chunk) {
            let soFar = page
            let more = try await transaction(.read, on: day) { connection in
                var page = soFar
                try Self.follow(runID, onto: &page, connection)
                return page
            }
            page = more ?? page
        }
        return (page.records, page.cursor, page.isFull)
    }

    private static func follow(
        _ runID: ID<FlowRun>, onto page: inout FollowedLines, _ connection: any Connection
    ) throws(StorageError) {
        while !page.isFull, let head = try chunk(of: runID, from: page.cursor, connection),
            let body = try head.body(connection)
        {
            var place = head.number == page.cursor.chunk ? page.cursor.line : 0
            while place < head.count, !page.isFull {
                page.append(try body.record(at: place, runID: runID))
                place += 1
            }
            page.cursor = LogCursor(chunk: head.number, line: place)
        }
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

/// What one answer to a follower holds, and how much more it may.
private struct FollowedLines: Sendable {
    private(set) var records: [LogRecord] = []
    var cursor: LogCursor
    private let lines: Int
    private var bytes: Int

    init(cursor: LogCursor, lines: Int, bytes: Int) {
        self.cursor = cursor
        self.lines = lines
        self.bytes = bytes
    }

    var isFull: Bool { records.count >= lines || bytes <= 0 }

    mutating func append(_ record: LogRecord) {
        bytes -= record.message.utf8.count
        records.append(record)
    }
}
