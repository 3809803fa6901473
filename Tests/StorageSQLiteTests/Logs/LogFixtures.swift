import Domain
import Storage
import TestSupport

extension ID {
    /// The `number`th id of a test.
    static func number(_ number: Int) -> ID<Subject> {
        var generator = SeededGenerator(seed: UInt64(number))
        return ID(at: Timestamp(microseconds: Int64(number) * 1000), from: &generator)
    }
}

extension Timestamp {
    static func at(_ microseconds: Int64) -> Timestamp { Timestamp(microseconds: microseconds) }
}

extension CapturedLines {
    /// Lines whose messages are their numbers, one a microsecond.
    static func numbered(_ numbers: Range<Int>, run: Int = 1, attempt: Int = 1, begin: UInt64, end: UInt64) -> Self {
        CapturedLines(
            runID: .number(run), attempt: attempt, begin: begin, end: end,
            lines: numbers.map { CapturedLine(timestamp: .at(Int64($0)), level: 20, message: "\($0)") })
    }
}

extension LogStore {
    /// For tests in which the day does not matter.
    func append(_ captured: CapturedLines, id: ID<LogRecord>) async throws -> CaptureProgress {
        try await append(captured, id: id, at: .at(0))
    }

    func append(_ records: [LogRecord]) async throws { try await append(records, at: .at(0)) }
}

extension LogRecord {
    static func of(
        _ number: Int, run: Int? = 1, at time: Int64, level: Int = 20, name: String = "flow", message: String? = nil,
        task: String? = nil
    ) -> LogRecord {
        LogRecord(
            id: .number(number), name: name, level: level, message: message ?? "line \(number)", timestamp: .at(time),
            runID: run.map { .number($0) }, taskRunID: task)
    }
}
