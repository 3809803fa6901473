/// What chance does to something sound.
public struct Mutation: Sendable {
    public var random: SeededGenerator

    public init(seed: UInt64) { random = SeededGenerator(seed: seed) }
}

extension Mutation {
    /// Numbers that lie on some edge, for the lengths and counts in binary formats.
    static let edges: [UInt8] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF]

    /// The bytes after one to four accidents: flipped bits, bytes changed, lost, put in or repeated, ends cut off,
    /// lengths blown up.
    public mutating func callAsFunction(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...random.choice(of: 4) { damage(&bytes) }
        return bytes
    }

    /// The text's bytes after the same, taken for UTF-8 as far as they are.
    public mutating func callAsFunction(_ text: String) -> String {
        String(decoding: self(Array(text.utf8)), as: UTF8.self)
    }

    private mutating func damage(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else {
            bytes = random.bytes(random.choice(of: 20))
            return
        }
        let at = random.choice(of: bytes.count)
        let end = min(bytes.count, at + 1 + random.choice(of: 16))
        switch random.choice(of: 9) {
        case 0: bytes[at] ^= 1 << UInt8(random.choice(of: 8))
        case 1: bytes[at] = UInt8(truncatingIfNeeded: random.next())
        case 2: bytes[at] = Self.edges[random.choice(of: Self.edges.count)]
        case 3: bytes.removeSubrange(at..<end)
        case 4: bytes.insert(contentsOf: random.bytes(end - at), at: at)
        case 5: bytes.insert(contentsOf: bytes[at..<end], at: random.choice(of: bytes.count))
        case 6: bytes.removeLast(bytes.count - at)
        case 7: for place in at..<end { bytes[place] = 0xFF }
        default: bytes.swapAt(at, random.choice(of: bytes.count))
        }
    }
}
