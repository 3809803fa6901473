import Domain
import JSON
import Storage

/// A filter on one kind of thing while it is read: an object whose members are tests, joined by its `operator`.
///
/// The operators are those of Prefect's API: `any_` (of an empty list: nothing), `not_any_`, `all_`, `like_`,
/// `startswith_`, `is_null_`, `exists_`, `eq_`, `ge_`, `le_`, `before_` and `after_` (both including the moment itself). What is
/// absent or null tests nothing.
struct FilterGroup {
    private let reader: JSONReader
    private var conditions: [Condition] = []

    init(_ reader: JSONReader) throws(JSONReadingError) {
        _ = try reader.object
        self.reader = reader
    }

    /// Everything that was read, as one condition.
    var condition: Condition {
        get throws(JSONReadingError) {
            let isAlternative = try reader.optional("operator", as: FilterOperator.self) == .or
            return isAlternative && !conditions.isEmpty ? .any(conditions) : .all(conditions)
        }
    }

    /// Adds a test that nobody had to ask for.
    mutating func add(_ condition: Condition) { conditions.append(condition) }

    /// Reads the member `key`, if it is there, as tests that are joined by its own operator.
    mutating func group(
        _ key: String, _ read: (inout FilterGroup) throws(JSONReadingError) -> Void
    ) throws(JSONReadingError) {
        guard let member = try reader.optional(key) else { return }
        var group = try FilterGroup(member)
        try read(&group)
        conditions.append(try group.condition)
    }

    /// Adds what `make` makes of the member `key`, if it is there.
    mutating func test<Value: JSONReadable>(
        _ key: String, as: Value.Type = Value.self, _ make: (Value) -> Condition
    ) throws(JSONReadingError) {
        guard let value: Value = try reader.optional(key) else { return }
        conditions.append(make(value))
    }
}

enum FilterOperator: String, CaseIterable, JSONReadable {
    case and = "and_"
    case or = "or_"
}

// MARK: - Tests of one column

extension FilterGroup {
    mutating func ids<Subject>(
        _ key: String, of _: Subject.Type, in column: String
    ) throws(JSONReadingError) {
        try group(key) { group throws(JSONReadingError) in
            try group.test("any_") { (ids: [ID<Subject>]) in .isAny(column, of: ids.map { .id($0) }) }
            try group.test("not_any_") { (ids: [ID<Subject>]) in .not(.isAny(column, of: ids.map { .id($0) })) }
            // Sluice's own: a page by its key, however far from the beginning, costs no more than the first.
            try group.test("before_") { (id: ID<Subject>) in .test("\(column) < ?", [.id(id)]) }
            try group.test("after_") { (id: ID<Subject>) in .test("\(column) > ?", [.id(id)]) }
            try group.absence(of: column)
        }
    }

    mutating func text(_ key: String, in column: String) throws(JSONReadingError) {
        try group(key) { group throws(JSONReadingError) in
            try group.test("any_") { (texts: [String]) in .isAny(column, of: texts.map { .text($0) }) }
            try group.test("not_any_") { (texts: [String]) in .not(.isAny(column, of: texts.map { .text($0) })) }
            try group.test("like_") { (text: String) in .contains(column, text) }
            try group.test("startswith_") { (texts: [String]) in .any(texts.map { .hasPrefix(column, $0) }) }
            try group.absence(of: column)
        }
    }

    mutating func time(_ key: String, in column: String) throws(JSONReadingError) {
        try group(key) { group throws(JSONReadingError) in
            try group.test("before_") { (time: Timestamp) in .test("\(column) <= ?", [.time(time)]) }
            try group.test("after_") { (time: Timestamp) in .test("\(column) >= ?", [.time(time)]) }
            try group.absence(of: column)
        }
    }

    mutating func number(_ key: String, in column: String) throws(JSONReadingError) {
        try group(key) { group throws(JSONReadingError) in
            try group.test("ge_") { (number: Int) in .test("\(column) >= ?", [.int(number)]) }
            try group.test("le_") { (number: Int) in .test("\(column) <= ?", [.int(number)]) }
            try group.absence(of: column)
        }
    }

    mutating func flag(_ key: String, in column: String) throws(JSONReadingError) {
        try group(key) { group throws(JSONReadingError) in
            try group.test("eq_") { (flag: Bool) in .test("\(column) = ?", [.flag(flag)]) }
        }
    }

    mutating func tags(_ key: String = "tags", in column: String) throws(JSONReadingError) {
        try group(key) { group throws(JSONReadingError) in
            try group.test("all_") { (tags: [String]) in .all(tags.map { .contains(column, element: $0) }) }
            try group.test("any_") { (tags: [String]) in .any(tags.map { .contains(column, element: $0) }) }
            // No tags are stored as nothing.
            try group.absence(of: column)
        }
    }

    private mutating func absence(of column: String) throws(JSONReadingError) {
        try test("is_null_") { (isNull: Bool) in .test("\(column) IS \(isNull ? "" : "NOT ")NULL", []) }
        try test("exists_") { (exists: Bool) in .test("\(column) IS \(exists ? "NOT " : "")NULL", []) }
    }
}
