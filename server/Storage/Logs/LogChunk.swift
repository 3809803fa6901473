import Domain

/// What is known of a chunk without its lines.
struct LogChunkHead: Sendable, Hashable {
    var runID: String
    /// Within the run, in the order of arrival, above those of earlier days (`LogDay.chunksBefore`).
    var number: Int64 = 0
    var count = 0
    /// Microseconds since the Unix epoch.
    var minTime = Int64.max
    var maxTime = Int64.min
    var minLevel = Int.max
    var maxLevel = Int.min
}

/// Some lines of one run that were stored together.
struct LogChunk: Sendable {
    let head: LogChunkHead
    let body: [UInt8]
}

extension LogChunkHead {
    static let columns = "run_id, number, line_count, min_time, max_time, min_level, max_level"

    init(_ row: Row) throws(StorageError) {
        var reader = row.reader
        runID = try reader.text()
        number = Int64(try reader.int())
        count = try reader.int()
        minTime = Int64(try reader.int())
        maxTime = Int64(try reader.int())
        minLevel = try reader.int()
        maxLevel = try reader.int()
    }
}

extension LogChunk {
    /// Stores it behind the run's other chunks.
    func insert(_ connection: any Connection, on day: LogDay) throws(StorageError) {
        let last = try connection.run(
            "SELECT coalesce(max(number), 0) FROM log_chunk WHERE run_id = $1", .text(head.runID))
        let number = max(try last.first?.count() ?? 0, Int(day.chunksBefore))
        _ = try connection.run(
            """
            INSERT INTO log_chunk (\(LogChunkHead.columns), body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            .text(head.runID), .int(number + 1), .int(head.count), .integer(head.minTime), .integer(head.maxTime),
            .int(head.minLevel), .int(head.maxLevel), .bytes(body))
    }
}

extension LogChunkHead {
    /// The chunk's lines; nothing when it has been removed since.
    func body(_ connection: any Connection) throws(StorageError) -> LogChunkBody? {
        let rows = try connection.run(
            "SELECT body FROM log_chunk WHERE run_id = $1 AND number = $2", .text(runID), .integer(number))
        guard let row = rows.first else { return nil }
        var reader = row.reader
        return try LogChunkBody(try reader.bytes(), lineCount: count)
    }
}
