/// A piece of what a child wrote, as it was read from its pipe: any number of lines, or a part of one.
public struct CaptureRecord: Sendable, Equatable {
    public enum Stream: UInt8, Sendable, Equatable {
        case standardOutput = 1
        case standardError = 2
    }

    public var stream: Stream
    /// When it was read; wall clock, microseconds since 1970.
    public var at: Int64
    public var bytes: [UInt8]
    /// The offset in the capture file at which the next record starts.
    public var end: UInt64

    public init(stream: Stream, at: Int64, bytes: [UInt8], end: UInt64) {
        self.stream = stream
        self.at = at
        self.bytes = bytes
        self.end = end
    }
}

/// What stands before the bytes of a record in a capture file, all little-endian:
/// one byte 0xC0 + stream, eight bytes time, four bytes length. A zero byte never starts a record.
struct CaptureHeader: Equatable {
    static let size = 13
    /// More than a supervisor reads at once; a greater length is no header.
    static let longestPayload = 1 << 20

    var stream: CaptureRecord.Stream
    var at: Int64
    var length: Int

    init(stream: CaptureRecord.Stream, at: Int64, length: Int) {
        self.stream = stream
        self.at = at
        self.length = length
    }

    /// Nil if the bytes, at least `size` of them, are no header.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.size, bytes[0] & 0xF0 == 0xC0,
            let stream = CaptureRecord.Stream(rawValue: bytes[0] & 0x0F)
        else { return nil }
        let length = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 9, as: UInt32.self))
        guard (1...UInt32(Self.longestPayload)).contains(length) else { return nil }
        self.stream = stream
        at = Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 1, as: Int64.self))
        self.length = Int(length)
    }

    func write(to bytes: UnsafeMutableRawBufferPointer) {
        bytes[0] = 0xC0 | stream.rawValue
        bytes.storeBytes(of: at.littleEndian, toByteOffset: 1, as: Int64.self)
        bytes.storeBytes(of: UInt32(length).littleEndian, toByteOffset: 9, as: UInt32.self)
    }
}
