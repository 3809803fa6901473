import Glibc

/// Files that an agent watches for: those of one folder whose names a glob describes.
public struct WatchPattern: Sendable, Hashable {
    /// Absolute, without a slash at its end but for the root.
    public let folder: String
    /// A glob for names, as a shell reads it: `*` does not stand for a dot at the beginning.
    public let name: String

    /// - Throws: `InvalidWatch`, which says what is wrong with it.
    public init(_ text: String) throws(InvalidWatch) {
        guard text.hasPrefix("/"), !text.utf8.contains(0) else {
            throw InvalidWatch("give an absolute path, such as /data/in/*.csv")
        }
        let parts = text.split(separator: "/").map(String.init)
        guard let name = parts.last, !text.hasSuffix("/") else {
            throw InvalidWatch("it names a folder; watch for files in it with \(text)*")
        }
        let folders = parts.dropLast()
        guard !folders.contains(where: { $0 == ".." || $0 == "." }), name != "..", name != "." else {
            throw InvalidWatch("give the path without . and ..")
        }
        guard !folders.contains(where: { $0.contains(where: "*?[".contains) }) else {
            throw InvalidWatch("only the last part of it may have * ? and [...]: watch each folder by itself")
        }
        folder = "/" + folders.joined(separator: "/")
        self.name = name
    }

    func path(of name: String) -> String { folder == "/" ? "/\(name)" : "\(folder)/\(name)" }

    func matches(_ name: String) -> Bool { fnmatch(self.name, name, FNM_PERIOD) == 0 }
}

/// Text that names no files to watch for, and why.
public struct InvalidWatch: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
