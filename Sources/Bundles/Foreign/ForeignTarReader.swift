/// Reads tar archives of any maker: ustar, pax and GNU's long names; files, folders and symbolic links, in any order.
/// Hard links, devices and sparse files are refused.
struct ForeignTarReader<Source: ByteSource>: ForeignEntries {
    private static var longestName: Int { 4096 }
    private static var longestRecords: Int { 64 << 10 }

    private var source: Source
    private let limit: Int
    private var offset = 0
    private var contentLeft = 0
    private var padding = 0

    /// - Parameter limit: the bytes of the archive, uncompressed.
    init(_ source: Source, limit: Int) {
        self.source = source
        self.limit = limit
    }

    mutating func next() throws(BundleError) -> BundleEntry? {
        var names = LongNames()
        while let header = try readHeader() {
            switch header.type {
            case UInt8(ascii: "x"): try names.read(try readPadded(header.size, Self.longestRecords), at: offset)
            case UInt8(ascii: "g"): try LongNames.checkGlobal(try readPadded(header.size, Self.longestRecords), offset)
            case UInt8(ascii: "L"): names.path = try readPadded(header.size, Self.longestName).upToZero
            case UInt8(ascii: "K"): names.linkPath = try readPadded(header.size, Self.longestName).upToZero
            default:
                let name = names.path ?? header.name
                guard let path = try ForeignPath.path(name) else {
                    names = LongNames()
                    guard header.size == 0 else { throw .unsafePath(path: "", reason: "a file has no name") }
                    continue
                }
                return try entry(header, path, names, isFolder: name.last == UInt8(ascii: "/"))
            }
        }
        return nil
    }

    mutating func readContent(into buffer: UnsafeMutableRawBufferPointer) throws(BundleError) -> Int? {
        guard contentLeft > 0 else {
            if padding > 0 { _ = try readBytes(padding) }
            padding = 0
            return nil
        }
        let count = min(buffer.count, contentLeft)
        try readExactly(UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
        contentLeft -= count
        return count
    }

    private mutating func entry(
        _ header: ForeignTarHeader, _ path: BundlePath, _ names: LongNames, isFolder: Bool
    ) throws(BundleError) -> BundleEntry {
        let size = names.size ?? header.size
        switch header.type {
        case UInt8(ascii: "0"), 0, UInt8(ascii: "7"):
            if isFolder, size == 0 { return BundleEntry(path: path, kind: .folder) }
            guard size >= 0, size <= limit - offset else { throw .archiveTooLarge(limit: limit) }
            contentLeft = size
            padding = TarHeader.padded(size) - size
            return BundleEntry(path: path, kind: .file(bytes: size, isExecutable: header.isExecutable))
        case UInt8(ascii: "5"): return BundleEntry(path: path, kind: .folder)
        case UInt8(ascii: "2"):
            let target = names.linkPath ?? header.linkName
            try LinkTarget.check(target, of: path)
            return BundleEntry(path: path, kind: .link(target: target))
        default: throw .unsupportedEntry(path: "\(path)", type: Character(Unicode.Scalar(header.type)))
        }
    }

    /// nil at the end of the archive.
    private mutating func readHeader() throws(BundleError) -> ForeignTarHeader? {
        let start = offset
        var block = [UInt8](repeating: 0, count: TarHeader.blockBytes)
        let count = try block.fill { buffer throws(BundleError) in try source.read(into: buffer) }
        if count == 0 { return nil }
        guard count == block.count else { throw .truncated }
        offset += count
        guard offset <= limit else { throw .archiveTooLarge(limit: limit) }
        guard block.allSatisfy({ $0 == 0 }) else { return try ForeignTarHeader(block, at: start) }
        try drain()
        return nil
    }

    /// Reads what is left, so that a compressed archive has been checked to its end.
    private mutating func drain() throws(BundleError) {
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = try block.fill { buffer throws(BundleError) in try source.read(into: buffer) }
            if count == 0 { return }
            offset += count
            guard offset <= limit else { throw .archiveTooLarge(limit: limit) }
        }
    }

    private mutating func readPadded(_ count: Int, _ most: Int) throws(BundleError) -> [UInt8] {
        guard (0...most).contains(count) else {
            throw .malformed(offset: offset, reason: "a header for a long name has \(count) bytes")
        }
        return Array(try readBytes(TarHeader.padded(count))[..<count])
    }

    private mutating func readBytes(_ count: Int) throws(BundleError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        try bytes.withUnsafeMutableBufferPointer { buffer throws(BundleError) in
            try readExactly(UnsafeMutableRawBufferPointer(buffer))
        }
        return bytes
    }

    private mutating func readExactly(_ buffer: UnsafeMutableRawBufferPointer) throws(BundleError) {
        guard offset + buffer.count <= limit else { throw .archiveTooLarge(limit: limit) }
        guard try source.read(into: buffer) == buffer.count else { throw .truncated }
        offset += buffer.count
    }
}

/// A header as any maker writes it.
struct ForeignTarHeader {
    let name: [UInt8]
    let linkName: [UInt8]
    let isExecutable: Bool
    let size: Int
    let type: UInt8

    /// - Parameter offset: where the block stands in the archive, for messages.
    init(_ block: [UInt8], at offset: Int) throws(BundleError) {
        guard TarHeader.number(block[148..<156]) == TarHeader.checksum(of: block) else {
            throw .badChecksum(offset: offset)
        }
        guard block[257..<262].elementsEqual("ustar".utf8) else {
            throw .malformed(offset: offset, reason: "there is no header of a tar archive")
        }
        guard let mode = TarHeader.number(block[100..<108]), let size = TarHeader.number(block[124..<136]) else {
            throw .malformed(offset: offset, reason: "a number is not in octal digits")
        }
        let name = block[0..<100].upToZero
        // GNU's own format has other things where POSIX has the first part of a long path.
        let prefix = block[262] == 0 ? block[345..<500].upToZero : []
        self.name = prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
        linkName = block[157..<257].upToZero
        isExecutable = mode & 0o100 != 0
        self.size = size
        type = block[156]
    }
}

/// What an entry is called where its header has no room for it.
private struct LongNames {
    var path: [UInt8]?
    var linkPath: [UInt8]?
    var size: Int?

    /// Takes a pax header. What it says of owners, times and the like is of no interest here.
    mutating func read(_ records: [UInt8], at offset: Int) throws(BundleError) {
        var rest = records[...]
        while !rest.isEmpty {
            let (key, value) = try PaxRecords.nextRecord(&rest, offset)
            switch key {
            case "path": path = value
            case "linkpath": linkPath = value
            case "size": size = try PaxRecords.decimal(value, offset)
            case let key where key.hasPrefix("GNU.sparse"):
                throw .malformed(offset: offset, reason: "it holds a sparse file, whose size lies")
            default: break
            }
        }
    }

    /// What is said of all entries is not to change what they are called.
    static func checkGlobal(_ records: [UInt8], _ offset: Int) throws(BundleError) {
        var names = LongNames()
        try names.read(records, at: offset)
        guard names.path == nil, names.linkPath == nil, names.size == nil else {
            throw .malformed(offset: offset, reason: "a header for all entries says how they are called")
        }
    }
}

extension Collection<UInt8> {
    fileprivate var upToZero: [UInt8] { Array(prefix { $0 != 0 }) }
}
