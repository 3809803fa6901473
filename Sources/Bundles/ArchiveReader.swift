/// Reads the archives that ``ArchiveWriter`` writes, trusting nothing: entries come in ascending order with plain
/// paths, links stay inside, sizes are what they say, and nothing stands between, in or behind the entries but zeros.
struct ArchiveReader<Source: ByteSource> {
    private var source: Source
    private let limits: BundleLimits
    private var tree: ArchiveTree
    private var previous: BundlePath?
    /// How far the archive has been read.
    private var offset = 0
    /// What is left of the current entry's content.
    private var contentLeft = 0
    private var padding = 0

    init(_ source: Source, limits: BundleLimits) {
        self.source = source
        self.limits = limits
        tree = ArchiveTree(limit: limits.entries)
    }

    /// The next entry; nil at the end, when all links have been checked too. The content of a file must have been read
    /// before the entry after it.
    mutating func next() throws(BundleError) -> BundleEntry? {
        let start = offset
        guard var header = try readHeader() else {
            try tree.checkLinks()
            return nil
        }
        var records = PaxRecords()
        if header.type == TarHeader.EntryType.extended.rawValue {
            guard header.size <= PaxRecords.largestSize else {
                throw .malformed(offset: start, reason: "a pax header is larger than any path")
            }
            records = try PaxRecords(decoding: try readPadded(header.size), at: start)
            guard let following = try readHeader() else { throw .malformed(offset: start, reason: "nothing follows") }
            header = following
        }
        let entry = try entry(header, records, at: start)
        try accept(entry, at: start)
        return entry
    }

    /// The next piece of the current file's content, in the buffer; nil at its end.
    mutating func readContent(into buffer: UnsafeMutableRawBufferPointer) throws(BundleError) -> Int? {
        guard contentLeft > 0 else {
            if padding > 0 { try readZeros(padding) }
            padding = 0
            return nil
        }
        let count = min(buffer.count, contentLeft)
        try readExactly(UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
        contentLeft -= count
        return count
    }

    // MARK: Entries

    private func entry(
        _ header: TarHeader, _ records: PaxRecords, at start: Int
    ) throws(BundleError) -> BundleEntry {
        var name = records.path ?? header.name
        let text = String(decoding: name, as: UTF8.self)
        let size = records.size ?? header.size
        let linkName = records.linkPath ?? header.linkName
        guard let type = TarHeader.EntryType(rawValue: header.type), type != .extended else {
            throw .unsupportedEntry(path: text, type: Character(Unicode.Scalar(header.type)))
        }
        guard (type == .link) != linkName.isEmpty, type == .file || size == 0 else {
            throw .malformed(offset: start, reason: "'\(text)' has a size or a target that its type has not")
        }
        switch type {
        case .file:
            let kind = BundleEntry.Kind.file(bytes: size, isExecutable: header.isExecutable)
            return BundleEntry(path: try BundlePath(name), kind: kind)
        case .folder, .extended:
            if name.last == UInt8(ascii: "/") { name.removeLast() }
            return BundleEntry(path: try BundlePath(name), kind: .folder)
        case .link:
            let path = try BundlePath(name)
            try LinkTarget.check(linkName, of: path)
            return BundleEntry(path: path, kind: .link(target: linkName))
        }
    }

    private mutating func accept(_ entry: BundleEntry, at start: Int) throws(BundleError) {
        if let previous, !(previous < entry.path) {
            guard previous != entry.path else { throw .duplicate(path: "\(entry.path)") }
            throw .malformed(offset: start, reason: "'\(entry.path)' comes after '\(previous)', so the order is wrong")
        }
        previous = entry.path
        try tree.insert(entry)
        guard case .file(let bytes, _) = entry.kind else { return }
        guard bytes <= limits.archiveBytes - offset else { throw .archiveTooLarge(limit: limits.archiveBytes) }
        contentLeft = bytes
        padding = TarHeader.padded(bytes) - bytes
    }

    // MARK: Bytes

    /// nil at the end of the archive.
    private mutating func readHeader() throws(BundleError) -> TarHeader? {
        let start = offset
        let block = try readBytes(TarHeader.blockBytes)
        guard block.allSatisfy({ $0 == 0 }) else { return try TarHeader(decoding: block, at: start) }
        try readZeros(ArchiveLayout.endBytes - TarHeader.blockBytes)
        var extra: UInt8 = 0
        let isAtEnd = try withUnsafeMutableBytes(of: &extra) { buffer throws(BundleError) in
            try source.read(into: buffer) == 0
        }
        guard isAtEnd else { throw .malformed(offset: offset, reason: "something follows the end of the archive") }
        return nil
    }

    private mutating func readPadded(_ count: Int) throws(BundleError) -> [UInt8] {
        let bytes = try readBytes(count)
        try readZeros(TarHeader.padded(count) - count)
        return bytes
    }

    private mutating func readZeros(_ count: Int) throws(BundleError) {
        let start = offset
        guard try readBytes(count).allSatisfy({ $0 == 0 }) else {
            throw .malformed(offset: start, reason: "there is something where only zeros belong")
        }
    }

    private mutating func readBytes(_ count: Int) throws(BundleError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        try bytes.withUnsafeMutableBufferPointer { buffer throws(BundleError) in
            try readExactly(UnsafeMutableRawBufferPointer(buffer))
        }
        return bytes
    }

    private mutating func readExactly(_ buffer: UnsafeMutableRawBufferPointer) throws(BundleError) {
        guard offset + buffer.count <= limits.archiveBytes else { throw .archiveTooLarge(limit: limits.archiveBytes) }
        guard try source.read(into: buffer) == buffer.count else { throw .truncated }
        offset += buffer.count
    }
}

/// The target of a symbolic link as text; where it leads is ``ArchiveTree``'s question.
enum LinkTarget {
    static func check(_ target: [UInt8], of path: BundlePath) throws(BundleError) {
        let isSound =
            (1...BundleLimits.pathBytes).contains(target.count) && !target.contains(0)
            && String(validating: target, as: UTF8.self) != nil
        guard isSound else {
            throw .unsafePath(path: "\(path)", reason: "it links to what is empty, too long or not UTF-8")
        }
    }
}
