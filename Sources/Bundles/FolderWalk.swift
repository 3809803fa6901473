import Glibc

/// Finds what of a folder belongs into its bundle.
struct FolderWalk {
    /// An entry, and what the system said of its file when it was found.
    struct Finding {
        let entry: BundleEntry
        let status: FileStatus
    }

    private let root: String
    private let rules: IgnoreRules
    /// Findings are counted as they come, so that a walk in a home directory ends early.
    private let limit: Int

    init(_ root: String, rules: IgnoreRules, limit: Int) {
        self.root = root
        self.rules = rules
        self.limit = limit
    }

    /// In ascending order of their paths.
    func findings() throws(BundleError) -> [Finding] {
        var findings: [Finding] = []
        var folders: [Folder] = [Folder(path: nil, names: [], status: nil)]
        while let folder = folders.popLast() {
            let content = try FileTree.entries(in: systemPath(folder.path))
            if content.isEmpty, let path = folder.path, let status = folder.status {
                findings.append(Finding(entry: BundleEntry(path: path, kind: .folder), status: status))
            }
            for (name, status) in content {
                let names = folder.names + [String(decoding: name, as: UTF8.self)]
                guard !rules.ignores(names, isFolder: status.type == S_IFDIR) else { continue }
                let path = try BundlePath((folder.path.map { $0.bytes + [UInt8(ascii: "/")] } ?? []) + name)
                if status.type == S_IFDIR {
                    folders.append(Folder(path: path, names: names, status: status))
                } else {
                    let entry = BundleEntry(path: path, kind: try kind(of: path, status))
                    findings.append(Finding(entry: entry, status: status))
                }
            }
            guard findings.count + folders.count <= limit else { throw .tooManyEntries(limit: limit) }
        }
        return findings.sorted { $0.entry.path < $1.entry.path }
    }

    /// What the system calls a path of the bundle.
    func systemPath(_ path: BundlePath?) -> String {
        path.map { "\(root)/\($0)" } ?? root
    }

    /// A folder yet to be looked into; the root has no path.
    private struct Folder {
        let path: BundlePath?
        let names: [String]
        let status: FileStatus?
    }

    private func kind(of path: BundlePath, _ status: FileStatus) throws(BundleError) -> BundleEntry.Kind {
        switch status.type {
        case S_IFREG: return .file(bytes: status.bytes, isExecutable: status.isExecutable)
        case S_IFDIR: return .folder
        case S_IFLNK: return .link(target: try target(of: path))
        case S_IFSOCK: throw .unsupportedFile(path: "\(path)", kind: "socket")
        case S_IFIFO: throw .unsupportedFile(path: "\(path)", kind: "named pipe")
        default: throw .unsupportedFile(path: "\(path)", kind: "device")
        }
    }

    private func target(of path: BundlePath) throws(BundleError) -> [UInt8] {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(systemPath(path), &buffer, buffer.count)
        guard count >= 0 else { throw .changedWhilePacking(path: "\(path)") }
        let target = buffer[..<count].map { UInt8(bitPattern: $0) }
        try LinkTarget.check(target, of: path)
        return target
    }
}
