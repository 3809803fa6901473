import Glibc
import Storage

/// A copy of a database as it was before a migration, so that the release that wrote it can be had back.
enum MigrationSnapshot {
    /// The schema version that a database has; 0 for a new one.
    static func version(_ connection: some Connection) throws(StorageError) -> Int {
        let tables = try connection.run(
            "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'")
        guard try tables.first?.count() == 1 else { return 0 }
        return try connection.run("SELECT coalesce(max(version), 0) FROM schema_version").first?.count() ?? 0
    }

    /// Copies the database to `PATH.schema-VERSION`, whole or not at all. A copy of an earlier, failed try is replaced.
    static func take(of path: String, version: Int, _ connection: SQLiteConnection) throws(StorageError) {
        let copy = "\(path).schema-\(version)"
        let unfinished = copy + ".part"
        unlink(unfinished)
        _ = try connection.run("VACUUM INTO $1", .text(unfinished))
        guard sync(unfinished), rename(unfinished, copy) == 0 else {
            throw .unavailable("keeping \(copy) before the migration failed: \(String(cString: strerror(errno)))")
        }
    }

    static func sync(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return fsync(descriptor) == 0
    }
}
