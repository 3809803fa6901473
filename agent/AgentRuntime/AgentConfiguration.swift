public import Domain

/// What an agent is told when it starts.
public struct AgentConfiguration: Sendable {
    /// `HOST:PORT` of the server.
    public var server: String
    public var name: String
    public var host: String
    /// The program's version, for people.
    public var version: String
    public var pool: String
    /// Empty means every queue of the pool.
    public var queues: [String]
    public var slots: Int
    public var labels: [String: String]
    /// What its runs may have of the host, together.
    public var offer = Resources.none
    public var processID: Int32
    /// The agent's own environment, which its runs inherit.
    public var environment: [String: String]
    /// Whether what a run leaves in its directory stays there.
    public var keepsRuns: Bool
    /// The interpreter of Prefect's flows, or the directory of a virtual environment, where a deployment names none.
    public var python = "python3"
    /// Whether a Python that has imported Prefect is kept for the flows to come.
    public var keepsPythonWarm = true
    /// Bytes that are to be free where the agent's data are; with less no run is taken. What executes needs room for
    /// its output and its reports.
    public var diskReserve = 16 << 20
    /// The files that it tells the server of when they appear.
    public var watching = FileWatching()
    /// How many bytes of code are kept for runs to come, beside what is in use.
    public var codeCacheBytes = 4 << 30
    public var timing = AgentTiming()

    public init(
        server: String, name: String, host: String, version: String, pool: String, queues: [String], slots: Int,
        labels: [String: String], processID: Int32, environment: [String: String], keepsRuns: Bool = false
    ) {
        self.server = server
        self.name = name
        self.host = host
        self.version = version
        self.pool = pool
        self.queues = queues
        self.slots = slots
        self.labels = labels
        self.processID = processID
        self.environment = environment
        self.keepsRuns = keepsRuns
    }
}

/// How patient an agent is.
public struct AgentTiming: Sendable, Hashable {
    /// The wait before an unanswered or refused hello is said again. It doubles up to `helloMaximum`.
    public var helloInitial: Duration = .milliseconds(500)
    public var helloMaximum: Duration = .seconds(15)
    /// The wait before an unacknowledged report or log batch is sent again in the same session.
    public var reportRepeat: Duration = .seconds(5)
    /// How long the start of a child waits to be told: a run that ends meanwhile is told of in one piece, and costs the
    /// server one transaction instead of two.
    public var startPause: Duration = .milliseconds(5)
    /// What a server that asks for more heartbeats gets, so that a mistake of its own makes no agent spin.
    public var shortestHeartbeat: Duration = .milliseconds(50)
    /// So many heartbeats without an answer mean that the server has forgotten the session.
    public var silentHeartbeats = 3
    /// The lease of a child that was found without a record of it.
    public var unknownLease: Duration = .seconds(30)
    /// How long an agent that ends waits for the server, after its children have ended.
    public var farewell: Duration = .seconds(5)
    /// How long a chunk of a bundle may take before it is asked for again.
    public var chunkRepeat: Duration = .seconds(5)
    /// How long the beginning of a line waits for the rest before it is shown.
    public var lineQuiet: Duration = .seconds(1)

    public init() {}
}

/// Now, on both clocks: one that only goes forward, and one that people read.
public struct AgentTime: Sendable, Hashable {
    /// Since some moment before the agent started; goes on while the machine sleeps.
    public var elapsed: Duration
    public var wall: Timestamp

    public init(elapsed: Duration, wall: Timestamp) {
        self.elapsed = elapsed
        self.wall = wall
    }
}
