import Glibc

/// The folder that a document stands in, to which the paths in it are relative.
struct DocumentFolder {
    let path: String

    func resolve(_ name: String) -> String {
        name.hasPrefix("/") ? name : name == "." ? path : path == "." ? name : "\(path)/\(name)"
    }

    func isFolder(_ path: String) -> Bool {
        Self.type(of: path) == S_IFDIR
    }

    func text(of path: String, atMost limit: Int) throws(FileFailure) -> String {
        try Self.text(of: path, atMost: limit)
    }

    static func type(of path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }

    /// A whole file, if it is a text of reasonable length.
    static func text(of path: String, atMost limit: Int) throws(FileFailure) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileFailure("cannot open '\(path)': \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &piece, piece.count)
            guard count >= 0 else { throw FileFailure("cannot read '\(path)': \(String(cString: strerror(errno)))") }
            if count == 0 { break }
            bytes += piece[..<count]
            guard bytes.count <= limit else { throw FileFailure("'\(path)' has more than \(limit) bytes") }
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw FileFailure("'\(path)' is not UTF-8") }
        return text
    }
}

/// A file cannot be read as the text that it should be.
struct FileFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
