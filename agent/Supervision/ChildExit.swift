/// How a child ended, and what it used.
public struct ChildExit: Sendable, Equatable {
    /// How its main process ended.
    public enum Status: Sendable, Equatable {
        /// With this exit code.
        case exited(Int32)
        /// By this signal.
        case signaled(Int32)
    }

    public var status: Status
    /// Why the supervisor stopped it; nil if it ended by itself. A child that obeys TERM may well exit with code 0.
    public var stop: StopReason?
    /// Processor time, user and system, of the main process and of the descendants that it waited for.
    public var cpuMicroseconds: UInt64
    /// The largest resident set of any one of them (`ru_maxrss`). The kernel counts the moment before the program was
    /// loaded too, when the supervisor's memory is shared, so it is never below that: some ten megabytes.
    public var peakMemoryBytes: UInt64
    /// The final length of the capture file, record headers included: what a `CaptureReader` can read up to.
    public var capturedBytes: UInt64
    /// Output that could not be kept because the capture file could not be written for too long.
    public var lostBytes: UInt64
    /// Wall clock, microseconds since 1970.
    public var startedAt: Int64
    /// Wall clock, microseconds since 1970.
    public var endedAt: Int64

    public init(
        status: Status, stop: StopReason? = nil, cpuMicroseconds: UInt64, peakMemoryBytes: UInt64,
        capturedBytes: UInt64, lostBytes: UInt64 = 0, startedAt: Int64, endedAt: Int64
    ) {
        self.status = status
        self.stop = stop
        self.cpuMicroseconds = cpuMicroseconds
        self.peakMemoryBytes = peakMemoryBytes
        self.capturedBytes = capturedBytes
        self.lostBytes = lostBytes
        self.startedAt = startedAt
        self.endedAt = endedAt
    }
}

/// Why the supervisor stopped a child. The first reason stands.
public enum StopReason: UInt8, Sendable, Equatable {
    /// The agent asked for it, or the supervisor was told to end.
    case requested = 1
    /// Its `timeout` passed.
    case timedOut = 2
    /// Its lease was not renewed in time.
    case leaseEnded = 3
}
