/// The SHA-256 of a bundle's archive: its name everywhere.
public struct BundleDigest: Hashable, Sendable {
    // Not the vector itself: it wants an alignment that the frames of suspended functions do not have, and what stands beside
    // it in one is then damaged (Swift 6.3, x86-64).
    private let first: UInt64
    private let second: UInt64
    private let third: UInt64
    private let fourth: UInt64

    init(bytes: SIMD32<UInt8>) {
        let words = unsafeBitCast(bytes, to: SIMD4<UInt64>.self)
        (first, second, third, fourth) = (words[0], words[1], words[2], words[3])
    }

    /// 32 bytes.
    private var bytes: SIMD32<UInt8> {
        unsafeBitCast(SIMD4(first, second, third, fourth), to: SIMD32<UInt8>.self)
    }

    /// Reads 64 lower-case hexadecimal digits, and nothing else: one digest has one spelling.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 64 else { return nil }
        var bytes = SIMD32<UInt8>()
        for (index, character) in text.utf8.enumerated() {
            guard let digit = Self.value(of: character) else { return nil }
            bytes[index / 2] = bytes[index / 2] << 4 | digit
        }
        self.init(bytes: bytes)
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

extension BundleDigest: CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
    public var description: String {
        let digits = Array("0123456789abcdef".utf8)
        let bytes = bytes
        return String(unsafeUninitializedCapacity: 64) { text in
            for index in bytes.indices {
                text[2 * index] = digits[Int(bytes[index] >> 4)]
                text[2 * index + 1] = digits[Int(bytes[index] & 15)]
            }
            return 64
        }
    }
}
