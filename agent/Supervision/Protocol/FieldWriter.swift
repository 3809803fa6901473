/// Appends the fields of a frame. Integers are little-endian, byte strings carry their length before them.
struct FieldWriter {
    private(set) var bytes: [UInt8] = []

    mutating func integer<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func text(_ value: String) {
        var value = value
        value.withUTF8 { utf8 in
            integer(UInt32(truncatingIfNeeded: utf8.count))
            bytes.append(contentsOf: utf8)
        }
    }

    mutating func strings(_ value: CStrings) {
        integer(UInt32(truncatingIfNeeded: value.count))
        integer(UInt32(truncatingIfNeeded: value.bytes.count))
        bytes.append(contentsOf: value.bytes)
    }

    /// Appends one frame: its length, then what `body` writes.
    mutating func frame(_ body: (inout FieldWriter) -> Void) {
        let start = bytes.count
        integer(UInt32(0))
        body(&self)
        let length = UInt32(truncatingIfNeeded: bytes.count - start - 4)
        withUnsafeBytes(of: length.littleEndian) { header in
            for index in 0..<4 { bytes[start + index] = header[index] }
        }
    }

    /// Hands over what was written and starts anew.
    mutating func take() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }
}

/// Strings as `execve` wants them: back to back, each with its NUL.
struct CStrings: Equatable {
    var bytes: [UInt8] = []
    var count = 0

    init() {}

    init(_ strings: some Sequence<String>) {
        for string in strings { append(string) }
    }

    mutating func append(_ string: String) {
        bytes.append(contentsOf: string.utf8)
        bytes.append(0)
        count += 1
    }
}
