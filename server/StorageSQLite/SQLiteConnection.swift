import GRDB
import GRDBSQLite
import Storage
import Synchronization

/// One connection to SQLite, confined to its lane.
///
/// Statements are stepped through SQLite's C interface: GRDB's decoding and its observation of transactions cost more
/// than a small statement does.
final class SQLiteConnection {
    private let database: GRDB.Database
    private let statements: StatementCache
    /// Set from any thread; statements are refused from then on, until it is cleared.
    private let isStopped = Atomic(false)
    private var isReleased = false

    init(_ database: GRDB.Database) {
        self.database = database
        statements = StatementCache(database)
    }

    /// Whether a transaction is open. SQLite ends one by itself after some errors.
    var isInTransaction: Bool { database.isInsideTransaction }

    var statementCount: Int { statements.count }

    /// Executes a statement without parameters or rows.
    func control(_ sql: String) throws(StorageError) { _ = try run(sql, []) }

    /// Runs `body` on one consistent view of what is committed.
    func snapshot<Value>(_ body: (any Storage.Connection) throws -> Value) throws -> Value {
        try control("BEGIN DEFERRED")
        defer {
            resume()
            _ = try? control("ROLLBACK")
        }
        return try body(self)
    }

    /// Forgets the prepared statements, which SQLite wants before it closes.
    func release() {
        statements.removeAll()
        isReleased = true
    }

    /// Stops what runs, and what follows until `resume()`. From any thread.
    func stop(interrupting queue: DatabaseQueue) {
        isStopped.store(true, ordering: .relaxed)
        queue.interrupt()
    }

    func resume() { isStopped.store(false, ordering: .relaxed) }
}

// Everything but `stop` is called on the lane's queue only, and `stop` touches only what is atomic.
extension SQLiteConnection: @unchecked Sendable {}

extension SQLiteConnection: Storage.Connection {
    var dialect: Dialect { Dialect(clusteredTable: "WITHOUT ROWID", bytesType: "BLOB") }

    func run(_ sql: String, _ values: [SQLValue]) throws(StorageError) -> [Storage.Row] {
        guard !isReleased else { throw SQLiteFailure.closed }
        guard !isStopped.load(ordering: .relaxed) else { throw .unavailable("the transaction was cancelled") }
        return try statements.statement(sql).run(values)
    }
}
