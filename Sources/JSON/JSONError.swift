/// What a parser takes before it refuses a document.
public struct JSONLimits: Sendable, Hashable {
    /// How deep arrays and objects may nest. Parsing recurses, at roughly 300 bytes of stack a level.
    public var depth: Int
    /// How many characters one number may have.
    public var numberLength: Int

    public init(depth: Int = 128, numberLength: Int = 1_024) {
        self.depth = depth
        self.numberLength = numberLength
    }

    public static let `default` = JSONLimits()
}

/// Why a text is not JSON, and where.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Reason: Sendable, Hashable {
        /// The text ends where a value, or the rest of one, is due.
        case unexpectedEnd
        /// A byte that cannot stand here; `expected` says what can.
        case unexpectedByte(UInt8, expected: String)
        /// Something follows the document.
        case trailingContent
        /// The text begins with a byte order mark, which RFC 8259 §8.1 forbids to send.
        case byteOrderMark
        /// Arrays and objects nest deeper than the limit.
        case tooDeep(limit: Int)
        /// A number has more characters than the limit.
        case numberTooLong(limit: Int)
        /// The bytes of a string are not UTF-8.
        case invalidUTF8
        /// A control character stands unescaped in a string.
        case unescapedControlCharacter(UInt8)
        /// A backslash is followed by something that it cannot escape.
        case invalidEscape
        /// A `\u` escape names half of a surrogate pair without the other half.
        case loneSurrogate
    }

    public let reason: Reason
    /// Bytes before the fault.
    public let offset: Int
    /// The fault's line, counted from 1.
    public let line: Int
    /// The fault's place in its line, in code points, counted from 1.
    public let column: Int

    init(_ reason: Reason, at offset: Int, in bytes: UnsafeBufferPointer<UInt8>) {
        self.reason = reason
        self.offset = offset
        var line = 1
        var column = 1
        for byte in bytes.prefix(offset) {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xc0 != 0x80 {
                column += 1
            }
        }
        self.line = line
        self.column = column
    }

    public var description: String {
        "invalid JSON at line \(line), column \(column): \(reason)"
    }
}

extension JSONError.Reason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unexpectedEnd: "the text ends too early"
        case .unexpectedByte(let byte, let expected): "\(Self.name(of: byte)) where \(expected) should be"
        case .trailingContent: "something follows the end of the document"
        case .byteOrderMark: "the text begins with a byte order mark; send it without one"
        case .tooDeep(let limit): "arrays and objects are nested more than \(limit) deep"
        case .numberTooLong(let limit): "a number has more than \(limit) characters"
        case .invalidUTF8: "the bytes of a string are not UTF-8"
        case .unescapedControlCharacter(let byte): "\(Self.name(of: byte)) must be escaped in a string"
        case .invalidEscape: "an unknown escape in a string"
        case .loneSurrogate: "half of a surrogate pair without the other half"
        }
    }

    private static func name(of byte: UInt8) -> String {
        if (0x21...0x7e).contains(byte) {
            return "'\(Character(UnicodeScalar(byte)))'"
        }
        let hex = String(byte, radix: 16)
        return "byte 0x\(hex.count == 1 ? "0" : "")\(hex)"
    }
}
