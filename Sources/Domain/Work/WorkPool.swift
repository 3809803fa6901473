public import JSON

/// A kind of place where runs execute. Names are unique.
public struct WorkPool: Sendable, Hashable {
    /// The pool that a deployment lands in when it names none, and that a fresh server starts with.
    public static let standardName = "default"
    /// Where Prefect puts the queues that name no pool. It is made when it is first needed.
    public static let agentPoolName = "default-agent-pool"
    /// The type of a pool whose queues Prefect 2's agents ask for runs one by one.
    public static let agentType = "prefect-agent"

    /// The type of pools whose runs are processes on the host of an agent, or of a worker of Prefect's.
    public static let processType = "process"
    /// The type of pools whose runs are containers there.
    public static let dockerType = "docker"

    public let id: ID<WorkPool>
    public var name: String
    /// How its runs are executed: `process`, `docker` …
    public var type: String
    public var description: String?
    public var isPaused: Bool
    /// How many of its runs may execute at once.
    public var concurrencyLimit: Int?
    /// How often its runs may start.
    public var rateLimit: RateLimit?
    /// After how long a wait weighs as much as one step of priority; nothing for `Ageing.standard`, zero for never.
    public var ageing: Duration?
    public var defaultQueueID: ID<WorkQueue>
    /// Prefect's template of infrastructure, kept as it came.
    public var baseJobTemplate: JSONObject
    /// Where code and results are kept, as Prefect's client said it.
    public var storageConfiguration: JSONObject
    public var created: Timestamp
    public var updated: Timestamp

    public init(
        id: ID<WorkPool>, name: String, type: String = "process", description: String? = nil, isPaused: Bool = false,
        concurrencyLimit: Int? = nil, rateLimit: RateLimit? = nil, ageing: Duration? = nil,
        defaultQueueID: ID<WorkQueue>, baseJobTemplate: JSONObject = [:], storageConfiguration: JSONObject = [:],
        created: Timestamp, updated: Timestamp
    ) {
        self.id = id
        self.name = name
        self.type = type
        self.description = description
        self.isPaused = isPaused
        self.concurrencyLimit = concurrencyLimit
        self.rateLimit = rateLimit
        self.ageing = ageing
        self.defaultQueueID = defaultQueueID
        self.baseJobTemplate = baseJobTemplate
        self.storageConfiguration = storageConfiguration
        self.created = created
        self.updated = updated
    }

    /// Whether Sluice's agents execute what Prefect's clients deploy to it: they make processes and containers.
    public var isServedByAgents: Bool { [Self.processType, Self.dockerType].contains(type) }

    /// The most that `ageing` may be.
    public static let longestAgeing: Duration = .seconds(365 * 86_400)

    /// How waiting makes up for a low priority among its runs and queues; nothing where it does not.
    public var ageingRule: Ageing? {
        guard let ageing else { return .standard }
        return ageing > .zero ? Ageing(step: ageing) : nil
    }
}

/// A queue in a pool. (pool, name) is unique.
public struct WorkQueue: Sendable, Hashable {
    public static let standardName = "default"

    public let id: ID<WorkQueue>
    public var poolID: ID<WorkPool>
    public var name: String
    public var description: String
    public var isPaused: Bool
    /// How many of its runs may execute at once.
    public var concurrencyLimit: Int?
    /// How often its runs may start.
    public var rateLimit: RateLimit?
    /// Which queue of the pool goes first: the *lower*, the sooner, as in Prefect. From 1.
    public var priority: Int
    public var lastPolled: Timestamp?
    public var created: Timestamp
    public var updated: Timestamp

    public init(
        id: ID<WorkQueue>, poolID: ID<WorkPool>, name: String, description: String = "", isPaused: Bool = false,
        concurrencyLimit: Int? = nil, rateLimit: RateLimit? = nil, priority: Int, lastPolled: Timestamp? = nil,
        created: Timestamp, updated: Timestamp
    ) {
        self.id = id
        self.poolID = poolID
        self.name = name
        self.description = description
        self.isPaused = isPaused
        self.concurrencyLimit = concurrencyLimit
        self.rateLimit = rateLimit
        self.priority = priority
        self.lastPolled = lastPolled
        self.created = created
        self.updated = updated
    }
}
