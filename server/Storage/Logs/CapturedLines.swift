public import Domain

/// Lines that an agent captured from an attempt's output, in the order of the capture.
public struct CapturedLines: Sendable, Hashable {
    public var runID: ID<FlowRun>
    /// Counted from 1.
    public var attempt: Int
    /// The part of the capture that the lines are all of, in bytes: from `begin` to before `end`.
    public var begin: UInt64
    public var end: UInt64
    public var lines: [CapturedLine]

    public init(runID: ID<FlowRun>, attempt: Int, begin: UInt64, end: UInt64, lines: [CapturedLine]) {
        self.runID = runID
        self.attempt = attempt
        self.begin = begin
        self.end = end
        self.lines = lines
    }
}

/// A line of captured output.
public struct CapturedLine: Sendable, Hashable {
    public var timestamp: Timestamp
    /// 20 for standard output, 40 for standard error.
    public var level: Int
    public var message: String

    public init(timestamp: Timestamp, level: Int, message: String) {
        self.timestamp = timestamp
        self.level = level
        self.message = message
    }

    /// What its records are called after.
    var logger: String { level >= 40 ? "stderr" : "stdout" }
}

/// What became of captured lines.
public struct CaptureProgress: Sendable, Hashable {
    /// Bytes of the attempt's capture that are stored, or were given up: the agent may forget them.
    public var taken: UInt64
    /// False for lines that were stored before.
    public var isStored: Bool
    /// Bytes between what was taken before and these lines, which are lost.
    public var gap: UInt64

    public init(taken: UInt64, isStored: Bool, gap: UInt64) {
        self.taken = taken
        self.isStored = isStored
        self.gap = gap
    }
}
