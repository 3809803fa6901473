extension LogStore {
    /// What is wrong with a database of logs, a line each: chunks that cannot be read, or that hold something else than
    /// their row says.
    ///
    /// - Parameter limit: how many findings at most.
    /// - Throws: `StorageError` when it cannot be read at all.
    public static func findings(_ connection: any Connection, limit: Int = 20) throws(StorageError) -> [String] {
        let page = 100
        var findings: [String] = []
        var last: (run: String, number: Int64) = ("", 0)
        while findings.count < limit {
            let rows = try connection.run(
                """
                SELECT \(LogChunkHead.columns), body FROM log_chunk WHERE (run_id, number) > ($1, $2)
                ORDER BY run_id, number LIMIT \(page)
                """, .text(last.run), .integer(last.number))
            for row in rows {
                let head = try LogChunkHead(row)
                last = (head.runID, head.number)
                guard let complaint = complaint(about: head, row) else { continue }
                findings.append("chunk \(head.number) of the log of run \(head.runID) \(complaint)")
            }
            if rows.count < page { break }
        }
        return Array(findings.prefix(limit))
    }

    private static func complaint(about head: LogChunkHead, _ row: Row) -> String? {
        do {
            guard case .bytes(let bytes)? = row.values.last else { return "has no body" }
            let lines = try LogChunkBody(bytes, lineCount: head.count).lines
            let isAsSaid = lines.allSatisfy { line in
                head.minTime <= line.time && line.time <= head.maxTime && head.minLevel <= line.level
                    && line.level <= head.maxLevel
            }
            return isAsSaid ? nil : "has lines outside of the times and levels that it is filed under"
        } catch {
            return "cannot be read: \(error)"
        }
    }
}
