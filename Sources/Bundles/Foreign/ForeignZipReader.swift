import CZlib

/// Reads zip archives: what their directory names, stored or deflated. Encrypted entries and archives beyond 4 GiB are
/// refused.
struct ForeignZipReader: ForeignEntries {
    private let file: OpenFile
    private let size: Int
    private let limits: BundleLimits
    private var directory: [ZipDirectoryEntry]
    private var position = 0
    /// How many bytes the contents had until now.
    private var total = 0
    private var content: Content?

    private struct Content {
        let entry: ZipDirectoryEntry
        var source: any ByteSource
        var count = 0
        var checksum: UInt = crc32(0, nil, 0)
    }

    init(_ file: OpenFile, size: Int, limits: BundleLimits) throws(BundleError) {
        self.file = file
        self.size = size
        self.limits = limits
        directory = try ZipDirectory(file, size: size, limits: limits).entries
    }

    mutating func next() throws(BundleError) -> BundleEntry? {
        while position < directory.count {
            let entry = directory[position]
            position += 1
            guard let path = try ForeignPath.path(entry.name) else { continue }
            if entry.isFolder { return BundleEntry(path: path, kind: .folder) }
            content = Content(entry: entry, source: try source(of: entry))
            guard entry.isLink else {
                return BundleEntry(path: path, kind: .file(bytes: entry.size, isExecutable: entry.isExecutable))
            }
            let target = try readTarget()
            try LinkTarget.check(target, of: path)
            return BundleEntry(path: path, kind: .link(target: target))
        }
        return nil
    }

    mutating func readContent(into buffer: UnsafeMutableRawBufferPointer) throws(BundleError) -> Int? {
        guard var current = content else { return nil }
        let count = try current.source.read(into: buffer)
        guard count > 0 else {
            content = nil
            guard current.count == current.entry.size, UInt32(truncatingIfNeeded: current.checksum) == current.entry.crc
            else {
                throw .malformed(offset: current.entry.offset, reason: "a file in it is not what its checksum says")
            }
            return nil
        }
        let bytes = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        current.checksum = crc32(current.checksum, bytes, UInt32(count))
        current.count += count
        total += count
        guard total <= limits.archiveBytes else { throw .archiveTooLarge(limit: limits.archiveBytes) }
        content = current
        return count
    }

    private mutating func readTarget() throws(BundleError) -> [UInt8] {
        var target: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 2 * BundleLimits.pathBytes)
        while target.count <= BundleLimits.pathBytes {
            let count = try buffer.fill { bytes throws(BundleError) in try readContent(into: bytes) ?? 0 }
            guard count > 0 else { return target }
            target += buffer[..<count]
        }
        content = nil
        return target
    }

    private func source(of entry: ZipDirectoryEntry) throws(BundleError) -> any ByteSource {
        let header = try file.bytes(30, at: entry.offset)
        guard header.little(0, 4) == 0x0403_4B50 else {
            throw .malformed(offset: entry.offset, reason: "there is no file where the directory says")
        }
        let start = entry.offset + 30 + header.little(26, 2) + header.little(28, 2)
        guard start + entry.compressedSize <= size else { throw .truncated }
        let slice = FileSlice(file, start..<start + entry.compressedSize)
        switch entry.method {
        case 0: return slice
        case 8: return try Inflater(slice, .none, limit: limits.archiveBytes)
        default:
            let name = String(decoding: entry.name, as: UTF8.self)
            throw .malformed(offset: entry.offset, reason: "'\(name)' is compressed by method \(entry.method)")
        }
    }
}

/// What a zip archive says of one of its files.
struct ZipDirectoryEntry {
    let name: [UInt8]
    let method: Int
    let crc: UInt32
    let compressedSize: Int
    let size: Int
    /// Of its local header.
    let offset: Int
    /// As on Unix; 0 where it was made elsewhere.
    let mode: Int

    var isFolder: Bool { name.last == UInt8(ascii: "/") || mode & 0o170000 == 0o040000 }
    var isLink: Bool { mode & 0o170000 == 0o120000 }
    var isExecutable: Bool { mode & 0o100 != 0 }
}

/// The list at the end of a zip archive.
struct ZipDirectory {
    /// The bytes of an entry without its name, and the most that it may have.
    private static let entryBytes = 46
    private static let endBytes = 22
    private static let longestComment = 0xFFFF

    let entries: [ZipDirectoryEntry]

    init(_ file: OpenFile, size: Int, limits: BundleLimits) throws(BundleError) {
        let tailStart = max(0, size - Self.endBytes - Self.longestComment)
        let tail = try file.bytes(size - tailStart, at: tailStart)
        let end = stride(from: tail.count - Self.endBytes, through: 0, by: -1)
            .first { tail.little($0, 4) == 0x0605_4B50 }
        guard let end else { throw .malformed(offset: tailStart, reason: "a zip archive has no directory") }
        let (count, bytes, start) = (tail.little(end + 10, 2), tail.little(end + 12, 4), tail.little(end + 16, 4))
        guard count != 0xFFFF, bytes != 0xFFFF_FFFF, start != 0xFFFF_FFFF else {
            throw .malformed(offset: tailStart + end, reason: "it is a zip archive of the kind for more than 4 GiB")
        }
        guard count <= limits.entries else { throw .tooManyEntries(limit: limits.entries) }
        guard start + bytes <= tailStart + end else { throw .truncated }
        entries = try Self.entries(try file.bytes(bytes, at: start), count, at: start)
    }

    private static func entries(
        _ bytes: [UInt8], _ count: Int, at start: Int
    ) throws(BundleError) -> [ZipDirectoryEntry] {
        var entries: [ZipDirectoryEntry] = []
        var position = 0
        for _ in 0..<count {
            guard position + entryBytes <= bytes.count, bytes.little(position, 4) == 0x0201_4B50 else {
                throw .malformed(offset: start + position, reason: "the directory of a zip archive is damaged")
            }
            let nameLength = bytes.little(position + 28, 2)
            let name = position + entryBytes
            guard name + nameLength <= bytes.count else { throw .truncated }
            guard bytes.little(position + 8, 2) & 1 == 0 else {
                throw .malformed(offset: start + position, reason: "a file in it is encrypted")
            }
            let isUnix = bytes[position + 5] == 3
            entries.append(
                ZipDirectoryEntry(
                    name: Array(bytes[name..<name + nameLength]), method: bytes.little(position + 10, 2),
                    crc: UInt32(bytes.little(position + 16, 4)), compressedSize: bytes.little(position + 20, 4),
                    size: bytes.little(position + 24, 4), offset: bytes.little(position + 42, 4),
                    mode: isUnix ? bytes.little(position + 40, 2) : 0))
            position = name + nameLength + bytes.little(position + 30, 2) + bytes.little(position + 32, 2)
        }
        return entries
    }
}

extension [UInt8] {
    /// An unsigned number of so many bytes, the lowest first.
    fileprivate func little(_ offset: Int, _ count: Int) -> Int {
        (0..<count).reduce(0) { $0 | Int(self[offset + $1]) << (8 * $1) }
    }
}

extension OpenFile {
    fileprivate func bytes(_ count: Int, at offset: Int) throws(BundleError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let filled = try bytes.fill { buffer throws(BundleError) in try read(into: buffer, at: offset) }
        guard filled == count else { throw .truncated }
        return bytes
    }
}
