import Domain
import Wire

/// Entries as bytes. A record is the marker, the length and the CRC-32 of what follows (each 4 bytes, little-endian),
/// then a byte for the kind and the entry's fields. The marker lets a reader find its way after damage.
enum SpoolCodec {
    static let headerSize = 12
    /// More than any entry takes: a length beyond it is damage.
    static let longest = 1 << 20
    private static let marker: UInt32 = 0xC1_5E_01_A5

    private enum Kind: UInt8 {
        case taken = 1
        case report = 2
        case acknowledged = 3
        case finished = 4
    }

    static func append(_ entry: SpoolEntry, to bytes: inout [UInt8]) {
        let content = encode(entry)
        appendInteger(marker, to: &bytes)
        appendInteger(UInt32(content.count), to: &bytes)
        appendInteger(CRC32.checksum(content), to: &bytes)
        bytes += content
    }

    /// All whole records of `bytes`, and how many bytes belong to none.
    static func entries(in bytes: [UInt8]) -> (entries: [SpoolEntry], damaged: Int) {
        var entries: [SpoolEntry] = []
        var damaged = 0
        var position = 0
        while position < bytes.count {
            if let (entry, length) = record(in: bytes, at: position) {
                entries.append(entry)
                position += length
            } else {
                damaged += 1
                position += 1
            }
        }
        return (entries, damaged)
    }

    private static func record(in bytes: [UInt8], at start: Int) -> (SpoolEntry, length: Int)? {
        guard bytes.count - start > headerSize, integer(in: bytes, at: start) == marker else { return nil }
        let length = Int(integer(in: bytes, at: start + 4))
        let content = start + headerSize
        guard length <= longest, bytes.count - content >= length else { return nil }
        let slice = bytes[content..<content + length]
        guard CRC32.checksum(slice) == integer(in: bytes, at: start + 8) else { return nil }
        guard let entry = decode(slice) else { return nil }
        return (entry, headerSize + length)
    }

    private static func encode(_ entry: SpoolEntry) -> [UInt8] {
        var bytes: [UInt8] = []
        switch entry {
        case .taken(let key, let lease, let grace):
            bytes.append(Kind.taken.rawValue)
            append(key, to: &bytes)
            appendInteger(lease.wholeMicroseconds, to: &bytes)
            appendInteger(grace.wholeMicroseconds, to: &bytes)
        case .report(let report):
            bytes.append(Kind.report.rawValue)
            bytes += Envelope(session: 0, body: AgentMessage.report(report)).encoded()
        case .acknowledged(let key, let sequence):
            bytes.append(Kind.acknowledged.rawValue)
            append(key, to: &bytes)
            appendInteger(UInt32(clamping: sequence), to: &bytes)
        case .finished(let key):
            bytes.append(Kind.finished.rawValue)
            append(key, to: &bytes)
        }
        return bytes
    }

    private static func decode(_ bytes: ArraySlice<UInt8>) -> SpoolEntry? {
        guard let kind = bytes.first.flatMap(Kind.init) else { return nil }
        let fields = Array(bytes.dropFirst())
        if kind == .report {
            guard case .report(let report)? = try? Envelope<AgentMessage>(decoding: fields).body else { return nil }
            return .report(report)
        }
        guard fields.count >= 20, let run = ID<FlowRun>(bytes: fields[..<16]) else { return nil }
        let key = AttemptKey(run: run, attempt: Int(integer(in: fields, at: 16)))
        switch (kind, fields.count) {
        case (.taken, 36):
            return .taken(key, lease: duration(in: fields, at: 20), grace: duration(in: fields, at: 28))
        case (.acknowledged, 24): return .acknowledged(key, sequence: Int(integer(in: fields, at: 20)))
        case (.finished, 20): return .finished(key)
        default: return nil
        }
    }

    private static func append(_ key: AttemptKey, to bytes: inout [UInt8]) {
        bytes += key.run.bytes
        appendInteger(UInt32(clamping: key.attempt), to: &bytes)
    }

    private static func appendInteger(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private static func integer(in bytes: [UInt8], at offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) }
    }

    private static func duration(in bytes: [UInt8], at offset: Int) -> Duration {
        let low = UInt64(integer(in: bytes, at: offset))
        let high = UInt64(integer(in: bytes, at: offset + 4))
        return .microseconds(Int64(bitPattern: high << 32 | low))
    }
}
