import Glibc

/// Whole small files, read and written.
enum FileContent {
    static func read(_ path: String) throws(AgentDataError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .unusable(path: path, reason: systemReason(errno)) }
        defer { close(file) }
        return try read(descriptor: file, path: path)
    }

    /// Reads from the current position to the end.
    static func read(descriptor: Int32, path: String) throws(AgentDataError) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { return bytes }
            if count > 0 {
                bytes += buffer[..<count]
            } else if errno != EINTR {
                throw .unusable(path: path, reason: systemReason(errno))
            }
        }
    }

    /// Creates or replaces the file.
    static func write(_ content: some Sequence<UInt8>, to path: String, mode: mode_t = 0o600) throws(AgentDataError) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
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
    }
}
