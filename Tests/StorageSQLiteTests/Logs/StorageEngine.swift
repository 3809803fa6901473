import Storage
import StorageSQLite
import Testing

/// A way to get an empty database. What is checked with it holds for every engine.
struct StorageEngine: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let open: @Sendable (Schema) throws -> any Database

    static let file = StorageEngine(testDescription: "SQLite in a file") { schema in
        let folder = try TemporaryFolder()
        let database = try SQLiteDatabase(path: folder.file("a.sqlite"), schema: schema, readers: 2)
        return DatabaseInFolder(database: database, folder: folder)
    }

    static let memory = StorageEngine(testDescription: "SQLite in memory") { try SQLiteDatabase(inMemory: $0) }

    static let all = [file, memory]

    /// An empty log store.
    func logs() throws -> LogStore { LogStore(try open(LogSchema.schema)) }
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
