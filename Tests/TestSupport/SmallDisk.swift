import Glibc

/// A file system of a few megabytes in memory, to fill up. It needs the right to mount one.
public final class SmallDisk: Sendable {
    /// Where it is.
    public let path: String

    /// Whether this process may mount one.
    public static let isPermitted: Bool = (try? SmallDisk(bytes: 1 << 20)) != nil

    /// - Throws: `SmallDiskFailure` when that is not permitted.
    public init(bytes: Int) throws {
        var template = Array("/tmp/sluice-disk-XXXXXX".utf8CString)
        guard let folder = mkdtemp(&template).map({ String(cString: $0) }) else { throw SmallDiskFailure(code: errno) }
        guard mount("sluice-test", folder, "tmpfs", 0, "size=\(bytes)") == 0 else {
            let code = errno
            rmdir(folder)
            throw SmallDiskFailure(code: code)
        }
        path = folder
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
        rmdir(path)
    }

    /// Takes all the room that there is, but for so many bytes.
    public func fill(leaving bytes: Int = 0) {
        let file = open("\(path)/ballast", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        defer { close(file) }
        let block = [UInt8](repeating: 1, count: 4096)
        while free > bytes, write(file, block, block.count) == block.count {}
    }

    /// Gives back what `fill` has taken.
    public func empty() { unlink("\(path)/ballast") }

    /// Bytes that are free.
    public var free: Int {
        var information = statvfs()
        return statvfs(path, &information) == 0 ? Int(information.f_bavail) * Int(information.f_frsize) : 0
    }
}

/// There is no small disk to be had.
public struct SmallDiskFailure: Error {
    public let code: Int32
}
