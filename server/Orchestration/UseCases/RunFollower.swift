public import Domain
import Storage

/// Something that has happened to a run that somebody follows.
public enum RunNews: Sendable {
    case entered(RunState)
    case logged([LogRecord])
    /// The run has ended in this state, and all that it wrote has been told.
    case ended(RunState)
}

/// A place in the news of a run.
public struct RunCursor: Sendable, Hashable, LosslessStringConvertible {
    /// How many states have been told.
    var states: Int
    var lines: LogCursor

    static let start = RunCursor(states: 0, lines: .start)

    init(states: Int, lines: LogCursor) {
        self.states = states
        self.lines = lines
    }

    /// Reads what `description` wrote.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let states = Int(parts[0]), states >= 0, let lines = LogCursor(String(parts[1])) else {
            return nil
        }
        self.init(states: states, lines: lines)
    }

    public var description: String { "\(states).\(lines)" }
}

/// Tells what is new of one run, as often as it is asked. The truth is always read anew: notices only say when.
public struct RunFollower: Sendable {
    /// How many lines are told at once.
    private static let lines = 500
    /// Bytes of text that are told at once, so that a follower who takes nothing costs no more.
    private static let bytes = 256 << 10

    private let orchestrator: Orchestrator
    private let run: ID<FlowRun>
    private let wantsLogs: Bool
    private var isFirst = true
    /// Whether more is known already than the last answer could hold.
    public private(set) var hasMore = false
    /// Behind everything that has been told.
    public private(set) var cursor: RunCursor

    /// - Parameters:
    ///   - cursor: what is behind it has been told before; nothing for the beginning of the lines.
    ///   - logs: whether lines are told too.
    public init(_ orchestrator: Orchestrator, run: ID<FlowRun>, after cursor: RunCursor?, logs: Bool) {
        self.orchestrator = orchestrator
        self.run = run
        self.cursor = cursor ?? .start
        wantsLogs = logs
    }

    /// When there may be news.
    public func notices() -> AsyncStream<Notice> {
        orchestrator.bulletin.notices(limit: 1) { [run] notice in
            switch notice {
            case .runChanged(let change): change.runID == run
            case .logged(let logged): logged == run
            case .workReady, .dueLater, .schedulesChanged, .sensorsChanged, .actionsTriggered, .stop, .drain,
                .agentDeleted,
                .poolChanged, .eventsTaken,
                .taskRunsChanged:
                false
            }
        }
    }

    /// Some of what is new, in its order, with the cursor behind each piece; nothing when all has been told. The first
    /// answer begins with the state that the run is in, be it new or not.
    ///
    /// - Throws: `OrchestrationError.notFound` when the run is gone.
    public mutating func news() async throws -> [(news: RunNews, cursor: RunCursor)] {
        // States first: what a run wrote before it ended is stored before its end is.
        let history = try await orchestrator.history(of: run)
        guard let current = history.last else { throw OrchestrationError.notFound(kind: "Flow run", name: "\(run)") }
        let (lines, next, isCut) = try await linesBehindCursor()
        hasMore = isCut
        var news: [(news: RunNews, cursor: RunCursor)] = []
        if isFirst {
            isFirst = false
            let told = cursor.states == 0 ? history.count : cursor.states
            news += enter(history[min(told, history.count - 1)...], of: history.count)
        }
        if !lines.isEmpty {
            cursor.lines = next
            news.append((.logged(lines), cursor))
        }
        guard !hasMore else { return news }
        news += enter(history[min(cursor.states, history.count)...], of: history.count)
        if current.type.isTerminal { news.append((.ended(current), cursor)) }
        return news
    }

    private mutating func enter(
        _ states: ArraySlice<RunState>, of count: Int
    ) -> [(news: RunNews, cursor: RunCursor)] {
        cursor.states = count
        return states.map { (.entered($0), cursor) }
    }

    private func linesBehindCursor() async throws -> (
        records: [LogRecord], next: LogCursor, isCut: Bool
    ) {
        guard wantsLogs else { return ([], cursor.lines, false) }
        return try await orchestrator.logs.follow(run, after: cursor.lines, limit: Self.lines, bytes: Self.bytes)
    }
}
