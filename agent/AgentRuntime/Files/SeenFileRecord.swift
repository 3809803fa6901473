import Domain
import Glibc
import Wire

/// The files that the server has been told of and has acknowledged, on disk: a line each, the latest of a path last.
///
/// What is lost of it, with the machine's power, is told again; the server knows it.
struct SeenFileRecord: Sendable {
    private let path: String

    /// - Throws: `AgentDataError` when it cannot be read or written.
    /// - Returns: the record, and what is in it that is still there.
    static func open(_ path: String) throws(AgentDataError) -> (record: SeenFileRecord, files: [String: SeenFile]) {
        var files: [String: SeenFile] = [:]
        if access(path, F_OK) == 0 {
            let content = String(decoding: try FileContent.read(path), as: UTF8.self)
            // (A line that was cut is none.)
            for line in content.split(separator: "\n") {
                guard let file = SeenFile(line: line) else { continue }
                files[file.path] = file
            }
        }
        files = files.filter { access($0.key, F_OK) == 0 }
        // Written anew: it has grown with everything that came and went.
        let lines = files.values.sorted { $0.path < $1.path }.map(\.line).joined()
        try FileContent.write(lines.utf8, to: path + ".new")
        guard rename(path + ".new", path) == 0 else { throw .unusable(path: path, reason: systemReason(errno)) }
        return (SeenFileRecord(path: path), files)
    }

    func append(_ files: [SeenFile]) throws(AgentDataError) {
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unusable(path: path, reason: systemReason(errno)) }
        defer { close(descriptor) }
        // After a line that was cut, too, a new one begins.
        let bytes = Array(("\n" + files.map(\.line).joined()).utf8)
        guard bytes.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) == bytes.count else {
            throw .unusable(path: path, reason: systemReason(errno == 0 ? ENOSPC : errno))
        }
    }
}

extension SeenFile {
    fileprivate var line: String {
        let escaped = path.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        return "\(inode) \(size) \(modified.microseconds) \(escaped) .\n"
    }

    fileprivate init?(line: Substring) {
        // The mark at the end tells a line that is whole.
        guard line.hasSuffix(" .") else { return nil }
        let parts = line.dropLast(2).split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, let inode = UInt64(parts[0]), let size = UInt64(parts[1]), let time = Int64(parts[2])
        else { return nil }
        var path = ""
        var isEscaped = false
        for character in parts[3] {
            if isEscaped {
                path.append(character == "n" ? "\n" : character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                path.append(character)
            }
        }
        self.init(path: path, inode: inode, size: size, modified: Timestamp(microseconds: time))
    }
}
