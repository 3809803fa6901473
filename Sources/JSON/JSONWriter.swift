extension JSONValue {
    /// The JSON text without any white space.
    public func serialized() -> String {
        String(decoding: serializedBytes(), as: UTF8.self)
    }

    /// The JSON text without any white space, in UTF-8.
    public func serializedBytes() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1_024)
        write(into: &bytes)
        return bytes
    }

    /// Appends the JSON text without any white space, in UTF-8.
    public func write(into bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append("null")
        case .bool(let bool): bytes.append(bool ? "true" : "false")
        case .integer(let integer): bytes.append(integer)
        case .number(let number): bytes.append(contentsOf: number.lexeme.utf8)
        case .string(let string): bytes.appendQuoted(string)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            var isFirst = true
            for element in elements {
                if isFirst { isFirst = false } else { bytes.append(UInt8(ascii: ",")) }
                element.write(into: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            object.write(into: &bytes)
        }
    }

    /// The JSON text over several lines, `indent` spaces a level.
    public func prettyPrinted(indent: Int = 2) -> String {
        var bytes: [UInt8] = []
        writePretty(into: &bytes, indent: indent, level: 0)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The JSON text without white space and with keys in the order of their code points, so that equal values have
    /// equal texts. Numbers keep their spelling.
    public var canonical: String {
        sortingKeys().serialized()
    }

    private func sortingKeys() -> JSONValue {
        switch self {
        case .array(let elements):
            .array(elements.map { $0.sortingKeys() })
        case .object(let object):
            .object(
                JSONObject(
                    object.sorted { $0.key.precedesInCodePoints($1.key) }
                        .map { ($0.key, $0.value.sortingKeys()) }))
        default: self
        }
    }

    private func writePretty(into bytes: inout [UInt8], indent: Int, level: Int) {
        switch self {
        case .array(let elements) where !elements.isEmpty:
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                bytes.appendLineBreak(after: index, spaces: indent * (level + 1))
                element.writePretty(into: &bytes, indent: indent, level: level + 1)
            }
            bytes.appendLineBreak(after: 0, spaces: indent * level)
            bytes.append(UInt8(ascii: "]"))
        case .object(let object) where !object.isEmpty:
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in object.enumerated() {
                bytes.appendLineBreak(after: index, spaces: indent * (level + 1))
                bytes.appendQuoted(member.key)
                bytes.append(": ")
                member.value.writePretty(into: &bytes, indent: indent, level: level + 1)
            }
            bytes.appendLineBreak(after: 0, spaces: indent * level)
            bytes.append(UInt8(ascii: "}"))
        default:
            write(into: &bytes)
        }
    }
}

extension JSONObject {
    /// Appends the JSON text without any white space, in UTF-8.
    public func write(into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "{"))
        var isFirst = true
        for (key, value) in self {
            if isFirst { isFirst = false } else { bytes.append(UInt8(ascii: ",")) }
            bytes.appendQuoted(key)
            bytes.append(UInt8(ascii: ":"))
            value.write(into: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    fileprivate mutating func append(_ integer: Int64) {
        if (0..<10).contains(integer) {
            append(UInt8(ascii: "0") + UInt8(integer))
        } else {
            append(contentsOf: integer.description.utf8)
        }
    }

    /// A comma if an element of the given index is not the first, then a line break and spaces.
    fileprivate mutating func appendLineBreak(after index: Int, spaces: Int) {
        if index > 0 { append(UInt8(ascii: ",")) }
        append(UInt8(ascii: "\n"))
        append(contentsOf: repeatElement(UInt8(ascii: " "), count: spaces))
    }

    fileprivate mutating func appendQuoted(_ string: String) {
        append(UInt8(ascii: "\""))
        let done: Void? = string.utf8.withContiguousStorageIfAvailable { appendEscaping($0) }
        if done == nil {
            Array(string.utf8).withUnsafeBufferPointer { appendEscaping($0) }
        }
        append(UInt8(ascii: "\""))
    }

    /// Appends runs of plain bytes at once, and escapes what RFC 8259 §7 requires.
    private mutating func appendEscaping(_ text: UnsafeBufferPointer<UInt8>) {
        var start = 0
        for index in text.indices {
            let byte = text[index]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<index]))
            appendEscape(of: byte)
            start = index + 1
        }
        append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
    }

    private mutating func appendEscape(of byte: UInt8) {
        switch byte {
        case 0x08: append("\\b")
        case 0x09: append("\\t")
        case 0x0a: append("\\n")
        case 0x0c: append("\\f")
        case 0x0d: append("\\r")
        case ..<0x20:
            append("\\u00")
            append(UInt8(ascii: "0") + byte >> 4)
            let low = byte & 0xf
            append(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
        default:
            append(UInt8(ascii: "\\"))
            append(byte)
        }
    }
}
