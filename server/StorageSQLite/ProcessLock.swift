import Glibc
import Storage
import Synchronization

/// A file beside a database that one process locks while it has the database open.
///
/// SQLite would let several processes write in turns, and then one of them meets "database is locked".
public final class ProcessLock: Sendable {
    private let held: Mutex<Int32?>

    /// - Parameter database: its path; the file itself need not exist, its folder must.
    /// - Throws: `StorageError.unavailable`, which names the process that holds the lock.
    public init(besides database: String) throws(StorageError) {
        let path = database + ".lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("opening", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            defer { close(descriptor) }
            guard errno == EWOULDBLOCK else { throw Self.failure("locking", path) }
            throw .unavailable(
                "\(database) is in use by \(Self.holder(descriptor)): end that one first, or use another data directory"
            )
        }
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else {
            defer { close(descriptor) }
            throw Self.failure("writing", path)
        }
        held = Mutex(descriptor)
    }

    deinit { release() }

    /// Lets others have the database. The file stays: if it were removed, two processes could come to lock two files.
    public func release() {
        held.withLock { descriptor in
            if let descriptor { close(descriptor) }
            descriptor = nil
        }
    }

    private static func holder(_ descriptor: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 32)
        let count = max(pread(descriptor, &buffer, buffer.count, 0), 0)
        let digits = buffer[..<count].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return digits.isEmpty ? "another process" : "process \(String(decoding: digits, as: UTF8.self))"
    }

    private static func failure(_ doing: String, _ path: String) -> StorageError {
        .unavailable("\(doing) \(path) failed: \(String(cString: strerror(errno)))")
    }
}
