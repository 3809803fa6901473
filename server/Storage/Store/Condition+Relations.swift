import JSON

extension Condition {
    /// `column` is what `selected` is in some row of `table` that `condition` holds for.
    ///
    /// Columns in `condition` are to be written with the name of their table.
    public static func isIn(
        _ column: String, _ selected: String, of table: Table, where condition: Condition
    ) -> Condition {
        let (sql, values) = table.seen(condition).template
        return .test("\(column) IN (SELECT \(selected) FROM \(table.rawValue) WHERE \(sql))", values)
    }

    /// The list of strings in `column`, stored as `SQLValue.strings` does, contains exactly `element`.
    ///
    /// Looked for is the element with its quotation marks, and with those of its neighbours: within an element such
    /// marks are escaped. LIKE would not do: whether it minds the case of letters depends on the engine.
    public static func contains(_ column: String, element: String) -> Condition {
        let list = "coalesce(\(column), '[]')"
        let framed = "'\",' || substr(\(list), 2, length(\(list)) - 2) || ',\"'"
        let wanted = "\",\(JSONValue.string(element).serialized()),\""
        return .test("length(replace(\(framed), ?, '')) < length(\(list)) + 2", [.text(wanted)])
    }

    /// The condition with a `?` for each of its values.
    private var template: (sql: String, values: [SQLValue]) {
        switch self {
        case .all(let conditions): Self.template(conditions, " AND ", none: "TRUE")
        case .any(let conditions): Self.template(conditions, " OR ", none: "FALSE")
        case .not(let condition): ("NOT (\(condition.template.sql))", condition.template.values)
        case .test(let sql, let values): (sql, values)
        }
    }

    private static func template(
        _ conditions: [Condition], _ word: String, none: String
    ) -> (sql: String, values: [SQLValue]) {
        guard !conditions.isEmpty else { return (none, []) }
        let parts = conditions.map(\.template)
        return (parts.map { "(\($0.sql))" }.joined(separator: word), parts.flatMap(\.values))
    }
}

extension Table {
    /// The condition, and that others may see the row at all.
    fileprivate func seen(_ condition: Condition) -> Condition {
        switch self {
        case .run: .all([condition, Store.isVisible])
        case .batch: .all([condition, .test("batch.is_visible = TRUE", [])])
        case .flow, .deployment, .agent, .workPool, .workQueue, .taskRun, .variable, .artifact, .artifactCollection,
            .blockType, .blockSchema, .blockDocument, .savedSearch, .automation, .hook, .sensor:
            condition
        }
    }
}
