import Domain

/// The lines of a chunk, whose texts are made only when they are asked for.
struct LogChunkBody {
    struct Line {
        /// Microseconds since the Unix epoch.
        var time: Int64
        var level: Int
        var name: Int
        var task: Int?
        /// Where its own id is, if it has one.
        var id: Range<Int>?
        var message: Range<Int>
    }

    let lines: [Line]
    let names: [String]
    let taskRunIDs: [String]
    private let bytes: [UInt8]
    private let firstID: ID<LogRecord>?

    /// - Throws: `StorageError.corrupt` for what `LogChunkEncoder` has not written.
    init(_ bytes: [UInt8], lineCount: Int) throws(StorageError) {
        var reader = LogChunkReader(bytes)
        let version = try reader.byte()
        guard version == LogChunkEncoder.version else {
            throw .corrupt("a log chunk has format \(version): a later release wrote it")
        }
        let isIndividual = try reader.byte() == 1
        firstID = isIndividual ? nil : ID(bytes: bytes[try reader.range(16)])
        self.bytes = bytes
        var lines: [Line] = []
        // A line takes at least five bytes: the count is not trusted with memory.
        lines.reserveCapacity(min(lineCount, bytes.count / 5))
        while lines.count < lineCount { lines.append(try reader.line(isIndividual: isIndividual)) }
        self.lines = lines
        names = reader.names
        taskRunIDs = reader.taskRunIDs
    }

    func message(of line: Line) -> String { String(decoding: bytes[line.message], as: UTF8.self) }

    /// The line at `place` as the world knows it.
    func record(at place: Int, runID: ID<FlowRun>?) throws(StorageError) -> LogRecord {
        let line = lines[place]
        let id = line.id.flatMap { ID<LogRecord>(bytes: bytes[$0]) } ?? firstID?.advanced(by: place)
        guard let id else { throw .corrupt("a log line has no id") }
        return LogRecord(
            id: id, name: names[line.name], level: line.level, message: message(of: line),
            timestamp: Timestamp(microseconds: line.time), runID: runID, taskRunID: line.task.map { taskRunIDs[$0] })
    }
}

/// Reads a chunk's body from its beginning.
private struct LogChunkReader {
    private let bytes: [UInt8]
    private var position = 0
    private var time: Int64 = 0
    private(set) var names: [String] = []
    private(set) var taskRunIDs: [String] = []

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private static let broken = StorageError.corrupt("a log chunk is broken")

    mutating func byte() throws(StorageError) -> UInt8 { bytes[try range(1).lowerBound] }

    mutating func range(_ count: Int) throws(StorageError) -> Range<Int> {
        guard count >= 0, count <= bytes.count - position else { throw Self.broken }
        defer { position += count }
        return position..<position + count
    }

    mutating func line(isIndividual: Bool) throws(StorageError) -> LogChunkBody.Line {
        time &+= try signed()
        let level = try signed()
        let name = try number()
        if name == names.count { names.append(try text()) }
        let task = try number() - 1
        if task == taskRunIDs.count { taskRunIDs.append(try text()) }
        guard name < names.count, task < taskRunIDs.count else { throw Self.broken }
        return LogChunkBody.Line(
            time: time, level: Int(level), name: name, task: task < 0 ? nil : task,
            id: isIndividual ? try range(16) : nil, message: try range(try number()))
    }

    private mutating func text() throws(StorageError) -> String {
        String(decoding: bytes[try range(try number())], as: UTF8.self)
    }

    private mutating func signed() throws(StorageError) -> Int64 {
        let number = try unsigned()
        return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
    }

    private mutating func number() throws(StorageError) -> Int { Int(clamping: try unsigned()) }

    private mutating func unsigned() throws(StorageError) -> UInt64 {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            let byte = try byte()
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
        }
        throw Self.broken
    }
}
