import CSodium
import Glibc

/// An open file, closed when it is let go of.
final class OpenFile {
    let path: String
    private let descriptor: Int32

    /// - Parameter permissions: those of a file that is made, without regard to the umask.
    init(_ path: String, flags: Int32, permissions: mode_t? = nil) throws(BundleError) {
        self.path = path
        descriptor = open(path, flags | O_CLOEXEC, permissions ?? 0)
        guard descriptor >= 0 else { throw .system("open", path) }
        if let permissions, fchmod(descriptor, permissions) != 0 {
            throw .system("set the permissions of", path)
        }
    }

    deinit {
        close(descriptor)
    }

    func status() throws(BundleError) -> FileStatus {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system("examine", path) }
        return FileStatus(status)
    }

    /// Reads until the buffer is full or the file ends; returns how many bytes there were.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(BundleError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let count = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
            if count == 0 { break }
            if count < 0 {
                guard errno == EINTR else { throw .system("read", path) }
                continue
            }
            filled += count
        }
        return filled
    }

    /// Reads from `offset` on until the buffer is full or the file ends; returns how many bytes there were.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(BundleError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let target = buffer.baseAddress?.advanced(by: filled)
            let count = pread(descriptor, target, buffer.count - filled, off_t(offset + filled))
            if count == 0 { break }
            if count < 0 {
                guard errno == EINTR else { throw .system("read", path) }
                continue
            }
            filled += count
        }
        return filled
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(BundleError) {
        var written = 0
        while written < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            if count < 0 {
                guard errno == EINTR else { throw .system("write", path) }
                continue
            }
            written += count
        }
    }

    func rewind() throws(BundleError) {
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw .system("read", path) }
    }

    /// Puts a file's content, or a folder's entries, on disk.
    func sync() throws(BundleError) {
        guard fsync(descriptor) == 0 else { throw .system("write", path) }
    }

    /// Puts everything on disk that this file's file system still holds in memory.
    func syncFileSystem() throws(BundleError) {
        guard syncfs(descriptor) == 0 else { throw .system("write", path) }
    }
}

/// What the system knows of a file; two equal ones mean that nothing has changed between.
struct FileStatus: Equatable {
    let type: mode_t
    let isExecutable: Bool
    let bytes: Int
    private let device: dev_t
    private let inode: ino_t
    /// Seconds and nanoseconds.
    let modified: [Int]
    private let changed: [Int]

    init(_ status: stat) {
        type = status.st_mode & S_IFMT
        isExecutable = status.st_mode & S_IXUSR != 0
        bytes = Int(status.st_size)
        device = status.st_dev
        inode = status.st_ino
        modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
        changed = [status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
    }

    /// Of the file itself, also if it is a link; nil if there is none.
    static func at(_ path: String) throws(BundleError) -> FileStatus? {
        var status = stat()
        if lstat(path, &status) == 0 { return FileStatus(status) }
        guard errno == ENOENT || errno == ENOTDIR else { throw .system("examine", path) }
        return nil
    }
}

extension BundleError {
    /// The system's refusal of just now.
    static func system(_ action: String, _ path: String) -> BundleError {
        .system(action: action, path: path, code: errno)
    }
}
