/// What a decision about a run asks the world to do. Effects are carried out in the transaction that stores the
/// decision, or right after its commit; the machine itself touches nothing.
public enum RunEffect: Sendable, Hashable {
    /// A state to append to the history; the last one is the current one.
    case enter(RunState)
    /// Hold a lease for this attempt.
    case grantLease(attempt: Int, to: ID<Agent>)
    /// Let go of the attempt's lease. `outcome` is what the attempt came to.
    case releaseLease(attempt: Int, outcome: AttemptOutcome)
    /// Tell the agent to stop the attempt's program.
    case stop(attempt: Int, agent: ID<Agent>, reason: String)
}

/// What an attempt came to, as its record says it.
public struct AttemptOutcome: Sendable, Hashable {
    /// COMPLETED, FAILED, CRASHED or CANCELLED; nothing when it was returned to its queue before it began.
    public let type: StateType?
    public let message: String?
    public let end: AttemptEnd?

    public init(type: StateType?, message: String?, end: AttemptEnd? = nil) {
        self.type = type
        self.message = message
        self.end = end
    }
}

/// The circumstances of one decision: the time, chance and ids that pure code must be given.
public struct Occasion: Sendable {
    public let now: Timestamp
    /// From -1 to 1; moves retries apart.
    public let chance: Double
    /// For the state that the decision may enter. A decision enters one state at most.
    public let stateID: ID<RunState>

    public init(now: Timestamp, chance: Double, stateID: ID<RunState>) {
        self.now = now
        self.chance = chance
        self.stateID = stateID
    }
}
