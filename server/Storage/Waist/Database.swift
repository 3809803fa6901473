/// The narrow waist to a database engine: transactions of synchronous bodies, and nothing else.
///
/// A body cannot await, so nothing can be waited for inside a transaction. Engines conform; faults are injected, and
/// calls are timed, by wrapping this one method.
public protocol Database: Sendable {
    /// Runs `body` in a transaction and returns what it returns, once that is durable.
    ///
    /// - Throws: what `body` throws (then nothing of it is kept), or `StorageError`.
    func transaction<Result: Sendable>(
        _ mode: TransactionMode, _ body: @escaping @Sendable (any Connection) throws -> Result
    ) async throws -> Result
}

/// A database whose file keeps what deletions have freed until it is asked to give that back.
public protocol SpaceReclaimer: Sendable {
    /// Gives what is free back to the disk, but for a small reserve, in steps so small that no write waits for long.
    ///
    /// - Throws: `StorageError` when it is closed or the disk refuses.
    func reclaimSpace() async throws
}

/// Whether a transaction may change something.
public enum TransactionMode: Sendable {
    /// A consistent view of what is committed. Runs beside other transactions.
    case read
    /// May change everything. Runs alone, is committed together with those that waited with it, and is answered after
    /// the commit. A body may run again if the group that it was committed with fails.
    case write
}

/// What a transaction's body talks to.
public protocol Connection {
    /// What differs between engines.
    var dialect: Dialect { get }

    /// Executes one statement.
    ///
    /// - Parameters:
    ///   - sql: in the portable subset (see `Storage.md`), with the parameters `$1 … $n`, which appear for the first
    ///     time in this order.
    ///   - values: one a parameter.
    /// - Returns: the rows; none for a statement without `RETURNING`.
    func run(_ sql: String, _ values: [SQLValue]) throws(StorageError) -> [Row]

    /// Executes one statement that inserts, updates or deletes, without `RETURNING`.
    ///
    /// - Returns: how many rows it has changed. To count them costs less than to have them returned.
    func change(_ sql: String, _ values: [SQLValue]) throws(StorageError) -> Int
}

extension Connection {
    /// The same with the values written out.
    public func run(_ sql: String, _ values: SQLValue...) throws(StorageError) -> [Row] { try run(sql, values) }
}

/// The fragments of SQL that engines do not share. There are no others.
public struct Dialect: Sendable {
    /// Put after a table's definition: its rows live in the primary key's tree.
    public let clusteredTable: String
    /// The type of a column of bytes.
    public let bytesType: String

    public init(clusteredTable: String, bytesType: String) {
        self.clusteredTable = clusteredTable
        self.bytesType = bytesType
    }
}

/// What can go wrong with a database.
public enum StorageError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Somebody else changed the row first: load, decide and try again.
    case conflict(String)
    /// A rule of the schema is broken: a key that exists already, a reference to nothing.
    case constraint(String)
    /// It cannot be used now (file gone, disk failing, shut down); later it may.
    case unavailable(String)
    /// The disk has no room for the change, of which nothing was kept. What was acknowledged before is, and can be read.
    case full(String)
    /// What is stored cannot be understood.
    case corrupt(String)

    public var description: String {
        switch self {
        case .conflict(let what): "changed meanwhile: \(what)"
        case .constraint(let what): "not allowed: \(what)"
        case .unavailable(let what): "storage is unavailable: \(what)"
        case .full(let what): "the server's disk is full: \(what)"
        case .corrupt(let what): "storage is damaged: \(what)"
        }
    }
}
