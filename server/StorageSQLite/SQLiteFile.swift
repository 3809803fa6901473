public import Storage

/// A database file that is looked at and changed in nothing, for checks and backups. Another process may have it open
/// and write to it meanwhile: it is not kept waiting.
///
/// Calls block their thread: this is for programs that do one thing.
public final class SQLiteFile: Sendable {
    /// Of the file.
    public let path: String
    private let lane: Lane

    /// - Throws: `unavailable` when it is not there, `corrupt` when it is no database.
    public init(_ path: String) throws(StorageError) {
        self.path = path
        lane = try Lane(path: path, .reader)
    }

    /// The version of its schema; 0 if it has none.
    ///
    /// - Throws: `StorageError`.
    public func version() throws(StorageError) -> Int {
        try lane.performNow { try MigrationSnapshot.version($0) }
    }

    /// Runs `body` on one consistent view.
    ///
    /// - Throws: `StorageError`, also for what else `body` throws.
    public func read<Value>(_ body: (any Connection) throws -> Value) throws(StorageError) -> Value {
        try lane.performNow { try $0.snapshot(body) }
    }

    /// What SQLite itself finds wrong in the file, a line each: pages, indices, references.
    ///
    /// - Parameter limit: how many at most.
    /// - Throws: `StorageError` when the file cannot be read at all.
    public func damage(limit: Int = 100) throws(StorageError) -> [String] {
        try read { connection in
            let structure = try connection.run("PRAGMA integrity_check(\(limit))").map { row in
                var reader = row.reader
                return try reader.text()
            }
            let references = try connection.run("PRAGMA foreign_key_check").map { row in
                "a row of \(row.values[0].words) refers to one of \(row.values[2].words) that is not there"
            }
            return structure.filter { $0 != "ok" } + references.prefix(limit)
        }
    }

    /// Writes all that is committed now to a fresh, compact database file, and syncs it. The writer of this one goes
    /// on; only its log grows for as long.
    ///
    /// - Parameter copy: the path; nothing may be there.
    /// - Throws: `StorageError`; then `copy` may be there in part.
    public func copy(to copy: String) throws(StorageError) {
        try lane.performNow { connection in
            _ = try connection.run("VACUUM INTO $1", .text(copy))
        }
        guard MigrationSnapshot.sync(copy) else { throw .unavailable("\(copy) could not be synced to disk") }
    }

    /// Closes it. Later calls fail.
    ///
    /// - Throws: `StorageError`.
    public func close() throws(StorageError) { try lane.close() }
}

extension SQLValue {
    /// For a message.
    fileprivate var words: String {
        switch self {
        case .null: "null"
        case .integer(let number): "\(number)"
        case .real(let number): "\(number)"
        case .text(let text): text
        case .bytes(let bytes): "\(bytes.count) bytes"
        }
    }
}
