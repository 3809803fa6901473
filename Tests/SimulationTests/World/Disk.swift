import Storage
import StorageSQLite

/// What outlives the server: its databases, in memory, with the watch over them.
///
/// One disk serves many worlds, one after the other: to open a database and to compile its statements takes longer than
/// most worlds do.
struct Disk: Sendable {
    let main: SQLiteDatabase
    let logs: SQLiteDatabase
    let watch: Watch

    init() async throws {
        main = try SQLiteDatabase(inMemory: .main)
        logs = try SQLiteDatabase(inMemory: LogSchema.schema)
        watch = try await Watch(in: main)
    }

    /// Makes it as it was when it was new.
    func clear() async throws {
        for database in [main, logs] {
            try await database.transaction(.write) { connection in
                // What refers to others was made after them.
                let tables = try connection.run(
                    """
                    SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'
                        AND name NOT LIKE 'schema%' ORDER BY rowid DESC
                    """)
                for table in tables {
                    var reader = table.reader
                    _ = try connection.run("DELETE FROM \(try reader.text())")
                }
            }
        }
        try await watch.reset(in: main)
    }

    func close() async throws {
        try await main.close()
        try await logs.close()
    }
}
