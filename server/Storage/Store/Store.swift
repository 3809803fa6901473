import Domain

/// Everything that Sluice keeps, as questions and changes on one connection. It lives as long as a transaction's body.
///
/// Each file of this folder holds the SQL of one subject beside the methods that run it.
public struct Store {
    let connection: any Connection
    let tallies = TallyLedger()

    public init(_ connection: any Connection) { self.connection = connection }

    func rows(_ sql: String, _ values: SQLValue...) throws(StorageError) -> [Row] { try connection.run(sql, values) }

    /// Executes a statement for many ids, as few times as may be: it stands before its list of ids.
    func rows<Entity>(_ texts: ListStatements, for ids: [ID<Entity>]) throws(StorageError) -> [Row] {
        var found: [Row] = []
        var rest = ids[...]
        while let last = rest.last {
            let (text, length) = texts.fitting(rest.count)
            // A text for each length would be one to prepare for each; an id that stands twice in a list is found once.
            let list = rest.prefix(length) + repeatElement(last, count: max(0, length - rest.count))
            found += try connection.run(text, list.map { .id($0) })
            rest = rest.dropFirst(length)
        }
        return found
    }

    /// Executes a statement that answers nothing.
    func execute(_ sql: String, _ values: SQLValue...) throws(StorageError) { _ = try connection.run(sql, values) }

    /// Executes a statement that changes rows: how many it has changed.
    func change(_ sql: String, _ values: SQLValue...) throws(StorageError) -> Int { try connection.change(sql, values) }

    func count(_ sql: String, _ values: SQLValue...) throws(StorageError) -> Int {
        try connection.run(sql, values).first?.count() ?? 0
    }
}

extension Database {
    /// A transaction whose body talks to the store.
    public func write<Result: Sendable>(
        _ body: @escaping @Sendable (Store) throws -> Result
    ) async throws -> Result {
        try await transaction(.write) { connection in
            let store = Store(connection)
            let result = try body(store)
            try store.writeTallies()
            return result
        }
    }

    /// A consistent view of the store.
    public func read<Result: Sendable>(
        _ body: @escaping @Sendable (Store) throws -> Result
    ) async throws -> Result {
        try await transaction(.read) { try body(Store($0)) }
    }
}

extension [Row] {
    /// Each row, read by `body`.
    func decoded<Value>(
        _ body: (inout RowReader) throws(StorageError) -> Value
    ) throws(StorageError) -> [Value] {
        var elements: [Value] = []
        elements.reserveCapacity(count)
        for row in self {
            var reader = row.reader
            elements.append(try body(&reader))
        }
        return elements
    }
}

/// One statement with lists of some lengths, put together once.
struct ListStatements: Sendable {
    private let texts: [(text: String, length: Int)]

    /// - Parameter head: the statement but for the list, after `IN`.
    init(_ head: String) { texts = [1, 8, 64].map { ("\(head) (\(placeholders($0)))", $0) } }

    /// The shortest list in which so many have room, or the longest one.
    func fitting(_ count: Int) -> (text: String, length: Int) {
        texts.first { $0.length >= count } ?? texts[texts.count - 1]
    }
}

/// `$1, $2 … $n`, beginning after `offset`.
func placeholders(_ count: Int, after offset: Int = 0) -> String {
    (0..<count).map { "$\(offset + $0 + 1)" }.joined(separator: ", ")
}
