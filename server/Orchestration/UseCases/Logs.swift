public import Domain
import Storage

extension Orchestrator {
    /// Stores lines that an attempt wrote, by their place in its captured output: `range`. What was stored before is
    /// not stored again.
    ///
    /// - Returns: the place up to which everything is stored.
    public func takeOutput(
        of name: AttemptName, in range: Range<UInt64>,
        lines: [(level: Int, timestamp: Timestamp, message: String)]
    ) async throws -> UInt64 {
        let captured = CapturedLines(
            runID: name.run, attempt: name.attempt, begin: range.lowerBound, end: range.upperBound,
            lines: lines.map { CapturedLine(timestamp: $0.timestamp, level: $0.level, message: $0.message) })
        let progress = try await logs.append(captured, id: surroundings.newID())
        if progress.isStored { bulletin.publish([.logged(name.run)]) }
        return progress.taken
    }

    /// Stores lines that clients wrote themselves.
    public func log(_ records: [LogRecord]) async throws {
        guard !records.isEmpty else { return }
        try await logs.append(records)
        bulletin.publish(Set(records.compactMap(\.runID)).map { .logged($0) })
    }
}
