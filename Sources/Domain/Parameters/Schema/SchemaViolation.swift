import JSON

/// One respect in which a value is not what its schema asks for.
public struct SchemaViolation: Error, Sendable {
    /// Where in the value.
    public let location: [JSONPathComponent]
    /// What stands there.
    public let value: JSONValue
    /// The keyword that was violated; empty for the schema `false`.
    public let keyword: String
    /// For `anyOf` and `oneOf`: how the value violates each of the branches.
    public let context: [SchemaViolation]
    let phrase: SchemaPhrase
    /// Whether the value has a type that the violated schema names.
    let matchesType: Bool

    /// The reason, in the words of Python's `jsonschema`, which Prefect's server quotes: `13 is greater than the
    /// maximum of 12`.
    public var reason: String {
        switch phrase {
        case .ofValue(let predicate): PythonSpelling.of(value) + predicate
        case .text(let text): text
        }
    }

    /// Where in the value, for people: `month`, `cfg.names[2]`; empty for the value itself.
    public var path: String {
        var path = ""
        for component in location {
            switch component {
            case .index(let index): path += "[\(index)]"
            case .key(let key) where key.isPlainName: path += path.isEmpty ? key : ".\(key)"
            case .key(let key):
                path += "['\(key.escapedForPath)']"
            }
        }
        return path
    }

    /// Where in the value, as a JSON pointer (RFC 6901).
    public var pointer: String {
        location.reduce("") { pointer, component in
            switch component {
            case .index(let index): pointer + "/\(index)"
            case .key(let key): pointer + "/" + key.escapedForPointer
            }
        }
    }
}

extension SchemaViolation: CustomStringConvertible {
    /// As Prefect's server words it.
    public var description: String {
        let path = path
        // A JSON path loses its `$.` there, but not a `$` that a bracket follows.
        let field = path.isEmpty ? "" : " for field \(PythonSpelling.of(path.hasPrefix("[") ? "$" + path : path))"
        return "Validation failed\(field). Failure reason: \(reason)"
    }
}

/// What a reason says.
enum SchemaPhrase: Sendable, Hashable {
    /// The value's spelling stands before it.
    case ofValue(String)
    case text(String)
}

extension String {
    /// A name that needs no brackets in a path.
    fileprivate var isPlainName: Bool {
        guard let first = utf8.first, first.isLetter else { return false }
        return utf8.allSatisfy { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "_") }
    }

    var escapedForPointer: String {
        replacing { $0 == UInt8(ascii: "~") ? "~0" : $0 == UInt8(ascii: "/") ? "~1" : nil }
    }

    /// The inverse of ``escapedForPointer``.
    var unescapedFromPointer: String {
        guard utf8.contains(UInt8(ascii: "~")) else { return self }
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            switch (byte, rest.first) {
            case (UInt8(ascii: "~"), UInt8(ascii: "0")): bytes.append(UInt8(ascii: "~"))
            case (UInt8(ascii: "~"), UInt8(ascii: "1")): bytes.append(UInt8(ascii: "/"))
            default:
                bytes.append(byte)
                continue
            }
            rest.removeFirst()
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    fileprivate var escapedForPath: String {
        replacing { $0 == UInt8(ascii: "\\") ? "\\\\" : $0 == UInt8(ascii: "'") ? "\\'" : nil }
    }

    /// With each byte for which there is another spelling written so.
    private func replacing(_ spelling: (UInt8) -> StaticString?) -> String {
        guard utf8.contains(where: { spelling($0) != nil }) else { return self }
        var bytes: [UInt8] = []
        for byte in utf8 {
            if let text = spelling(byte) {
                bytes += UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
