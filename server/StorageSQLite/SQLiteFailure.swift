import GRDB
import GRDBSQLite
import Storage

/// What SQLite's result codes mean to the rest of Sluice.
enum SQLiteFailure {
    static let closed = StorageError.unavailable("the database is closed: the server is shutting down")

    /// - Parameters:
    ///   - code: a result code, extended or not.
    ///   - message: SQLite's own words.
    ///   - context: the statement, or what was tried.
    static func error(code: Int32, message: String, during context: String) -> StorageError {
        switch code & 0xFF {
        case SQLITE_CONSTRAINT: .constraint(message)
        case SQLITE_TOOBIG: .constraint("a value is larger than SQLite takes (1 GB), in: \(context)")
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            .corrupt("\(message); restore the newest backup (during: \(context))")
        case SQLITE_ERROR, SQLITE_MISUSE, SQLITE_RANGE, SQLITE_MISMATCH, SQLITE_SCHEMA:
            .corrupt("SQLite does not understand what it was given: \(message), in: \(context)")
        case SQLITE_FULL: .full(noRoom)
        case SQLITE_IOERR where code == noRoomForIndex: .full(noRoom)
        default: .unavailable("\(message) (SQLite result \(code)): \(remedy(code)) (during: \(context))")
        }
    }

    static func error(_ error: any Error, during context: String) -> StorageError {
        switch error {
        case let error as StorageError: error
        case let error as DatabaseError:
            self.error(
                code: error.extendedResultCode.rawValue, message: error.message ?? "no message", during: context)
        default: .unavailable("\(error) (during: \(context))")
        }
    }

    /// `SQLITE_IOERR_SHMSIZE`: the index of the write-ahead log could not grow, which only a full disk keeps it from.
    private static let noRoomForIndex = SQLITE_IOERR | (19 << 8)

    /// Without the statement, which would mean nothing to whoever asked.
    private static let noRoom =
        "nothing of this was stored; free space where it keeps its data, and it goes on by itself"

    private static func remedy(_ code: Int32) -> String {
        switch code & 0xFF {
        case SQLITE_IOERR: "look at the disk that holds it and its free space; what was acknowledged is kept"
        case SQLITE_CANTOPEN: "its folder must exist and be writable"
        case SQLITE_READONLY, SQLITE_PERM: "only a write transaction may change it, in a file that this user may write"
        case SQLITE_BUSY, SQLITE_LOCKED: "another program holds a lock on it: close that program"
        case SQLITE_INTERRUPT: "it was cancelled"
        case SQLITE_NOMEM: "memory ran out"
        default: "try again"
        }
    }
}
