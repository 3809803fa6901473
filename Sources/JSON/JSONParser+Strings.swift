extension JSONParser {
    /// Reads a string from its opening to its closing quote.
    mutating func string() throws(JSONError) -> String {
        offset += 1
        let start = offset
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte == UInt8(ascii: "\"") {
                let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<offset]), as: UTF8.self)
                offset += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            if byte >= 0x80 {
                offset += try lengthOfScalar()
                continue
            }
            if byte < 0x20 { throw fault(.unescapedControlCharacter(byte)) }
            offset += 1
        }
        throw fault(.unexpectedEnd)
    }

    /// Reads on in a string that has escapes, the first of them at the offset.
    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var text = Array(bytes[start..<offset])
        while offset < bytes.count {
            let byte = bytes[offset]
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                try appendEscape(to: &text)
            case 0x80...:
                let length = try lengthOfScalar()
                text.append(contentsOf: bytes[offset..<offset + length])
                offset += length
            case ..<0x20:
                throw fault(.unescapedControlCharacter(byte))
            default:
                text.append(byte)
                offset += 1
            }
        }
        throw fault(.unexpectedEnd)
    }

    private mutating func appendEscape(to text: inout [UInt8]) throws(JSONError) {
        guard offset + 1 < bytes.count else {
            offset = bytes.count
            throw fault(.unexpectedEnd)
        }
        switch bytes[offset + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(bytes[offset + 1])
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            text.append(contentsOf: try unicodeEscape().utf8)
            return
        default: throw fault(.invalidEscape)
        }
        offset += 2
    }

    /// Reads `\uXXXX`, or two of them that make a surrogate pair.
    private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let start = offset
        let first = try codeUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        if UTF16.isLeadSurrogate(first), offset + 1 < bytes.count,
            bytes[offset] == UInt8(ascii: "\\"), bytes[offset + 1] == UInt8(ascii: "u")
        {
            let second = try codeUnit()
            if UTF16.isTrailSurrogate(second) {
                return UTF16.decode(UTF16.EncodedScalar([first, second]))
            }
        }
        offset = start
        throw fault(.loneSurrogate)
    }

    private mutating func codeUnit() throws(JSONError) -> UInt16 {
        let escape = offset
        offset += 2
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard offset < bytes.count else { throw fault(.unexpectedEnd) }
            guard let digit = Self.hexadecimal(bytes[offset]) else {
                offset = escape
                throw fault(.invalidEscape)
            }
            unit = unit << 4 | digit
            offset += 1
        }
        return unit
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt16? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// The length of the scalar at the offset, whose first byte is not ASCII, if it is well-formed UTF-8
    /// (Unicode 15, table 3-7).
    private func lengthOfScalar() throws(JSONError) -> Int {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xbf
        switch bytes[offset] {
        case 0xc2...0xdf: length = 2
        case 0xe0: (length, second) = (3, 0xa0...0xbf)
        case 0xed: (length, second) = (3, 0x80...0x9f)
        case 0xe1...0xef: length = 3
        case 0xf0: (length, second) = (4, 0x90...0xbf)
        case 0xf1...0xf3: length = 4
        case 0xf4: (length, second) = (4, 0x80...0x8f)
        default: throw fault(.invalidUTF8)
        }
        guard offset + length <= bytes.count, second.contains(bytes[offset + 1]) else { throw fault(.invalidUTF8) }
        for index in offset + 2..<offset + length where bytes[index] & 0xc0 != 0x80 {
            throw fault(.invalidUTF8)
        }
        return length
    }
}
