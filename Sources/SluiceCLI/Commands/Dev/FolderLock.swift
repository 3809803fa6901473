import Glibc

/// Keeps a folder to one `sluice dev`, for as long as this is held.
final class FolderLock: Sendable {
    private let descriptor: Int32

    /// - Throws: `CommandFailure` when another holds it.
    init(_ folder: String) throws(CommandFailure) {
        let path = "\(folder)/dev.lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .failed("cannot write to \(folder): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .failed("another 'sluice dev' uses \(folder): end that one, or choose another folder with --data")
        }
    }

    deinit {
        close(descriptor)
    }
}
