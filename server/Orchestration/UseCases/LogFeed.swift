public import Domain
public import JSON
import Storage

/// Which log lines somebody wants to be told of as they come: `logs` in Prefect's API.
public struct LiveLogFilter: JSONReadable, Sendable {
    let filter: LogFilter

    /// Reads the filter as clients write it.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        filter = try LogFilter(reader)
    }
}

/// Tells log lines to somebody who wants them as they come.
public struct LogFeed: Sendable {
    private static let lines = 1000
    private static let bytes = 1 << 20

    private let orchestrator: Orchestrator
    private let filter: LogFilter
    private let notices: AsyncStream<Notice>
    /// Up to where each run's lines have been looked at.
    private var cursors: [ID<FlowRun>: LogCursor] = [:]

    /// Lines from now on.
    public init(_ orchestrator: Orchestrator, _ wanted: LiveLogFilter) {
        self.orchestrator = orchestrator
        var filter = wanted.filter
        filter.earliest = max(filter.earliest ?? orchestrator.now, orchestrator.now - Self.longestReplay)
        self.filter = filter
        let runs = filter.runIDs.map { Set($0) }
        notices = orchestrator.bulletin.everyNotice { notice in
            guard case .logged(let run) = notice else { return false }
            return runs?.contains(run) ?? true
        }
    }

    private static let longestReplay: Duration = .seconds(60)

    /// Tells until the task is cancelled.
    ///
    /// - Parameter tell: given some lines, never none.
    public mutating func run(_ tell: @Sendable ([LogRecord]) async throws -> Void) async throws {
        for await notice in notices {
            guard case .logged(let run) = notice else { continue }
            var isCut = true
            while isCut {
                let (records, next, more) = try await orchestrator.logs.follow(
                    run, after: cursors[run] ?? .start, limit: Self.lines, bytes: Self.bytes)
                cursors[run] = next
                isCut = more
                let wanted = records.filter { filter.accepts($0) }
                if !wanted.isEmpty { try await tell(wanted) }
            }
        }
    }
}
