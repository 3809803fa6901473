/// A process on a host that pulls runs and executes them. Prefect calls it a worker.
public struct Agent: Sendable, Hashable {
    /// Made once per data directory of an agent.
    public let id: ID<Agent>
    public var name: String
    public var host: String
    public var version: String
    public var poolID: ID<WorkPool>
    /// The names of the queues that it serves; none means all of the pool.
    public var queueNames: [String]
    public var slots: Int
    public var labels: [String: String]
    /// What its host lets runs have, beside slots.
    public var offer: Resources
    /// When the server last heard from it.
    public var lastSeen: Timestamp
    /// When it was told, or said, that it ends; nothing while it is expected to be there.
    public var leftAt: Timestamp?
    public var created: Timestamp

    public init(
        id: ID<Agent>, name: String, host: String, version: String, poolID: ID<WorkPool>, queueNames: [String],
        slots: Int, labels: [String: String], offer: Resources = .none, lastSeen: Timestamp, leftAt: Timestamp? = nil,
        created: Timestamp
    ) {
        self.id = id
        self.name = name
        self.host = host
        self.version = version
        self.poolID = poolID
        self.queueNames = queueNames
        self.slots = slots
        self.labels = labels
        self.offer = offer
        self.lastSeen = lastSeen
        self.leftAt = leftAt
        self.created = created
    }

    /// How long an agent may be silent before it is out of touch: such that everybody sees it within ten seconds.
    public static let silenceLimit: Duration = .seconds(9)

    /// Whether it is there, as far as can be told at `now`.
    public func isOnline(at now: Timestamp) -> Bool { leftAt == nil && now - lastSeen <= Self.silenceLimit }

    /// Whether it serves the queue named `name` of its pool.
    public func serves(queueNamed name: String) -> Bool { queueNames.isEmpty || queueNames.contains(name) }
}

/// The server's grant of one attempt to one agent, until a deadline that heartbeats move.
public struct Lease: Sendable, Hashable {
    public let runID: ID<FlowRun>
    public let attempt: Int
    public let agentID: ID<Agent>
    public let duration: Duration
    public var deadline: Timestamp

    public init(runID: ID<FlowRun>, attempt: Int, agentID: ID<Agent>, duration: Duration, deadline: Timestamp) {
        self.runID = runID
        self.attempt = attempt
        self.agentID = agentID
        self.duration = duration
        self.deadline = deadline
    }
}
