import Glibc

/// Writes files into an archive of the same format as a bundle's, of any size, one after the other.
public final class FileArchiveWriter {
    /// A file as it went into the archive.
    public typealias Added = (digest: BundleDigest, bytes: Int)

    private var writer: ArchiveWriter<OpenFile>
    private let file: OpenFile
    private var last: BundlePath?

    /// - Parameter path: of the archive, which must not exist; only its owner may read it.
    /// - Throws: `system`.
    public init(_ path: String) throws(BundleError) {
        file = try OpenFile(path, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, permissions: 0o600)
        writer = ArchiveWriter(file)
    }

    /// Adds the file at `path` as `name`.
    ///
    /// - Parameter name: with slashes between its parts; names come in ascending order of their bytes.
    /// - Throws: `changedWhilePacking`; `malformed` for a name out of order; `system`.
    @discardableResult
    public func add(_ name: String, from path: String) throws(BundleError) -> Added {
        let source = try OpenFile(path, flags: O_RDONLY)
        let bytes = try source.status().bytes
        try begin(name, bytes)
        var hasher = SHA256()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        var left = bytes
        while left > 0 {
            let wanted = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(left, buffer.count)])
            guard try source.read(into: wanted) == wanted.count else { throw .changedWhilePacking(path: path) }
            hasher.update(UnsafeRawBufferPointer(wanted))
            try writer.write(UnsafeRawBufferPointer(wanted))
            left -= wanted.count
        }
        try writer.endFile(bytes: bytes)
        return (hasher.digest(), bytes)
    }

    /// Adds these bytes as `name`.
    ///
    /// - Throws: as for files.
    public func add(_ name: String, _ content: [UInt8]) throws(BundleError) {
        try begin(name, content.count)
        try content.withUnsafeBufferPointer { bytes throws(BundleError) in
            try writer.write(UnsafeRawBufferPointer(bytes))
        }
        try writer.endFile(bytes: content.count)
    }

    /// Ends the archive and puts it on disk.
    ///
    /// - Throws: `system`.
    public func finish() throws(BundleError) {
        _ = try writer.finish()
        try file.sync()
    }

    private func begin(_ name: String, _ bytes: Int) throws(BundleError) {
        let path = try BundlePath(name.utf8)
        if let last, !(last < path) { throw .malformed(offset: 0, reason: "'\(path)' comes after '\(last)'") }
        last = path
        try writer.begin(BundleEntry(path: path, kind: .file(bytes: bytes, isExecutable: false)))
    }
}

/// Reads what ``FileArchiveWriter`` has written, trusting nothing.
public final class FileArchiveReader {
    private var reader: ArchiveReader<OpenFile>

    /// - Throws: `system`.
    public init(_ path: String) throws(BundleError) {
        let limits = BundleLimits(archiveBytes: .max, entries: 10_000_000)
        reader = ArchiveReader(try OpenFile(path, flags: O_RDONLY), limits: limits)
    }

    /// The next file's name; nil at the end. The content of the one before it must have been read.
    ///
    /// - Throws: what is wrong with the archive; `unsupportedEntry` for what is no file.
    public func next() throws(BundleError) -> String? {
        guard let entry = try reader.next() else { return nil }
        guard case .file = entry.kind else { throw .unsupportedEntry(path: "\(entry.path)", type: "?") }
        return "\(entry.path)"
    }

    /// Writes the current file's content to a new file, and puts that on disk.
    ///
    /// - Throws: what is wrong with the archive; `system`.
    public func copy(to path: String) throws(BundleError) -> FileArchiveWriter.Added {
        let file = try OpenFile(path, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, permissions: 0o600)
        var hasher = SHA256()
        var total = 0
        try readAll { bytes throws(BundleError) in
            hasher.update(bytes)
            total += bytes.count
            try file.write(bytes)
        }
        try file.sync()
        return (hasher.digest(), total)
    }

    /// The current file's content, if it has no more than `limit` bytes.
    ///
    /// - Throws: what is wrong with the archive; `archiveTooLarge`.
    public func content(limit: Int) throws(BundleError) -> [UInt8] {
        var content: [UInt8] = []
        try readAll { bytes throws(BundleError) in
            guard bytes.count <= limit - content.count else { throw .archiveTooLarge(limit: limit) }
            content += bytes
        }
        return content
    }

    private func readAll(_ take: (UnsafeRawBufferPointer) throws(BundleError) -> Void) throws(BundleError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        while let count = try reader.readContent(into: buffer) {
            try take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
