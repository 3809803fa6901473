/// Writes entries as ustar, and digests the archive on the way.
struct ArchiveWriter<Target: ByteTarget> {
    private(set) var target: Target
    private var hasher = SHA256()

    init(_ target: Target) {
        self.target = target
    }

    /// Writes what comes before an entry's content. For a file, exactly its bytes must follow, then
    /// ``endFile(bytes:)``.
    mutating func begin(_ entry: BundleEntry) throws(BundleError) {
        for block in ArchiveLayout.headers(of: entry) {
            try write(block)
        }
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer) throws(BundleError) {
        hasher.update(bytes)
        try target.write(bytes)
    }

    /// Fills the last block of a file's content.
    mutating func endFile(bytes: Int) throws(BundleError) {
        try write([UInt8](repeating: 0, count: TarHeader.padded(bytes) - bytes))
    }

    /// Ends the archive.
    mutating func finish() throws(BundleError) -> BundleDigest {
        try write([UInt8](repeating: 0, count: ArchiveLayout.endBytes))
        return hasher.digest()
    }

    private mutating func write(_ bytes: [UInt8]) throws(BundleError) {
        try bytes.withUnsafeBufferPointer { bytes throws(BundleError) in try write(UnsafeRawBufferPointer(bytes)) }
    }
}

/// How entries are laid out in blocks.
enum ArchiveLayout {
    /// Two blocks of zeros.
    static let endBytes = 2 * TarHeader.blockBytes

    /// The bytes that an entry takes, its content included.
    static func size(of entry: BundleEntry) -> Int {
        let content = if case .file(let bytes, _) = entry.kind { TarHeader.padded(bytes) } else { 0 }
        return headers(of: entry).reduce(content) { $0 + $1.count }
    }

    /// The entry's header, after a pax header if a value has no room in it.
    static func headers(of entry: BundleEntry) -> [[UInt8]] {
        var records = PaxRecords()
        var header = TarHeader(name: entry.path.bytes, type: .file)
        switch entry.kind {
        case .file(let bytes, let isExecutable):
            header.isExecutable = isExecutable
            header.size = bytes
        case .folder:
            header.type = TarHeader.EntryType.folder.rawValue
            header.isExecutable = true
            header.name.append(UInt8(ascii: "/"))
        case .link(let target):
            header.type = TarHeader.EntryType.link.rawValue
            header.isExecutable = true
            header.linkName = target
        }
        if header.name.count > TarHeader.nameBytes {
            records.path = header.name
            header.name = Array("long".utf8)
        }
        if header.linkName.count > TarHeader.nameBytes {
            records.linkPath = header.linkName
            header.linkName = []
        }
        if header.size > TarHeader.largestSize {
            records.size = header.size
            header.size = 0
        }
        return extendedHeader(records) + [header.encoded()]
    }

    private static func extendedHeader(_ records: PaxRecords) -> [[UInt8]] {
        guard !records.isEmpty else { return [] }
        let content = records.encoded()
        var header = TarHeader(name: Array("pax".utf8), type: .extended)
        header.size = content.count
        let padding = [UInt8](repeating: 0, count: TarHeader.padded(content.count) - content.count)
        return [header.encoded(), content + padding]
    }
}
