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
    private let stopFlag = StopFlag()
    private var isReleased = false
    /// Whether statements that change something are refused.
    var refusesWrites = false

    init(_ database: GRDB.Database) {
        self.database = database
        statements = StatementCache(database)
        watchForStop()
    }

    /// Lets a statement look now and then whether it is to stop. An interrupt alone stops only what runs already: one
    /// that comes a moment before the first step would be lost, and the statement would go on to its end.
    private func watchForStop() {
        let operations: Int32 = 1000
        // SQLite does not tell when it has asked for the last time, so the flag is never freed: some bytes a connection.
        sqlite3_progress_handler(
            database.sqliteConnection, operations,
            { flag in
                guard let flag else { return 0 }
                return Unmanaged<StopFlag>.fromOpaque(flag).takeUnretainedValue().isSet ? 1 : 0
            }, Unmanaged.passRetained(stopFlag).toOpaque())
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
        stopFlag.isSet = true
        queue.interrupt()
    }

    func resume() { stopFlag.isSet = false }
}

/// Whether a connection is to stop what it does.
private final class StopFlag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool {
        get { value.load(ordering: .relaxed) }
        set { value.store(newValue, ordering: .relaxed) }
    }
}

// Everything but `stop` is called on the lane's queue only, and `stop` touches only what is atomic.
extension SQLiteConnection: @unchecked Sendable {}

extension SQLiteConnection: Storage.Connection {
    var dialect: Dialect { Dialect(clusteredTable: "WITHOUT ROWID", bytesType: "BLOB") }

    func change(_ sql: String, _ values: [SQLValue]) throws(StorageError) -> Int {
        _ = try run(sql, values)
        return Int(sqlite3_changes64(database.sqliteConnection))
    }

    func run(_ sql: String, _ values: [SQLValue]) throws(StorageError) -> [Storage.Row] {
        guard !isReleased else { throw SQLiteFailure.closed }
        guard !stopFlag.isSet else { throw .unavailable("the transaction was cancelled") }
        let statement = try statements.statement(sql)
        guard !refusesWrites || statement.isReadOnly else {
            throw SQLiteFailure.error(code: SQLITE_READONLY, message: "a read would change something", during: sql)
        }
        return try statement.run(values)
    }
}
