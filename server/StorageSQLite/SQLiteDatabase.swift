import GRDB
public import Storage

/// A database in a file, or in memory for tests.
///
/// Writes go through one connection in groups (see `GroupCommit`), reads run beside them on others. One process has
/// the file open: a second one is refused.
public final class SQLiteDatabase: Sendable {
    let path: String?
    private let lock: ProcessLock?
    let writerLane: Lane
    let writer: GroupCommit
    /// None in memory, where nothing but the writer's connection sees the tables.
    private let readers: Readers?

    /// Opens, creates or migrates the database at `path`.
    ///
    /// - Parameters:
    ///   - path: of the file, whose folder exists. Beside it come `-wal` and `-shm` (SQLite's), `.lock`, and
    ///     `.schema-N`, a copy from before a migration of a database of version N.
    ///   - schema: what it is brought to.
    ///   - readers: how many reads run at once.
    ///   - isGuarded: true where something else keeps other processes from it.
    /// - Throws: `unavailable` when another process has it open, when a newer release wrote it, or when the disk
    ///   refuses; `corrupt` when it is no database.
    public convenience init(
        path: String, schema: Schema, readers: Int = 4, isGuarded: Bool = false
    ) throws(StorageError) {
        try self.init(path: path, schema: schema, readers: readers, isGuarded: isGuarded, monotonicStopwatch)
    }

    /// An empty database that nobody else sees, gone with this object.
    public init(inMemory schema: Schema) throws(StorageError) {
        path = nil
        lock = nil
        writerLane = try Lane(path: ":memory:", .writer(isFile: false))
        writer = GroupCommit(on: writerLane, monotonicStopwatch)
        readers = nil
        try writerLane.performNow { try $0.migrate(to: schema, at: nil) }
    }

    init(
        path: String, schema: Schema, readers: Int, isGuarded: Bool = false, _ stopwatch: @escaping Stopwatch
    ) throws(StorageError) {
        self.path = path
        lock = isGuarded ? nil : try ProcessLock(besides: path)
        let writerLane = try Lane(path: path, .writer(isFile: true))
        self.writerLane = writerLane
        try writerLane.performNow { connection in
            // GRDB sets NORMAL whenever it turns WAL on: a commit would survive a crash of ours, but not of the host.
            try connection.control("PRAGMA synchronous = FULL")
            try connection.migrate(to: schema, at: path)
        }
        writer = GroupCommit(on: writerLane, stopwatch)
        var lanes: [Lane] = []
        for _ in 0..<max(readers, 1) { lanes.append(try Lane(path: path, .reader)) }
        self.readers = Readers(lanes)
    }

    /// Ends the work that waits, writes the log back into the file and closes it. Later transactions are refused.
    ///
    /// - Throws: `unavailable` when the disk refuses; what was acknowledged is kept all the same.
    public func close() async throws(StorageError) {
        writer.close()
        // The writer serves what waits group by group: each turn may leave some for the next.
        while !writer.isIdle { await writerLane.turn() }
        try readers?.close()
        try writerLane.close()
        lock?.release()
    }
}

extension SQLiteDatabase: Storage.Database {
    public func transaction<Value: Sendable>(
        _ mode: TransactionMode, _ body: @escaping @Sendable (any Connection) throws -> Value
    ) async throws -> Value {
        switch mode {
        case .write: try await writer.run(body)
        case .read:
            if let readers {
                try await readers.run(body)
            } else {
                try await writerLane.perform { try $0.readOnly(body) }
            }
        }
    }
}
