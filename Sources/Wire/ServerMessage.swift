public import Domain

/// What the server says to an agent. `agent.proto` is the contract, and documents each field.
public enum ServerMessage: Sendable, Hashable {
    case welcome(Welcome)
    case refused(RefusalReason, message: String)
    case assignment(Assignment)
    case heartbeatAnswer(sequence: UInt64, fenced: [AttemptKey])
    /// Reports of the attempt up to and with `sequence` are committed, or, when `fenced`, of no use any more.
    case reportsTaken(AttemptKey, sequence: Int, fenced: Bool)
    /// Log lines of the attempt before `end` are committed.
    case logsTaken(AttemptKey, end: UInt64)
    /// The files of that batch are committed as events.
    case filesTaken(batch: UInt64)
    case stop(AttemptKey, grace: Duration, reason: String)
    case bundleChunk(BundleChunk)
    case drain(reason: String)
    /// The server ends, and is to come back; leases last at least so long, counted from the sending of that heartbeat.
    case intermission(lease: Duration, afterHeartbeat: UInt64)
}

/// The beginning of a session.
public struct Welcome: Sendable, Hashable {
    /// Said in every message of the session.
    public var session: UInt64
    public var serverVersion: String
    public var heartbeatInterval: Duration
    /// The API's address for flows on the agent's host.
    public var apiURL: String
    public var serverTime: Timestamp
    /// The attempts of `Hello.holding` that the agent may go on with; the others are fenced.
    public var adopted: [AttemptKey]
    /// Whether the server wants to hear of files; older ones do not.
    public var takesFiles = false

    public init(
        session: UInt64, serverVersion: String, heartbeatInterval: Duration, apiURL: String, serverTime: Timestamp,
        adopted: [AttemptKey]
    ) {
        self.session = session
        self.serverVersion = serverVersion
        self.heartbeatInterval = heartbeatInterval
        self.apiURL = apiURL
        self.serverTime = serverTime
        self.adopted = adopted
    }
}

/// Why the server will not talk with an agent.
public enum RefusalReason: Int, Sendable, Hashable, CaseIterable {
    /// It does not speak the envelope's version.
    case version = 1
    /// It knows no such session: say hello again.
    case unknownSession = 2
    /// The pool or a queue does not exist, slots are 0, or a name is not valid.
    case invalid = 3
    /// Another live agent has this id.
    case duplicateAgent = 4
    /// It ends: try again later.
    case shuttingDown = 5
}

/// One attempt at one run, granted to this agent until its lease ends.
public struct Assignment: Sendable, Hashable {
    public var key: AttemptKey
    public var lease: Duration
    public var runName: String
    public var flowName: String
    public var deploymentName: String
    public var flowID: ID<Flow>
    public var deploymentID: ID<Deployment>?
    /// A JSON object.
    public var parameters: String
    /// Executed unchanged.
    public var arguments: [String]
    public var environment: [String: String]
    /// Texts among all that which are not to be shown in its log.
    public var secrets: [String]
    public var bundle: BundleReference?
    public var workingDirectory: String?
    public var python: PythonRequirements?
    /// For the runs of deployments that Prefect's clients make.
    public var prefectFlow: PrefectFlow?
    /// Executes it in a container.
    public var container: ContainerSpec?
    /// Where the agent has the code from instead of a bundle, with its credentials in place.
    public var code: CodeSource?
    /// What a process may use at most.
    public var limits = ProcessLimits()
    /// Whom a process runs as; nothing for the agent's own user.
    public var user: String?
    /// How many of the agent's graphics processors it has to itself.
    public var graphicsProcessors = 0
    public var timeout: Duration?
    /// Between TERM and KILL.
    public var grace: Duration
    /// From 1 within the session.
    public var number: UInt64
    /// The lease counts from the sending of this heartbeat; 0: of the hello.
    public var afterHeartbeat: UInt64

    public init(
        key: AttemptKey, lease: Duration, runName: String, flowName: String, deploymentName: String,
        flowID: ID<Flow>, deploymentID: ID<Deployment>?, parameters: String, arguments: [String],
        environment: [String: String], secrets: [String] = [], bundle: BundleReference?, workingDirectory: String?,
        python: PythonRequirements?, prefectFlow: PrefectFlow? = nil, timeout: Duration?, grace: Duration,
        number: UInt64, afterHeartbeat: UInt64
    ) {
        self.key = key
        self.lease = lease
        self.runName = runName
        self.flowName = flowName
        self.deploymentName = deploymentName
        self.flowID = flowID
        self.deploymentID = deploymentID
        self.parameters = parameters
        self.arguments = arguments
        self.environment = environment
        self.secrets = secrets
        self.bundle = bundle
        self.workingDirectory = workingDirectory
        self.python = python
        self.prefectFlow = prefectFlow
        self.timeout = timeout
        self.grace = grace
        self.number = number
        self.afterHeartbeat = afterHeartbeat
    }
}

/// How a flow is executed that Prefect's client runs.
public struct PrefectFlow: Sendable, Hashable {
    /// An interpreter, or the directory of a virtual environment; nothing for the agent's own choice.
    public var python: String?
    public var warmStart: ProcessJob.WarmStart

    public init(python: String? = nil, warmStart: ProcessJob.WarmStart = .asUsual) {
        self.python = python
        self.warmStart = warmStart
    }
}

/// A piece of a bundle, or why there is none.
public struct BundleChunk: Sendable, Hashable {
    public var digest: [UInt8]
    public var offset: UInt64
    public var data: [UInt8]
    public var total: UInt64
    public var error: String?

    public init(digest: [UInt8], offset: UInt64, data: [UInt8], total: UInt64, error: String? = nil) {
        self.digest = digest
        self.offset = offset
        self.data = data
        self.total = total
        self.error = error
    }
}
