/// The order in which lines are read.
public enum LogOrder: Sendable, Hashable {
    /// By time, those of one moment in the order of their arrival in their run.
    case oldestFirst
    /// The reverse of that.
    case newestFirst
}

/// Where a line stands among all lines.
struct LogPlace: Comparable {
    var time: Int64
    var runID: String
    var chunk: Int64
    var line: Int

    static func < (left: Self, right: Self) -> Bool {
        if left.time != right.time { return left.time < right.time }
        return (left.runID, left.chunk, left.line) < (right.runID, right.chunk, right.line)
    }
}

extension LogOrder {
    func comesFirst(_ left: LogPlace, _ right: LogPlace) -> Bool {
        self == .oldestFirst ? left < right : right < left
    }

    /// The time of the first line of a chunk in this order, and of its last.
    func first(_ head: LogChunkHead) -> Int64 { self == .oldestFirst ? head.minTime : head.maxTime }
    func last(_ head: LogChunkHead) -> Int64 { self == .oldestFirst ? head.maxTime : head.minTime }

    /// Whether the time `left` is before `right`.
    func isBefore(_ left: Int64, _ right: Int64) -> Bool { self == .oldestFirst ? left < right : left > right }
}
