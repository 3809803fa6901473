import Glibc

/// Makes a bundle into a folder again: all of it or nothing, and nothing outside.
///
/// The archive is written into a fresh folder beside the target, put on disk and then renamed. Nothing is written
/// through a link, because links are made last, when it is known that all of them stay inside.
public struct BundleUnpacker: Sendable {
    let limits: BundleLimits

    public init(limits: BundleLimits = BundleLimits()) {
        self.limits = limits
    }

    /// - Parameter target: the folder to make; its parent must be there, itself not.
    /// - Throws: `digestMismatch` before anything is written; else what is wrong with the archive in the file.
    public func unpack(archive path: String, digest: BundleDigest, into target: String) throws(BundleError) {
        try unpack(try OpenFile(path, flags: O_RDONLY), digest, into: target)
    }

    /// - Parameter target: the folder to make; its parent must be there, itself not.
    /// - Throws: `digestMismatch` before anything is written; else what is wrong with the archive.
    public func unpack(_ bytes: [UInt8], digest: BundleDigest, into target: String) throws(BundleError) {
        try unpack(MemorySource(bytes), digest, into: target)
    }

    private func unpack(
        _ source: some ByteSource, _ digest: BundleDigest, into target: String
    ) throws(BundleError) {
        var source = source
        guard try FileStatus.at(target) == nil else { throw .targetExists(path: target) }
        _ = try source.requireDigest(digest, limits)
        try make(target) { partial throws(BundleError) in try write(source, into: partial) }
    }

    /// Makes a folder that is there only when all of it is.
    func make(_ target: String, _ write: (String) throws(BundleError) -> Void) throws(BundleError) {
        guard try FileStatus.at(target) == nil else { throw .targetExists(path: target) }
        let partial = try FileTree.makeTemporaryFolder(prefix: target + Self.partialSuffix)
        do throws(BundleError) {
            try write(partial)
            try publish(partial, as: target)
        } catch {
            // What cannot be removed now is removed when the cache is opened next; the first error is the one to tell.
            try? FileTree.remove(partial)
            throw error
        }
    }

    /// Marks a folder that is not complete.
    static let partialSuffix = ".partial-"

    private func write(_ source: some ByteSource, into folder: String) throws(BundleError) {
        var reader = ArchiveReader(source, limits: limits)
        var tree = FolderWriter(root: folder)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { buffer.deallocate() }
        while let entry = try reader.next() {
            guard let file = try tree.make(entry) else { continue }
            while let count = try reader.readContent(into: buffer) {
                try file.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
        try tree.makeLinks()
    }

    private func publish(_ partial: String, as target: String) throws(BundleError) {
        guard chmod(partial, 0o755) == 0 else { throw .system("set the permissions of", partial) }
        try OpenFile(partial, flags: O_RDONLY | O_DIRECTORY).syncFileSystem()
        guard rename(partial, target) == 0 else {
            throw [EEXIST, ENOTEMPTY, ENOTDIR].contains(errno) ? .targetExists(path: target) : .system("make", target)
        }
        let names = target.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let parent = names.isEmpty ? "." : names.joined(separator: "/") + "/"
        try OpenFile(parent, flags: O_RDONLY | O_DIRECTORY).sync()
    }
}

/// Makes files, folders and links below a folder that nobody else writes to.
struct FolderWriter {
    private let root: String
    private var folders: Set<ArraySlice<UInt8>> = []
    private var links: [(path: BundlePath, target: [UInt8])] = []

    init(root: String) {
        self.root = root
    }

    /// The file to write the entry's content to; nil if the entry is none. Links are kept for ``makeLinks()``.
    mutating func make(_ entry: BundleEntry) throws(BundleError) -> OpenFile? {
        let bytes = entry.path.bytes
        for slash in bytes.indices where bytes[slash] == UInt8(ascii: "/") {
            try makeFolder(bytes[..<slash])
        }
        switch entry.kind {
        case .file(_, let isExecutable):
            let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
            return try OpenFile(systemPath(bytes), flags: flags, permissions: isExecutable ? 0o755 : 0o644)
        case .folder:
            try makeFolder(bytes[...])
            return nil
        case .link(let target):
            links.append((entry.path, target))
            return nil
        }
    }

    func makeLinks() throws(BundleError) {
        for (path, target) in links {
            let systemPath = systemPath(path.bytes)
            guard symlink(String(decoding: target, as: UTF8.self), systemPath) == 0 else {
                throw .system("make the link", systemPath)
            }
        }
    }

    private mutating func makeFolder(_ bytes: ArraySlice<UInt8>) throws(BundleError) {
        guard folders.insert(bytes).inserted else { return }
        let path = systemPath(bytes)
        guard mkdir(path, 0o755) == 0, chmod(path, 0o755) == 0 else { throw .system("make the folder", path) }
    }

    private func systemPath(_ bytes: some Sequence<UInt8>) -> String {
        "\(root)/\(String(decoding: Array(bytes), as: UTF8.self))"
    }
}
