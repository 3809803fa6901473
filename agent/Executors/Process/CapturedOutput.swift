import AgentRuntime
import Domain
import Supervision

/// What a child wrote, from the supervisor's capture file.
struct CapturedOutput: OutputReader {
    private var reader: CaptureReader

    init(path: String) {
        reader = CaptureReader(path: path)
    }

    var offset: UInt64 { reader.offset }

    mutating func next(limit: Int) throws -> [OutputPiece] {
        // Where a prefix was released, the first piece seems to begin before it: harmless, as nothing stands there.
        var begin = reader.offset
        return try reader.next(limit: limit).map { record in
            defer { begin = record.end }
            return OutputPiece(
                stream: record.stream == .standardOutput ? .standardOutput : .standardError,
                at: Timestamp(microseconds: record.at), bytes: record.bytes, begin: begin, end: record.end)
        }
    }

    func release(before end: UInt64) {
        CaptureReader.release(path: reader.path, upTo: end)
    }
}
