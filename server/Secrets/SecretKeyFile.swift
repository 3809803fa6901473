import Glibc

/// The file that holds a server's key: 64 hexadecimal digits, readable by its owner only.
public struct SecretKeyFile: Sendable {
    private let path: String

    public init(_ path: String) { self.path = path }

    /// The key; nothing if there is no such file.
    ///
    /// - Throws: `SecretKeyFileError` when it cannot be read, or holds no key.
    public func read() throws(SecretKeyFileError) -> SecretKey? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("read")
        }
        defer { close(file) }
        var content = [UInt8](repeating: 0, count: 2 * SecretKey.size + 2)
        let count = Glibc.read(file, &content, content.count)
        guard count >= 0 else { throw failure("read") }
        let text = String(decoding: content.prefix(count), as: UTF8.self).filter { !$0.isWhitespace }
        guard let key = Self.bytes(text).flatMap({ SecretKey($0) }) else {
            throw SecretKeyFileError("\(path) holds no key: 64 hexadecimal digits were expected; put the former back")
        }
        return key
    }

    /// Writes a key that is new, whole or not at all.
    ///
    /// - Parameter bytes: `SecretKey.size` random bytes.
    /// - Throws: `SecretKeyFileError` when the file is there already, or cannot be written.
    public func create(_ bytes: [UInt8]) throws(SecretKeyFileError) -> SecretKey {
        guard let key = SecretKey(bytes) else { throw SecretKeyFileError("a key has \(SecretKey.size) bytes") }
        let partial = path + ".partial"
        unlink(partial)
        let file = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("create") }
        defer {
            close(file)
            unlink(partial)
        }
        let line = Self.text(bytes) + "\n"
        guard Glibc.write(file, line, line.utf8.count) == line.utf8.count, fsync(file) == 0 else {
            throw failure("write")
        }
        // Unlike a renaming, a link replaces nothing.
        guard link(partial, path) == 0 else { throw failure("create") }
        try syncFolder()
        return key
    }

    private func syncFolder() throws(SecretKeyFileError) {
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let folder = open(parent.isEmpty ? "/" : parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw failure("keep") }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw failure("keep") }
    }

    private func failure(_ action: String) -> SecretKeyFileError {
        SecretKeyFileError("cannot \(action) \(path): \(String(cString: strerror(errno)))")
    }

    private static func text(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 0xF, radix: 16) }.joined()
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        let digits = text.compactMap(\.hexDigitValue)
        guard digits.count == text.count, digits.count == 2 * SecretKey.size else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}

/// Why the key's file cannot be used: the cause and the path.
public struct SecretKeyFileError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
