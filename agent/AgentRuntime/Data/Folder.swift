import Glibc

/// Folders and the trees below them.
enum Folder {
    /// Makes a folder and its parents, as far as they are missing.
    static func make(_ path: String, mode: mode_t = 0o755) throws(AgentDataError) {
        if mkdir(path, mode) == 0 || errno == EEXIST { return }
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
        guard errno == ENOENT, !parent.isEmpty else { throw .unusable(path: path, reason: systemReason(errno)) }
        try make(parent, mode: mode)
        guard mkdir(path, mode) == 0 || errno == EEXIST else {
            throw .unusable(path: path, reason: systemReason(errno))
        }
    }

    /// The path without links and dots.
    static func absolute(_ path: String) throws(AgentDataError) -> String {
        guard let resolved = realpath(path, nil) else { throw .unusable(path: path, reason: systemReason(errno)) }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// How many bytes the file system of a folder has left for this process; nil if it does not say.
    static func freeBytes(_ path: String) -> Int? {
        var information = statvfs()
        guard statvfs(path, &information) == 0 else { return nil }
        let (bytes, overflow) = information.f_bavail.multipliedReportingOverflow(by: information.f_frsize)
        return overflow ? .max : Int(clamping: bytes)
    }

    /// The names in a folder, without `.` and `..`; none if it cannot be read.
    static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// Removes whatever is there, links themselves and not what they lead to, as far as that is possible.
    static func remove(_ path: String) {
        if unlink(path) == 0 || errno == ENOENT { return }
        if rmdir(path) == 0 { return }
        chmod(path, 0o700)  // What a run left may be closed to its owner.
        for name in names(in: path) { remove("\(path)/\(name)") }
        rmdir(path)
    }

    /// Lets everybody read and write what is there, and execute what its owner may. Links are left alone.
    static func openToAll(_ path: String) {
        var information = stat()
        guard lstat(path, &information) == 0 else { return }
        let mode = information.st_mode & 0o777
        switch information.st_mode & S_IFMT {
        case S_IFDIR:
            chmod(path, mode | 0o777)
            for name in names(in: path) { openToAll("\(path)/\(name)") }
        case S_IFREG: chmod(path, mode | (mode & 0o100 == 0 ? 0o666 : 0o777))
        default: break
        }
    }

    /// Copies a tree of folders, files and links. Links are copied as links; what is none of these is left out.
    /// The file system shares the blocks if it can.
    static func copy(_ source: String, to target: String) throws(AgentDataError) {
        var information = stat()
        guard lstat(source, &information) == 0 else { throw .unusable(path: source, reason: systemReason(errno)) }
        switch information.st_mode & S_IFMT {
        case S_IFDIR:
            guard mkdir(target, 0o700) == 0 || errno == EEXIST else {
                throw .unusable(path: target, reason: systemReason(errno))
            }
            for name in names(in: source) { try copy("\(source)/\(name)", to: "\(target)/\(name)") }
            chmod(target, (information.st_mode & 0o777) | 0o700)
        case S_IFREG: try copyFile(source, to: target, mode: (information.st_mode & 0o777) | 0o600)
        case S_IFLNK: try copyLink(source, to: target)
        default: break
        }
    }

    private static func copyLink(_ source: String, to target: String) throws(AgentDataError) {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let length = readlink(source, &buffer, buffer.count)
        guard length >= 0 else { throw .unusable(path: source, reason: systemReason(errno)) }
        let destination = String(decoding: buffer[..<length], as: UTF8.self)
        guard symlink(destination, target) == 0 else { throw .unusable(path: target, reason: systemReason(errno)) }
    }

    private static func copyFile(_ source: String, to target: String, mode: mode_t) throws(AgentDataError) {
        let from = open(source, O_RDONLY | O_CLOEXEC)
        guard from >= 0 else { throw .unusable(path: source, reason: systemReason(errno)) }
        defer { close(from) }
        let to = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard to >= 0 else { throw .unusable(path: target, reason: systemReason(errno)) }
        defer { close(to) }
        fchmod(to, mode)
        if ioctl(to, shareBlocks, from) == 0 { return }
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = read(from, &buffer, buffer.count)
            if count == 0 { return }
            guard count > 0, write(to, buffer, count) == count else {
                throw .unusable(path: target, reason: systemReason(errno == 0 ? ENOSPC : errno))
            }
        }
    }

    /// FICLONE of linux/fs.h: the copy has the original's blocks until one of them is written to.
    private static let shareBlocks: UInt = 0x4004_9409
}
