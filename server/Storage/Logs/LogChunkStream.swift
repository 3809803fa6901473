import Domain

/// The heads of the chunks that may hold what a filter asks for, by the time of their first line in an order.
struct LogChunkStream {
    private static let pageSize = 256

    private let connection: any Connection
    private let filter: LogFilter
    private let order: LogOrder
    private var page: ArraySlice<LogChunkHead> = []
    private var last: LogChunkHead?
    private var isAtEnd = false

    init(_ connection: any Connection, _ filter: LogFilter, _ order: LogOrder) {
        self.connection = connection
        self.filter = filter
        self.order = order
    }

    /// The next head, and the one after it.
    mutating func peek() throws(StorageError) -> (next: LogChunkHead, second: LogChunkHead?)? {
        if page.count < 2, !isAtEnd { try load() }
        guard let next = page.first else { return nil }
        return (next, page.dropFirst().first)
    }

    mutating func advance() { page = page.dropFirst() }

    private mutating func load() throws(StorageError) {
        var values: [SQLValue] = []
        let condition = condition.sql(&values)
        let (time, direction) = order == .oldestFirst ? ("min_time", "ASC") : ("max_time", "DESC")
        let rows = try connection.run(
            """
            SELECT \(LogChunkHead.columns) FROM log_chunk WHERE \(condition)
            ORDER BY \(time) \(direction), run_id \(direction), number \(direction) LIMIT \(Self.pageSize)
            """,
            values)
        for row in rows { page.append(try LogChunkHead(row)) }
        last = page.last
        isAtEnd = rows.count < Self.pageSize
    }

    private var condition: Condition {
        var conditions: [Condition] = []
        if let runIDs = filter.runIDs {
            conditions.append(.isAny("run_id", of: runIDs.map { .id($0) }))
        }
        if let level = filter.lowestLevel { conditions.append(.test("max_level >= ?", [.int(level)])) }
        if let level = filter.highestLevel { conditions.append(.test("min_level <= ?", [.int(level)])) }
        if let time = filter.earliest { conditions.append(.test("max_time >= ?", [.time(time)])) }
        if let time = filter.latest { conditions.append(.test("min_time <= ?", [.time(time)])) }
        if let last { conditions.append(behind(last)) }
        return .all(conditions)
    }

    /// Two comparisons of the time, so that the first can use an index.
    private func behind(_ head: LogChunkHead) -> Condition {
        let time = SQLValue.integer(order.first(head))
        let place = [time, .text(head.runID), .integer(head.number)]
        return order == .oldestFirst
            ? .all([.test("min_time >= ?", [time]), .test("(min_time, run_id, number) > (?, ?, ?)", place)])
            : .all([.test("max_time <= ?", [time]), .test("(max_time, run_id, number) < (?, ?, ?)", place)])
    }
}
