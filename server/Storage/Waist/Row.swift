public import Domain
public import JSON

/// One row of an answer. Columns are read in their order, by whoever wrote the SELECT that lists them.
public struct Row: Sendable {
    public let values: [SQLValue]

    public init(_ values: [SQLValue]) { self.values = values }

    /// A reader at the first column.
    public var reader: RowReader { RowReader(self) }

    /// The only column of a row that counts something.
    public func count() throws(StorageError) -> Int {
        var reader = reader
        return try reader.int()
    }
}

/// Reads a row's columns one after the other, each as what it is.
public struct RowReader {
    private let row: Row
    private var position = 0

    init(_ row: Row) { self.row = row }

    private mutating func next() throws(StorageError) -> SQLValue {
        guard position < row.values.count else { throw .corrupt("a row has only \(row.values.count) columns") }
        defer { position += 1 }
        return row.values[position]
    }

    private func mismatch(_ wanted: String, _ value: SQLValue) -> StorageError {
        .corrupt("column \(position) holds \(value) instead of \(wanted)")
    }

    /// Text, or nothing where the column is null.
    public mutating func optionalText() throws(StorageError) -> String? {
        switch try next() {
        case .null: return nil
        case .text(let text): return text
        case let other: throw mismatch("text", other)
        }
    }

    /// Text.
    public mutating func text() throws(StorageError) -> String {
        guard let text = try optionalText() else { throw mismatch("text", .null) }
        return text
    }

    /// A whole number, or nothing.
    public mutating func optionalInt64() throws(StorageError) -> Int64? {
        switch try next() {
        case .null: return nil
        case .integer(let number): return number
        case let other: throw mismatch("a whole number", other)
        }
    }

    /// A whole number, or nothing.
    public mutating func optionalInt() throws(StorageError) -> Int? { try optionalInt64().map { Int($0) } }

    /// A whole number.
    public mutating func int() throws(StorageError) -> Int {
        guard let number = try optionalInt64() else { throw mismatch("a whole number", .null) }
        return Int(number)
    }

    /// A whole number.
    public mutating func flag() throws(StorageError) -> Bool { try int() != 0 }

    /// A number, be it whole or not.
    public mutating func real() throws(StorageError) -> Double {
        switch try next() {
        case .real(let number): return number
        case .integer(let number): return Double(number)
        case let other: throw mismatch("a number", other)
        }
    }

    /// Bytes; none where the column is null.
    public mutating func bytes() throws(StorageError) -> [UInt8] {
        switch try next() {
        case .bytes(let bytes): return bytes
        case .null: return []
        case let other: throw mismatch("bytes", other)
        }
    }

    /// A time, or nothing.
    public mutating func optionalTime() throws(StorageError) -> Timestamp? {
        try optionalInt64().map { Timestamp(microseconds: $0) }
    }

    /// A time.
    public mutating func time() throws(StorageError) -> Timestamp {
        guard let time = try optionalTime() else { throw mismatch("a time", .null) }
        return time
    }

    /// A whole number, or nothing.
    public mutating func span() throws(StorageError) -> Duration { .microseconds(try optionalInt64() ?? 0) }

    /// An id, or nothing.
    public mutating func optionalID<Subject>(
        _: Subject.Type = Subject.self
    ) throws(StorageError) -> ID<Subject>? {
        guard let text = try optionalText() else { return nil }
        guard let id = ID<Subject>(text) else { throw mismatch("an id", .text(text)) }
        return id
    }

    /// An id.
    public mutating func id<Subject>(_: Subject.Type = Subject.self) throws(StorageError) -> ID<Subject> {
        guard let id = try optionalID(Subject.self) else { throw mismatch("an id", .null) }
        return id
    }

    /// A JSON document, or nothing.
    public mutating func optionalJSON() throws(StorageError) -> JSONValue? {
        guard let text = try optionalText() else { return nil }
        do {
            return try JSONValue(parsing: text)
        } catch {
            throw .corrupt("column \(position) holds broken JSON: \(error)")
        }
    }

    /// What `SQLValue.json` stored: nothing means empty.
    public mutating func object() throws(StorageError) -> JSONObject {
        guard let value = try optionalJSON() else { return [:] }
        guard let object = value.objectValue else { throw mismatch("a JSON object", .text(value.serialized())) }
        return object
    }

    /// What `SQLValue.strings` stored: nothing means empty.
    public mutating func strings() throws(StorageError) -> [String] {
        try optionalJSON()?.arrayValue?.compactMap(\.stringValue) ?? []
    }
}
