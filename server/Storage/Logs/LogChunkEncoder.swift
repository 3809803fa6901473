import Domain

/// Makes chunks of lines.
///
/// A body is: a version; whether each line has an id of its own, else the first line's id; then the lines. Of a line
/// there is: the time since the line before; the level; the logger and the task run, each by its number in the chunk,
/// followed by its name where that number is new; its id, if each has one; the message. Whole numbers are LEB128,
/// signed ones zigzag; texts are UTF-8 after their length.
struct LogChunkEncoder {
    static let version: UInt8 = 1
    /// Lines and bytes after which a chunk is full. A single line may be larger.
    static let lineLimit = 4096
    static let byteLimit = 256 << 10

    enum Identity {
        /// Lines have consecutive ids, from this one.
        case consecutive(ID<LogRecord>)
        /// Each line brings its id.
        case individual
    }

    private(set) var head: LogChunkHead
    private let identity: Identity
    private var bytes: [UInt8]
    private var lastTime: Int64 = 0
    private var names = TextNumbers()
    private var taskRunIDs = TextNumbers()

    init(runID: ID<FlowRun>?, _ identity: Identity) {
        head = LogChunkHead(runID: runID?.description ?? "")
        self.identity = identity
        bytes = [Self.version]
        switch identity {
        case .consecutive(let id): bytes += [0] + id.bytes
        case .individual: bytes.append(1)
        }
    }

    var isFull: Bool { head.count >= Self.lineLimit || bytes.count >= Self.byteLimit }
    var chunk: LogChunk { LogChunk(head: head, body: bytes) }

    mutating func append(_ line: CapturedLine) {
        begin(line.timestamp, line.level, line.logger, taskRunID: nil)
        append(line.message)
    }

    mutating func append(_ record: LogRecord) {
        begin(record.timestamp, record.level, record.name, taskRunID: record.taskRunID)
        if case .individual = identity { bytes += record.id.bytes }
        append(record.message)
    }

    private mutating func begin(_ time: Timestamp, _ level: Int, _ name: String, taskRunID: String?) {
        head.count += 1
        head.minTime = min(head.minTime, time.microseconds)
        head.maxTime = max(head.maxTime, time.microseconds)
        head.minLevel = min(head.minLevel, level)
        head.maxLevel = max(head.maxLevel, level)
        appendSigned(time.microseconds &- lastTime)
        lastTime = time.microseconds
        appendSigned(Int64(level))
        append(name, numbered: names.number(of: name), after: 0)
        if let taskRunID {
            append(taskRunID, numbered: taskRunIDs.number(of: taskRunID), after: 1)
        } else {
            append(0 as UInt64)
        }
    }

    private mutating func append(_ text: String, numbered found: (number: Int, isNew: Bool), after offset: Int) {
        append(UInt64(found.number + offset))
        if found.isNew { append(text) }
    }

    private mutating func append(_ text: String) {
        append(UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func appendSigned(_ number: Int64) {
        append(UInt64(bitPattern: number << 1 ^ number >> 63))
    }

    private mutating func append(_ number: UInt64) {
        var number = number
        while number >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: number) | 0x80)
            number >>= 7
        }
        bytes.append(UInt8(number))
    }
}

/// Numbers texts by their first appearance. A chunk has few different ones.
private struct TextNumbers {
    private var known: [String] = []

    mutating func number(of text: String) -> (number: Int, isNew: Bool) {
        if let number = known.firstIndex(of: text) { return (number, false) }
        known.append(text)
        return (known.count - 1, true)
    }
}

extension LogChunkEncoder {
    /// The lines of a capture, whose ids begin with `id`.
    static func chunks(of captured: CapturedLines, id: ID<LogRecord>) -> [LogChunk] {
        var chunks: [LogChunk] = []
        var encoder: LogChunkEncoder?
        for (place, line) in captured.lines.enumerated() {
            var current = encoder ?? LogChunkEncoder(runID: captured.runID, .consecutive(id.advanced(by: place)))
            encoder = nil
            current.append(line)
            if current.isFull { chunks.append(current.chunk) } else { encoder = current }
        }
        return chunks + (encoder.map { [$0.chunk] } ?? [])
    }

    /// Records of any runs, each run's in their order.
    static func chunks(of records: [LogRecord]) -> [LogChunk] {
        var chunks: [LogChunk] = []
        var encoders: [ID<FlowRun>?: LogChunkEncoder] = [:]
        for record in records {
            var current =
                encoders.removeValue(forKey: record.runID)
                ?? LogChunkEncoder(runID: record.runID, .individual)
            current.append(record)
            if current.isFull { chunks.append(current.chunk) } else { encoders[record.runID] = current }
        }
        return chunks + encoders.values.map(\.chunk).sorted { $0.head.runID < $1.head.runID }
    }
}

extension ID {
    /// The id `count` after this one, of the same version and variant.
    func advanced(by count: Int) -> Self {
        var bytes = bytes
        var carry = UInt64(clamping: count)
        // The last 62 bits are random in every version that has a random part.
        for place in bytes.indices.suffix(8).reversed() where carry > 0 {
            let mask: UInt64 = place == 8 ? 0x3F : 0xFF
            let sum = UInt64(bytes[place]) & mask + carry & 0xFF
            carry = carry >> 8 + sum >> (place == 8 ? 6 : 8)
            bytes[place] = bytes[place] & ~UInt8(mask) | UInt8(sum & mask)
        }
        return Self(bytes: bytes) ?? self
    }
}
