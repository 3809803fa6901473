import Domain

/// The heads of the chunks of one day that may hold what a filter asks for, by the time of their first line in an order.
struct LogChunkStream {
    private static let pageSize = 256

    let day: LogDay
    private let store: LogStore
    private let filter: LogFilter
    private let order: LogOrder
    private var page: ArraySlice<LogChunkHead> = []
    private var last: LogChunkHead?
    private var isAtEnd = false
    /// No line that comes now is before this, in the order.
    private(set) var bound: Int64

    /// - Parameter bound: the first time in the order that the day has lines of.
    init(_ store: LogStore, _ day: LogDay, _ filter: LogFilter, _ order: LogOrder, bound: Int64) {
        self.store = store
        self.day = day
        self.filter = filter
        self.order = order
        self.bound = bound
    }

    var isEmpty: Bool { page.isEmpty && isAtEnd }
    /// Whether the next head is at hand.
    var isLoaded: Bool { !page.isEmpty }

    /// The next head, if it is loaded.
    mutating func next() -> LogChunkHead? {
        guard let head = page.popFirst() else { return nil }
        bound = order.first(page.first ?? head)
        return head
    }

    /// Loads the next heads. A day that has been removed meanwhile has no more.
    mutating func load() async throws {
        var values: [SQLValue] = []
        let condition = condition.sql(&values)
        let (time, direction) = order == .oldestFirst ? ("min_time", "ASC") : ("max_time", "DESC")
        let sql = """
            SELECT \(LogChunkHead.columns) FROM log_chunk WHERE \(condition)
            ORDER BY \(time) \(direction), run_id \(direction), number \(direction) LIMIT \(Self.pageSize)
            """
        let heads = try await store.transaction(.read, on: day) { [values] connection in
            try connection.run(sql, values).map { try LogChunkHead($0) }
        }
        page = (heads ?? [])[...]
        last = page.last ?? last
        isAtEnd = page.count < Self.pageSize
        if let first = page.first { bound = order.first(first) }
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
