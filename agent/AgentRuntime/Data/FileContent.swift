import Glibc

/// Whole small files, read and written.
enum FileContent {
    static func read(_ path: String) throws(AgentDataError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .unusable(path: path, reason: systemReason(errno)) }
        defer { close(file) }
        return try read(descriptor: file, path: path)
    }

    /// Reads from the beginning as much as the file has now.
    static func read(descriptor: Int32, path: String) throws(AgentDataError) -> [UInt8] {
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw .unusable(path: path, reason: systemReason(errno)) }
        var bytes = [UInt8](repeating: 0, count: Int(information.st_size))
        var position = 0
        while position < bytes.count {
            let count = bytes[position...].withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress, $0.count, off_t(position))
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .unusable(path: path, reason: systemReason(errno)) }
            if count == 0 { return Array(bytes[..<position]) }
            position += count
        }
        return bytes
    }

    /// Creates or replaces the file. It is cut to its length at the end: one that is emptied first is written to the disk
    /// by ext4 the moment that it is closed.
    static func write(_ content: some Sequence<UInt8>, to path: String, mode: mode_t = 0o600) throws(AgentDataError) {
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, mode)
        guard file >= 0 else { throw .unusable(path: path, reason: systemReason(errno)) }
        defer { close(file) }
        let bytes = Array(content)
        var position = 0
        while position < bytes.count {
            let count = bytes[position...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .unusable(path: path, reason: systemReason(errno)) }
            position += count
        }
        guard ftruncate(file, off_t(bytes.count)) == 0 else { throw .unusable(path: path, reason: systemReason(errno)) }
    }
}
