/// The SHA-256 of a bundle's archive: its name everywhere.
public struct BundleDigest: Hashable, Sendable {
    /// 32 bytes.
    let bytes: SIMD32<UInt8>

    init(bytes: SIMD32<UInt8>) {
        self.bytes = bytes
    }

    /// Reads 64 lower-case hexadecimal digits, and nothing else: one digest has one spelling.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 64 else { return nil }
        var bytes = SIMD32<UInt8>()
        for (index, character) in text.utf8.enumerated() {
            guard let digit = Self.value(of: character) else { return nil }
            bytes[index / 2] = bytes[index / 2] << 4 | digit
        }
        self.bytes = bytes
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
        return String(unsafeUninitializedCapacity: 64) { text in
            for index in bytes.indices {
                text[2 * index] = digits[Int(bytes[index] >> 4)]
                text[2 * index + 1] = digits[Int(bytes[index] & 15)]
            }
            return 64
        }
    }
}
