/// What the supervisor tells the agent.
public enum SupervisorEvent: Sendable, Equatable {
    /// The child runs its program; `at` is wall clock, microseconds since 1970.
    case started(token: String, pid: Int32, at: Int64)
    /// Nothing was started. Kept and repeated, like an exit, until acknowledged.
    case failedToStart(token: String, reason: StartFailure)
    /// There is output to read: the capture file is now this long, record headers included.
    case output(token: String, captured: UInt64)
    /// The child and everything that it started are gone, and its output is in the capture file.
    /// Repeated to every new connection until acknowledged.
    case exited(token: String, ChildExit)
    /// A zygote can become children now; it takes up so much memory, most of which it shares with them.
    case zygoteReady(key: String, pid: Int32, memoryBytes: UInt64)
    /// There is no such zygote any more, or it could not be made. What it was asked for is started without it.
    case zygoteEnded(key: String, ChildExit.Status)
    /// The supervisor ended, died, or turned to another agent. The last event of a client.
    case disconnected
}

/// What the supervisor knows of one child.
public struct ChildReport: Sendable, Equatable {
    public enum State: Sendable, Equatable {
        /// It lives; `pid` is 0 while it is about to. `startedAt` is wall clock, microseconds since 1970; `captured` the length of its capture file.
        case running(pid: Int32, startedAt: Int64, captured: UInt64)
        /// It has ended and is not yet acknowledged.
        case ended(ChildExit)
        /// It could not be started and is not yet acknowledged.
        case failedToStart(StartFailure)
    }

    public var token: String
    public var state: State

    public init(token: String, state: State) {
        self.token = token
        self.state = state
    }
}
