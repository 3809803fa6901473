/// What can happen to a run from Sluice's own side. What clients propose is not here: see `ProposalRule`.
public enum RunEvent: Sendable, Hashable {
    /// An agent takes it: a lease is granted and the next attempt begins.
    case claimed(by: ID<Agent>)
    /// The assignment did not reach the agent, or the agent gave it back before anything was executed.
    case returned(attempt: Int, reason: String, wait: Duration)
    /// The agent makes ready what the run needs.
    case preparing(attempt: Int, message: String)
    /// The attempt's program executes.
    case started(attempt: Int, at: Timestamp)
    /// The attempt is over.
    case ended(attempt: Int, AttemptEnd)
    /// Nobody has renewed the lease.
    case leaseExpired(attempt: Int)
    /// Somebody wants it to end.
    case cancelRequested(reason: String)
    /// It should have started a while ago.
    case foundLate
    /// Whoever executes it without a lease is not heard of any more.
    case claimantLost(reason: String)
}

/// How an attempt ended.
public struct AttemptEnd: Sendable, Hashable {
    public enum Cause: Sendable, Hashable {
        /// The program ended with this code.
        case exited(code: Int)
        /// A signal that Sluice did not send ended it.
        case signaled(Int)
        /// Stopped because the server asked.
        case stopped
        /// Stopped at its timeout.
        case timedOut
        /// Its host stopped it when its lease ended.
        case leaseEnded
        /// Could not be started.
        case notStarted
        /// The supervisor died, and the program with it.
        case supervisorLost
    }

    public let cause: Cause
    public let at: Timestamp
    /// The last lines of stderr, or why it was not started.
    public let message: String?
    public let cpu: Duration
    public let peakMemoryBytes: Int64
    /// It was killed because it wanted more memory than it may have.
    public let wasOutOfMemory: Bool
    /// It was not started because its code could not be had, for which the run is not to blame.
    public let lackedCode: Bool

    public init(
        _ cause: Cause, at: Timestamp, message: String? = nil, cpu: Duration = .zero, peakMemoryBytes: Int64 = 0,
        wasOutOfMemory: Bool = false, lackedCode: Bool = false
    ) {
        self.cause = cause
        self.at = at
        self.message = message
        self.cpu = cpu
        self.peakMemoryBytes = peakMemoryBytes
        self.wasOutOfMemory = wasOutOfMemory
        self.lackedCode = lackedCode
    }
}
