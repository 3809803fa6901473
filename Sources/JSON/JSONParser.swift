extension JSONValue {
    /// Reads one document, strictly by RFC 8259.
    public init(
        parsing bytes: UnsafeRawBufferPointer, limits: JSONLimits = .default
    ) throws(JSONError) {
        var parser = JSONParser(bytes: bytes.assumingMemoryBound(to: UInt8.self), limits: limits)
        self = try parser.document()
    }

    /// Reads one document, strictly by RFC 8259.
    public init(parsing bytes: some Sequence<UInt8>, limits: JSONLimits = .default) throws(JSONError) {
        let direct = bytes.withContiguousStorageIfAvailable { bytes in
            Result { () throws(JSONError) in
                try JSONValue(parsing: UnsafeRawBufferPointer(bytes), limits: limits)
            }
        }
        if let direct {
            self = try direct.get()
        } else {
            try self.init(parsing: Array(bytes), limits: limits)
        }
    }

    /// Reads one document, strictly by RFC 8259.
    public init(parsing text: String, limits: JSONLimits = .default) throws(JSONError) {
        try self.init(parsing: text.utf8, limits: limits)
    }
}

/// A recursive-descent parser over bytes in memory.
struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    let limits: JSONLimits
    var offset = 0
    private var depth = 0

    init(bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func document() throws(JSONError) -> JSONValue {
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { throw fault(.byteOrderMark) }
        skipWhitespace()
        let value = try value()
        skipWhitespace()
        if offset < bytes.count { throw fault(.trailingContent) }
        return value
    }

    func fault(_ reason: JSONError.Reason) -> JSONError {
        JSONError(reason, at: offset, in: bytes)
    }

    /// The fault that the byte at the offset, or the lack of one, is.
    func unexpected(expecting expected: String) -> JSONError {
        offset < bytes.count
            ? fault(.unexpectedByte(bytes[offset], expected: expected))
            : fault(.unexpectedEnd)
    }

    private mutating func skipWhitespace() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x0a, 0x0d, 0x09: offset += 1
            default: return
            }
        }
    }

    /// Steps over `byte` if it is next.
    @inline(__always)
    mutating func take(_ byte: UInt8) -> Bool {
        guard offset < bytes.count, bytes[offset] == byte else { return false }
        offset += 1
        return true
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        guard offset < bytes.count else { throw fault(.unexpectedEnd) }
        switch bytes[offset] {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: throw unexpected(expecting: "a value")
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for index in 0..<word.utf8CodeUnitCount where !take(word.utf8Start[index]) {
            throw unexpected(expecting: "'\(word)'")
        }
        return value
    }

    private mutating func enter() throws(JSONError) {
        guard depth < limits.depth else { throw fault(.tooDeep(limit: limits.depth)) }
        depth += 1
        offset += 1
        skipWhitespace()
    }

    private mutating func array() throws(JSONError) -> [JSONValue] {
        try enter()
        defer { depth -= 1 }
        var elements: [JSONValue] = []
        if take(UInt8(ascii: "]")) { return elements }
        while true {
            elements.append(try value())
            skipWhitespace()
            if take(UInt8(ascii: "]")) { return elements }
            guard take(UInt8(ascii: ",")) else { throw unexpected(expecting: "',' or ']'") }
            skipWhitespace()
        }
    }

    private mutating func object() throws(JSONError) -> JSONObject {
        try enter()
        defer { depth -= 1 }
        var object = JSONObject()
        if take(UInt8(ascii: "}")) { return object }
        while true {
            guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else {
                throw unexpected(expecting: "a key in double quotes")
            }
            let key = try string()
            skipWhitespace()
            guard take(UInt8(ascii: ":")) else { throw unexpected(expecting: "':'") }
            skipWhitespace()
            object.updateValue(try value(), forKey: key)
            skipWhitespace()
            if take(UInt8(ascii: "}")) { return object }
            guard take(UInt8(ascii: ",")) else { throw unexpected(expecting: "',' or '}'") }
            skipWhitespace()
        }
    }
}
