extension TimeZoneRules {
    /// Reads a TZif file (RFC 8536) of any version. Nothing if the bytes are none, or count leap seconds.
    public init?(name: String, tzif bytes: [UInt8]) {
        var reader = ByteReader(bytes: bytes)
        guard var header = Header(&reader) else { return nil }
        var wordSize = 4
        if header.version >= 2 {
            // What follows is for readers that know 32-bit times only; the same comes again.
            guard reader.skip(header.size(timesOf: 4)), let second = Header(&reader) else { return nil }
            (header, wordSize) = (second, 8)
        }
        guard header.leapSeconds == 0, header.types > 0, let block = Block(header, wordSize, &reader) else {
            return nil
        }
        let law = header.version >= 2 ? reader.footer().flatMap { YearlyChanges.law($0) } : nil
        self.init(name: name, block, law)
    }

    private init(name: String, _ block: Block, _ law: YearlyChanges.Law?) {
        var changes: [Int64] = []
        var offsets = [block.firstOffset]
        for (time, offset) in zip(block.times, block.offsets) where offset != offsets.last {
            changes.append(time)
            offsets.append(offset)
        }
        var future: YearlyChanges?
        switch law {
        case .changing(let yearly): future = yearly
        case .constant, nil: break
        }
        self.init(name: name, changes: changes, offsets: offsets, future: future)
    }
}

private struct Header {
    let version: Int
    let leapSeconds: Int
    let types: Int
    let times: Int
    let abbreviationBytes: Int
    let standardMarks: Int
    let universalMarks: Int

    init?(_ reader: inout ByteReader) {
        guard reader.word(4) == 0x545A_6966, let version = reader.word(1), reader.skip(15) else { return nil }
        let counts = (0..<6).compactMap { _ in reader.word(4).map { Int($0) } }
        // A file of the real world has some hundred of each.
        guard counts.count == 6, counts.allSatisfy({ (0...1 << 16).contains($0) }) else { return nil }
        self.version = version == 0 ? 1 : Int(version) - 0x30
        (universalMarks, standardMarks, leapSeconds) = (counts[0], counts[1], counts[2])
        (times, types, abbreviationBytes) = (counts[3], counts[4], counts[5])
    }

    /// How many bytes its block has.
    func size(timesOf word: Int) -> Int {
        times * (word + 1) + types * 6 + abbreviationBytes + leapSeconds * (word + 4) + standardMarks + universalMarks
    }
}

/// What a file lists.
private struct Block {
    let times: [Int64]
    /// From each of the times on.
    let offsets: [Int64]
    let firstOffset: Int64

    init?(_ header: Header, _ word: Int, _ reader: inout ByteReader) {
        let times = (0..<header.times).compactMap { _ in reader.word(word) }
        let indices = (0..<header.times).compactMap { _ in reader.word(1).map { Int($0) } }
        var types: [Int64] = []
        for _ in 0..<header.types {
            // Offset, whether it is summer time, and where its abbreviation stands.
            guard let offset = reader.word(4), reader.skip(2), abs(offset) < 100_000 else { return nil }
            types.append(offset)
        }
        guard times.count == header.times, indices.count == header.times, zip(times, times.dropFirst()).allSatisfy(<)
        else { return nil }
        guard reader.skip(header.abbreviationBytes + header.standardMarks + header.universalMarks) else { return nil }
        guard let first = types.first, indices.allSatisfy({ $0 < types.count }) else { return nil }
        self.times = times
        offsets = indices.map { types[$0] }
        firstOffset = first
    }
}

private struct ByteReader {
    let bytes: [UInt8]
    private var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func skip(_ count: Int) -> Bool {
        guard count <= bytes.count - position else { return false }
        position += count
        return true
    }

    /// A signed number of `size` bytes, the highest first; of one byte, an unsigned one.
    mutating func word(_ size: Int) -> Int64? {
        guard size <= bytes.count - position else { return nil }
        defer { position += size }
        let bits = bytes[position..<position + size].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return size == 4 ? Int64(Int32(truncatingIfNeeded: bits)) : Int64(truncatingIfNeeded: bits)
    }

    /// The text between the last two line ends.
    func footer() -> ArraySlice<UInt8>? {
        let rest = bytes[position...]
        guard rest.first == 10 else { return nil }
        return rest.dropFirst().prefix { $0 != 10 }
    }
}
