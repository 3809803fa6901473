import Domain
import Storage
import StorageSQLite
import Testing

/// A way to keep logs. What is checked with it holds for all of them.
struct StorageEngine: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Makes an empty log store.
    let logs: @Sendable () throws -> LogStore

    static let days = StorageEngine(testDescription: "SQLite, a file a day") {
        let folder = try TemporaryFolder()
        let days = try SQLiteLogFolder(path: folder.file("logs"), at: .at(0))
        return LogStore(DaysInFolder(days: days, folder: folder))
    }

    static let file = StorageEngine(testDescription: "SQLite in a file") {
        let folder = try TemporaryFolder()
        let database = try SQLiteDatabase(path: folder.file("a.sqlite"), schema: LogSchema.schema, readers: 2)
        return LogStore(DatabaseInFolder(database: database, folder: folder))
    }

    static let memory = StorageEngine(testDescription: "SQLite in memory") {
        LogStore(try SQLiteDatabase(inMemory: LogSchema.schema))
    }

    static let all = [days, file, memory]
}

/// Days whose folder is gone with them.
private struct DaysInFolder: LogDatabases {
    let days: SQLiteLogFolder
    let folder: TemporaryFolder

    func days(from first: LogDay?) async -> [LogDay] { await days.days(from: first) }
    func arrival(at now: Timestamp) async -> LogDay { await days.arrival(at: now) }
    func use<Result: Sendable>(
        _ day: LogDay, _ body: @Sendable (any Database) async throws -> Result
    ) async throws -> Result? { try await days.use(day, body) }
    func sizes() async throws -> [(day: LogDay, bytes: Int)] { try await days.sizes() }
    func bytesUsed(on day: LogDay) async throws -> Int { try await days.bytesUsed(on: day) }
    func remove(_ day: LogDay) async throws { try await days.remove(day) }
    func reclaim(_ day: LogDay) async throws { try await days.reclaim(day) }
}

/// A database whose folder is gone with it.
private struct DatabaseInFolder: Database {
    let database: SQLiteDatabase
    let folder: TemporaryFolder

    func transaction<Value: Sendable>(
        _ mode: TransactionMode, _ body: @escaping @Sendable (any Connection) throws -> Value
    ) async throws -> Value {
        try await database.transaction(mode, body)
    }
}
