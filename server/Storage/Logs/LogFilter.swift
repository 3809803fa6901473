public import Domain

/// Which log lines are asked for: those that meet every condition that is given.
public struct LogFilter: Sendable, Hashable {
    /// Of any of these runs.
    public var runIDs: [ID<FlowRun>]?
    /// Of any of these task runs.
    public var taskRunIDs: [String]?
    /// Of a task run, or of none.
    public var hasTaskRun: Bool?
    /// The least severe and the most severe level.
    public var lowestLevel: Int?
    public var highestLevel: Int?
    /// The first and the last moment, both included.
    public var earliest: Timestamp?
    public var latest: Timestamp?
    public var text: LogTextSearch?

    public init(
        runIDs: [ID<FlowRun>]? = nil, taskRunIDs: [String]? = nil, hasTaskRun: Bool? = nil, lowestLevel: Int? = nil,
        highestLevel: Int? = nil, earliest: Timestamp? = nil, latest: Timestamp? = nil, text: LogTextSearch? = nil
    ) {
        self.runIDs = runIDs
        self.taskRunIDs = taskRunIDs
        self.hasTaskRun = hasTaskRun
        self.lowestLevel = lowestLevel
        self.highestLevel = highestLevel
        self.earliest = earliest
        self.latest = latest
        self.text = text
    }
}

extension LogFilter {
    private var levels: ClosedRange<Int>? { Self.range(lowestLevel ?? .min, highestLevel ?? .max) }

    private var times: ClosedRange<Int64>? {
        Self.range(earliest?.microseconds ?? .min, latest?.microseconds ?? .max)
    }

    private static func range<Bound: Comparable>(_ first: Bound, _ last: Bound) -> ClosedRange<Bound>? {
        first <= last ? first...last : nil
    }

    /// Whether a line of these times could meet the filter.
    func mayAccept(_ span: ClosedRange<Int64>) -> Bool { times?.overlaps(span) ?? false }

    /// Whether every line of a chunk meets the filter, as far as its head tells.
    func acceptsAll(of head: LogChunkHead) -> Bool {
        guard taskRunIDs == nil, hasTaskRun == nil, text == nil, let times, let levels else { return false }
        return times.contains(head.minTime) && times.contains(head.maxTime)
            && levels.contains(head.minLevel) && levels.contains(head.maxLevel)
    }

    /// The lines of a chunk that meet the filter, by their places.
    func places(in body: LogChunkBody) -> [Int] {
        guard let times, let levels else { return [] }
        let tasks = taskRunIDs.map { wanted in body.taskRunIDs.map { wanted.contains($0) } }
        return body.lines.indices.filter { place in
            let line = body.lines[place]
            return times.contains(line.time) && levels.contains(line.level)
                && (hasTaskRun.map { $0 == (line.task != nil) } ?? true)
                && (tasks.map { tasks in line.task.map { tasks[$0] } ?? false } ?? true)
                && (text?.matches(body.message(of: line), logger: body.names[line.name]) ?? true)
        }
    }
}

extension LogFilter {
    /// Whether a line meets the filter.
    public func accepts(_ record: LogRecord) -> Bool {
        guard let times, let levels else { return false }
        return times.contains(record.timestamp.microseconds) && levels.contains(record.level)
            && (runIDs.map { ids in record.runID.map { ids.contains($0) } ?? false } ?? true)
            && (hasTaskRun.map { $0 == (record.taskRunID != nil) } ?? true)
            && (taskRunIDs.map { ids in record.taskRunID.map { ids.contains($0) } ?? false } ?? true)
            && (text?.matches(record.message, logger: record.name) ?? true)
    }
}
