/// A state that a client wants a run to be in (`set_state`), and what must be known to judge it.
public struct Proposal: Sendable {
    public let current: RunState?
    public let proposed: RunState
    public let facts: Facts

    public init(current: RunState?, proposed: RunState, facts: Facts) {
        self.current = current
        self.proposed = proposed
        self.facts = facts
    }

    /// The same, with what the proposed state takes over from the present one.
    public var completed: Proposal {
        guard let current else { return self }
        var details = proposed.details
        if proposed.type == .pending, [.scheduled, .pending].contains(current.type) {
            details.scheduledTime = details.scheduledTime ?? current.details.scheduledTime
        }
        details.holdID = details.holdID ?? facts.claim?.holdID ?? current.details.holdID
        guard details != proposed.details else { return self }
        return Proposal(current: current, proposed: proposed.with(details: details), facts: facts)
    }

    /// What was loaded beforehand; rules do no I/O.
    public struct Facts: Sendable {
        public var now: Timestamp
        public var hasDeployment: Bool
        /// How often the flow has run, and how often its own policy lets it be run again.
        public var runCount: Int
        /// What the flow says of its retries and pauses.
        public var policy: FlowRunPolicy
        public var isSubflow: Bool
        /// Whether somebody is known to execute it: an agent, or a worker.
        public var isHeld: Bool
        /// From -1 to 1.
        public var chance: Double
        /// What stands against a claim, if that is what is proposed.
        public var claim: Claim?

        public init(
            now: Timestamp, hasDeployment: Bool = false, runCount: Int = 0,
            policy: FlowRunPolicy = FlowRunPolicy(), isSubflow: Bool = false, isHeld: Bool = false,
            chance: Double = 0, claim: Claim? = nil
        ) {
            self.now = now
            self.hasDeployment = hasDeployment
            self.runCount = runCount
            self.policy = policy
            self.isSubflow = isSubflow
            self.isHeld = isHeld
            self.chance = chance
            self.claim = claim
        }
    }

    /// How much room there is for a run that somebody wants to begin to execute.
    public struct Claim: Sendable, Hashable {
        /// How many runs of its deployment may execute at once, and how many do.
        public var limit: Int?
        public var occupancy: Int
        public var strategy: CollisionStrategy
        /// All slots of its queue, or of its pool, are held.
        public var isPlaceFull: Bool
        /// What the slot of its deployment is called that the run is to hold.
        public var holdID: String?

        public init(
            limit: Int?, occupancy: Int, strategy: CollisionStrategy, isPlaceFull: Bool, holdID: String? = nil
        ) {
            self.limit = limit
            self.occupancy = occupancy
            self.strategy = strategy
            self.isPlaceFull = isPlaceFull
            self.holdID = holdID
        }
    }
}

/// What the rules make of a proposal. The words are those of Prefect's orchestration answers.
public enum Verdict: Sendable, Hashable {
    /// The run enters the proposed state.
    case accept
    /// The run enters another state instead.
    case rejectAs(RunState, reason: String)
    /// The run stays as it is, and the client is to take that state for its own.
    case rejectKeeping(reason: String)
    /// Propose again after this time.
    case wait(Duration, reason: String)
    /// The client is to give up.
    case abort(reason: String)
}
