/// One 512-byte header of the ustar format (POSIX.1-1988), with the few fields that a bundle uses.
struct TarHeader: Equatable {
    enum EntryType: UInt8 {
        case file = 0x30  // "0"
        case link = 0x32  // "2"
        case folder = 0x35  // "5"
        case extended = 0x78  // "x": a pax header for the entry that follows
    }

    static let blockBytes = 512
    /// What the fields for a name and for a link's target hold.
    static let nameBytes = 100
    /// Eleven octal digits.
    static let largestSize = 0o77_777_777_777

    var name: [UInt8]
    var isExecutable = false
    var size = 0
    /// A raw byte, so that what we refuse can be named.
    var type: UInt8
    var linkName: [UInt8] = []

    /// The bytes that content of a size takes, padding included.
    static func padded(_ size: Int) -> Int {
        (size + blockBytes - 1) / blockBytes * blockBytes
    }

    // MARK: Writing

    /// Owner 0, time 0, no names of users: nothing of the host that packs.
    func encoded() -> [UInt8] {
        var block = [UInt8](repeating: 0, count: Self.blockBytes)
        func put(_ bytes: some Collection<UInt8>, at offset: Int) {
            block.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
        put(name, at: 0)
        put(Self.octal(isExecutable ? 0o755 : 0o644, digits: 7), at: 100)
        put(Self.octal(0, digits: 7), at: 108)
        put(Self.octal(0, digits: 7), at: 116)
        put(Self.octal(size, digits: 11), at: 124)
        put(Self.octal(0, digits: 11), at: 136)
        put([type], at: 156)
        put(linkName, at: 157)
        put(Self.magic, at: 257)
        put(Self.octal(Self.checksum(of: block), digits: 6) + [0, 0x20], at: 148)
        return block
    }

    private static let magic = Array("ustar\0".utf8) + Array("00".utf8)

    private static func octal(_ value: Int, digits: Int) -> [UInt8] {
        let text = String(value, radix: 8)
        return Array(String(repeating: "0", count: digits - text.utf8.count).utf8) + Array(text.utf8)
    }

    /// The sum of all bytes, those of the checksum's own field counted as blanks.
    static func checksum(of block: [UInt8]) -> Int {
        let field = 148..<156
        return block.indices.reduce(0) { $0 + (field.contains($1) ? 0x20 : Int(block[$1])) }
    }

    // MARK: Reading

    /// - Parameter offset: where the block stands in the archive, for messages.
    /// - Throws: `badChecksum`, or `malformed` for what is no ustar header.
    init(decoding block: [UInt8], at offset: Int) throws(BundleError) {
        guard Self.number(block[148..<156]) == Self.checksum(of: block) else { throw .badChecksum(offset: offset) }
        guard block[257..<265].elementsEqual(Self.magic) else {
            throw .malformed(offset: offset, reason: "there is no ustar header")
        }
        guard let mode = Self.number(block[100..<108]), let size = Self.number(block[124..<136]) else {
            throw .malformed(offset: offset, reason: "a number is not in octal digits")
        }
        guard block[345..<500].allSatisfy({ $0 == 0 }) else {
            throw .malformed(offset: offset, reason: "the prefix field is used, which bundles do not")
        }
        name = Array(block[0..<100].prefix { $0 != 0 })
        isExecutable = mode & 0o100 != 0
        self.size = size
        type = block[156]
        linkName = Array(block[157..<257].prefix { $0 != 0 })
    }

    init(name: [UInt8], type: EntryType) {
        self.name = name
        self.type = type.rawValue
    }

    /// Octal digits, then nothing but zero bytes and blanks. At most twelve digits, so no overflow.
    static func number(_ field: ArraySlice<UInt8>) -> Int? {
        let digits = field.prefix { (0x30...0x37).contains($0) }
        guard !digits.isEmpty, field.dropFirst(digits.count).allSatisfy({ $0 == 0 || $0 == 0x20 }) else { return nil }
        return digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
    }
}
