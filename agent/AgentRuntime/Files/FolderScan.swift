import Domain
import Glibc
import Wire

/// One look at what is in watched folders. It blocks, on a network's file system for any time.
struct FolderScan: Sendable {
    /// As many entries of a folder are read, at most.
    static let mostEntries = 100_000

    /// Everything that was found, each file once.
    private(set) var files: [SeenFile] = []
    /// The folders that could be read to their ends: what is not found in these is not there.
    private(set) var folders: Set<String> = []
    /// What could not be read, and why.
    private(set) var troubles: [String: String] = [:]

    init(_ patterns: [WatchPattern]) {
        for (folder, patterns) in Dictionary(grouping: patterns, by: \.folder).sorted(by: { $0.key < $1.key }) {
            scan(folder, patterns)
        }
    }

    private mutating func scan(_ folder: String, _ patterns: [WatchPattern]) {
        guard let directory = opendir(folder) else {
            troubles[folder] = systemReason(errno)
            return
        }
        defer { closedir(directory) }
        var count = 0
        while let entry = readdir(directory) {
            count += 1
            guard count <= Self.mostEntries else {
                troubles[folder] = "it has more than \(Self.mostEntries) entries; the rest is not looked at"
                return
            }
            let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in Array(bytes.prefix { $0 != 0 }) }
            // A name that is no text could not be said to anybody.
            guard let name = String(validating: bytes, as: UTF8.self),
                let pattern = patterns.first(where: { $0.matches(name) }),
                let file = Self.file(pattern.path(of: name))
            else { continue }
            files.append(file)
        }
        folders.insert(folder)
    }

    /// Nothing for what is no file.
    private static func file(_ path: String) -> SeenFile? {
        var information = stat()
        guard stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFREG else { return nil }
        let modified = information.st_mtim
        return SeenFile(
            path: path, inode: UInt64(information.st_ino), size: UInt64(clamping: information.st_size),
            modified: Timestamp(microseconds: Int64(modified.tv_sec) * 1_000_000 + Int64(modified.tv_nsec) / 1000))
    }
}

extension SeenFile {
    /// The folder that it is in.
    var folder: String {
        let end = path.lastIndex(of: "/") ?? path.startIndex
        return end == path.startIndex ? "/" : String(path[..<end])
    }
}
