/// A condition on the rows of a table, as a tree whose leaves are SQL with its values. Whoever builds one names
/// columns that exist; whatever came from a client is a value.
public indirect enum Condition: Sendable {
    case all([Condition])
    case any([Condition])
    case not(Condition)
    /// A comparison: SQL in which each `?` stands for the next value.
    case test(String, [SQLValue])

    /// Holds for every row.
    public static let always = Condition.all([])
    /// Holds for no row.
    public static let never = Condition.any([])

    /// `column` is one of `values`; of none, if there are none.
    public static func isAny(_ column: String, of values: [SQLValue]) -> Condition {
        guard !values.isEmpty else { return .never }
        return .test("\(column) IN (\(values.map { _ in "?" }.joined(separator: ", ")))", values)
    }

    /// `column` contains `text`, whatever the case of its letters.
    public static func contains(_ column: String, _ text: String) -> Condition {
        var pattern = ""
        for character in text.lowercased() {
            if "%_\\".contains(character) { pattern.append("\\") }
            pattern.append(character)
        }
        return .test("lower(\(column)) LIKE ? ESCAPE '\\'", [.text("%\(pattern)%")])
    }

    /// `column` begins with `text`.
    public static func hasPrefix(_ column: String, _ text: String) -> Condition {
        .all([
            .test("\(column) >= ?", [.text(text)]),
            .test("\(column) < ?", [.text(text + "\u{10FFFF}")]),
        ])
    }

    /// SQL with `$n` for its values, which are appended to `values`.
    func sql(_ values: inout [SQLValue]) -> String {
        switch self {
        case .all(let conditions): return Self.join(conditions, " AND ", none: "TRUE", &values)
        case .any(let conditions): return Self.join(conditions, " OR ", none: "FALSE", &values)
        case .not(let condition): return "NOT (\(condition.sql(&values)))"
        case .test(let text, let arguments):
            var sql = ""
            var next = arguments.makeIterator()
            for character in text {
                if character == "?", let value = next.next() {
                    values.append(value)
                    sql += "$\(values.count)"
                } else {
                    sql.append(character)
                }
            }
            return sql
        }
    }

    private static func join(
        _ conditions: [Condition], _ word: String, none: String, _ values: inout [SQLValue]
    ) -> String {
        if conditions.isEmpty { return none }
        return conditions.map { "(\($0.sql(&values)))" }.joined(separator: word)
    }
}

/// Which rows, in which order, and how many.
public struct Query: Sendable {
    public var condition: Condition
    /// Columns with their direction, as in `ORDER BY`.
    public var order: String
    public var limit: Int
    public var offset: Int

    public init(_ condition: Condition = .always, order: String = "id", limit: Int = 200, offset: Int = 0) {
        self.condition = condition
        self.order = order
        self.limit = limit
        self.offset = offset
    }
}

extension Store {
    func select(_ columns: String, from tables: String, _ query: Query) throws(StorageError) -> [Row] {
        var values: [SQLValue] = []
        let condition = query.condition.sql(&values)
        values.append(.int(query.limit))
        values.append(.int(query.offset))
        return try connection.run(
            """
            SELECT \(columns) FROM \(tables) WHERE \(condition)
            ORDER BY \(query.order) LIMIT $\(values.count - 1) OFFSET $\(values.count)
            """, values)
    }

    /// How many rows of `table` the condition holds for.
    public func count(in table: Table, _ condition: Condition) throws(StorageError) -> Int {
        var values: [SQLValue] = []
        let sql = table == .run ? Condition.all([condition, Self.isVisible]).sql(&values) : condition.sql(&values)
        return try connection.run("SELECT count(*) FROM \(table.rawValue) WHERE \(sql)", values).first?.count() ?? 0
    }
}

/// The tables that clients list and count.
public enum Table: String, Sendable {
    case flow, deployment, run, agent, batch
    case workPool = "work_pool"
    case workQueue = "work_queue"
    case taskRun = "task_run"
    case variable, artifact
    case artifactCollection = "artifact_collection"
    case blockType = "block_type"
    case blockSchema = "block_schema"
    case blockDocument = "block_document"
    case savedSearch = "saved_search"
    case automation, hook, sensor
}
