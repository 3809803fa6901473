/// The identity of a `Subject`: a UUID that cannot be mistaken for the id of something else.
///
/// Sluice makes version 7 ids (RFC 9562 §5.7), whose order is that of their making; ids that clients made are
/// kept as they are, of whatever version.
public struct ID<Subject>: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A version 7 id.
    ///
    /// - Parameters:
    ///   - time: when the subject came to be; milliseconds of it are kept.
    ///   - random: where the other 74 bits come from.
    public init(at time: Timestamp, from random: inout some RandomNumberGenerator) {
        let milliseconds = UInt64(clamping: time.microseconds / 1000) & 0xFFFF_FFFF_FFFF
        high = milliseconds << 16 | 0x7000 | random.next() & 0xFFF
        low = 0x8000_0000_0000_0000 | random.next() & 0x3FFF_FFFF_FFFF_FFFF
    }

    /// The same id, seen as that of another kind of thing.
    public func cast<Other>(to _: Other.Type = Other.self) -> ID<Other> { ID<Other>(high: high, low: low) }
}

extension ID: Comparable {
    /// The order of the bytes, which for version 7 ids is the order of their making.
    public static func < (left: Self, right: Self) -> Bool { (left.high, left.low) < (right.high, right.low) }
}

// MARK: - Text

extension ID: LosslessStringConvertible, CustomStringConvertible {
    /// Reads the canonical form: 32 hexadecimal digits of either case in groups of 8-4-4-4-12 (RFC 9562 §4).
    public init?(_ text: String) {
        // Read for every column of every row: bytes that lie in one piece are many times faster than a view of them.
        var text = text
        guard let id = text.withUTF8({ Self(digits: $0) }) else { return nil }
        self = id
    }

    /// The same, of a part of a text.
    public init?(_ text: some StringProtocol) { self.init(String(text)) }

    private init?(digits: UnsafeBufferPointer<UInt8>) {
        guard digits.count == 36 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for position in 0..<36 {
            switch position {
            case 8, 13, 18, 23:
                guard digits[position] == UInt8(ascii: "-") else { return nil }
            default:
                guard let digit = hexadecimalValue(digits[position]) else { return nil }
                if position < 18 { high = high << 4 | UInt64(digit) } else { low = low << 4 | UInt64(digit) }
            }
        }
        self.init(high: high, low: low)
    }

    /// The canonical form in lower case.
    public var description: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            var position = 0
            for nibble in 0..<32 {
                if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                    buffer[position] = UInt8(ascii: "-")
                    position += 1
                }
                let word = nibble < 16 ? high : low
                let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - nibble % 16 * 4)) & 0xF
                buffer[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                position += 1
            }
            return position
        }
    }
}

func hexadecimalValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}

// MARK: - Bytes

extension ID {
    /// Reads the 16 bytes of `bytes`, in network order.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The 16 bytes, in network order.
    public var bytes: [UInt8] {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { [UInt8]($0) }
    }
}
