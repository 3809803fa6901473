import Glibc

/// Makes a folder into a bundle: the same content gives the same bytes, so the same digest, on any host.
public struct BundlePacker: Sendable {
    private let limits: BundleLimits

    public init(limits: BundleLimits = BundleLimits()) {
        self.limits = limits
    }

    /// Packs into a file, which appears under its name only when it is complete.
    /// - Throws: what of the folder cannot be packed; `tooLarge` before anything is written.
    public func pack(_ folder: String, to path: String) throws(BundleError) -> PackedBundle {
        let partial = "\(path).partial-\(getpid())"
        do throws(BundleError) {
            let packed = try pack(folder) { () throws(BundleError) in
                try OpenFile(partial, flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, permissions: 0o644)
            }.bundle
            guard rename(partial, path) == 0 else { throw .system("write", path) }
            return packed
        } catch {
            unlink(partial)
            throw error
        }
    }

    /// Like ``pack(_:to:)``, on a thread of its own.
    /// - Throws: what of the folder cannot be packed.
    public func packAside(_ folder: String, to path: String) async throws(BundleError) -> PackedBundle {
        try await BlockingWork.run { () throws(BundleError) in try pack(folder, to: path) }.get()
    }

    /// Packs into memory.
    /// - Throws: what of the folder cannot be packed.
    public func pack(_ folder: String) throws(BundleError) -> (bundle: PackedBundle, bytes: [UInt8]) {
        let (bundle, target) = try pack(folder) { MemoryTarget() }
        return (bundle, target.bytes)
    }

    /// - Parameter makeTarget: called when the folder has been walked, so what is made there is never found.
    func pack<Target: ByteTarget>(
        _ folder: String, into makeTarget: () throws(BundleError) -> Target
    ) throws(BundleError) -> (bundle: PackedBundle, target: Target) {
        let walk = FolderWalk(folder, rules: try rules(of: folder), limit: limits.entries)
        let findings = try walk.findings()
        let size = try check(findings.map(\.entry))
        var writer = ArchiveWriter(try makeTarget())
        for finding in findings {
            try writer.begin(finding.entry)
            if case .file(let bytes, _) = finding.entry.kind {
                try copy(finding, bytes: bytes, from: walk, into: &writer)
            }
        }
        let digest = try writer.finish()
        return (PackedBundle(digest: digest, bytes: size, entries: findings.count), writer.target)
    }

    private func rules(of folder: String) throws(BundleError) -> IgnoreRules {
        // With the slash, a link to a folder counts as the folder.
        guard try FileStatus.at(folder + "/")?.type == S_IFDIR else { throw .notAFolder(path: folder) }
        let path = "\(folder)/\(IgnoreRules.fileName)"
        guard try FileStatus.at(path) != nil else { return IgnoreRules("") }
        let file = try OpenFile(path, flags: O_RDONLY)
        let size = min(try file.status().bytes, limits.archiveBytes)
        var bytes = [UInt8](repeating: 0, count: size)
        let count = try bytes.withUnsafeMutableBufferPointer { buffer throws(BundleError) in
            try file.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        return IgnoreRules(String(decoding: bytes[..<count], as: UTF8.self))
    }

    /// Finds what a reader would refuse, before anything is written; returns the archive's size.
    private func check(_ entries: [BundleEntry]) throws(BundleError) -> Int {
        var tree = ArchiveTree(limit: limits.entries)
        var total = ArchiveLayout.endBytes
        for entry in entries {
            try tree.insert(entry)
            total += ArchiveLayout.size(of: entry)
        }
        try tree.checkLinks()
        guard total > limits.archiveBytes else { return total }
        let files = entries.compactMap { entry -> BundleFileSize? in
            guard case .file(let bytes, _) = entry.kind else { return nil }
            return BundleFileSize(path: "\(entry.path)", bytes: bytes)
        }
        let largest = files.sorted { ($1.bytes, $0.path) < ($0.bytes, $1.path) }.prefix(3)
        throw .tooLarge(limit: limits.archiveBytes, total: total, largest: Array(largest))
    }

    /// Copies exactly the bytes that the header has promised, from a file that stays what it was when it was found.
    private func copy<Target: ByteTarget>(
        _ finding: FolderWalk.Finding, bytes: Int, from walk: FolderWalk, into writer: inout ArchiveWriter<Target>
    ) throws(BundleError) {
        let changed = BundleError.changedWhilePacking(path: "\(finding.entry.path)")
        let file: OpenFile
        do {
            // Without O_NONBLOCK, opening what has become a named pipe would wait for ever.
            file = try OpenFile(walk.systemPath(finding.entry.path), flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        } catch .system(_, _, let code) where [ENOENT, ENOTDIR, ELOOP, ENXIO].contains(code) {
            throw changed
        }
        guard try file.status() == finding.status else { throw changed }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { buffer.deallocate() }
        var left = bytes
        while left > 0 {
            let count = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(left, buffer.count)]))
            guard count > 0 else { throw changed }
            try writer.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            left -= count
        }
        guard try file.status() == finding.status else { throw changed }
        try writer.endFile(bytes: bytes)
    }
}

/// What is known of a bundle that was packed or verified.
public struct PackedBundle: Sendable, Equatable {
    public let digest: BundleDigest
    /// The archive's size.
    public let bytes: Int
    /// Files, links and empty folders.
    public let entries: Int
}
