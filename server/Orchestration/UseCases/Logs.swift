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
        let progress = try await watched { try await logs.append(captured, id: surroundings.newID(), at: now) }
        if progress.isStored { bulletin.publish([.logged(name.run)]) }
        return progress.taken
    }

    /// Stores lines that clients wrote themselves.
    public func log(_ records: [LogRecord]) async throws {
        guard !records.isEmpty else { return }
        try await watched { try await logs.append(records, at: now) }
        bulletin.publish(Set(records.compactMap(\.runID)).map { .logged($0) })
    }

    /// Logs have a database of their own, and so does its failure show when the server is asked whether it is ready.
    private func watched<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch {
            storageWatch.failed(error, at: now)
            throw error
        }
    }
}

extension Orchestrator {
    /// How large the logs are on the disk.
    public func logBytes() async throws -> Int { try await logs.size() }
}

/// A part of a run's log, in the order in which its lines arrived.
public struct LogPage: Sendable {
    public let records: [LogRecord]
    /// What the next page is asked for by; nothing when there is no more now.
    public let next: String?
}

extension Orchestrator {
    /// Bytes of text in one page of a log, about.
    private static let logPageBytes = 4 << 20

    /// Lines of a run's log behind `cursor`: reading a log from its beginning to its end costs no more than its length.
    ///
    /// - Parameter cursor: nothing for the beginning.
    /// - Throws: `OrchestrationError.notFound`; `.invalid` for a cursor that no page gave.
    public func logPage(of run: ID<FlowRun>, after cursor: String?, limit: Int) async throws -> LogPage {
        _ = try await self.run(run)
        guard let start = cursor.map({ LogCursor($0) }) ?? .start else {
            throw OrchestrationError.invalid("\"\(cursor ?? "")\" is no cursor of a log: give back what a page gave")
        }
        let (records, next, isCut) = try await logs.follow(run, after: start, limit: limit, bytes: Self.logPageBytes)
        return LogPage(records: records, next: isCut ? next.description : nil)
    }
}
