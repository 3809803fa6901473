/// What came over the socket is not what it should be. Never more than a reason to close that connection.
enum FrameFault: Error, Equatable {
    /// A frame of more bytes than its receiver accepts.
    case tooLong(Int)
    /// The frame ends in the middle of a field.
    case truncated
    /// Bytes are left after the last field.
    case trailingBytes(Int)
    /// No message has this number.
    case unknownKind(UInt8)
    /// A field holds what it cannot.
    case invalidField
}

/// Reads the fields of one frame, each checked against its end.
struct FieldReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    /// The bytes must outlive the reader.
    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func integer<Value: FixedWidthInteger>(_: Value.Type = Value.self) throws(FrameFault) -> Value {
        let size = MemoryLayout<Value>.size
        guard bytes.count - position >= size else { throw .truncated }
        defer { position += size }
        return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Value.self))
    }

    mutating func text() throws(FrameFault) -> String {
        String(decoding: try run(length: Int(integer(UInt32.self))), as: UTF8.self)
    }

    mutating func strings() throws(FrameFault) -> CStrings {
        var value = CStrings()
        value.count = Int(try integer(UInt32.self))
        value.bytes = Array(try run(length: Int(integer(UInt32.self))))
        return value
    }

    /// A value of a closed set.
    mutating func choice<Value: RawRepresentable<UInt8>>(_: Value.Type) throws(FrameFault) -> Value {
        guard let value = Value(rawValue: try integer()) else { throw .invalidField }
        return value
    }

    /// As many values as the count before them says. `smallest` bounds what a lying count can make us reserve.
    mutating func list<Value>(
        smallest: Int, _ element: (inout FieldReader) throws(FrameFault) -> Value
    ) throws(FrameFault) -> [Value] {
        let count = Int(try integer(UInt32.self))
        guard count <= (bytes.count - position) / smallest else { throw .truncated }
        var values: [Value] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try element(&self)) }
        return values
    }

    /// Asserts that nothing is left.
    func finish() throws(FrameFault) {
        guard position == bytes.count else { throw .trailingBytes(bytes.count - position) }
    }

    private mutating func run(length: Int) throws(FrameFault) -> UnsafeRawBufferPointer {
        guard length <= bytes.count - position else { throw .truncated }
        defer { position += length }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + length])
    }
}
