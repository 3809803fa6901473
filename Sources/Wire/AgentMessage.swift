public import Domain

/// What an agent says to the server. `agent.proto` is the contract, and documents each field.
public enum AgentMessage: Sendable, Hashable {
    case hello(Hello)
    case ready(credit: Int, assignmentsSeen: UInt64)
    /// `declined` is nothing when the assignment was taken.
    case assignmentAnswer(AttemptKey, declined: String?)
    case heartbeat(Heartbeat)
    case report(Report)
    case logBatch(LogBatch)
    case bundleRequest(digest: [UInt8], offset: UInt64, length: UInt32)
    case goodbye(reason: String)
    /// Repeated until the batch is acknowledged.
    case filesSeen(batch: UInt64, [SeenFile])
}

/// The first message of a session.
public struct Hello: Sendable, Hashable {
    public var agentID: ID<Agent>
    public var name: String
    public var host: String
    public var agentVersion: String
    public var pool: String
    /// Empty means every queue of the pool.
    public var queues: [String]
    public var slots: Int
    public var labels: [String: String]
    /// What its runs may have of the host; nothing from agents that do not say.
    public var offer: Resources
    /// Attempts whose child lives, or whose end has not been acknowledged.
    public var holding: [AttemptKey]
    public var processID: Int32

    public init(
        agentID: ID<Agent>, name: String, host: String, agentVersion: String, pool: String, queues: [String],
        slots: Int, labels: [String: String], offer: Resources = .none, holding: [AttemptKey], processID: Int32
    ) {
        self.agentID = agentID
        self.name = name
        self.host = host
        self.agentVersion = agentVersion
        self.pool = pool
        self.queues = queues
        self.slots = slots
        self.labels = labels
        self.offer = offer
        self.holding = holding
        self.processID = processID
    }
}

/// Renews the leases of the attempts that it names, and of no others.
public struct Heartbeat: Sendable, Hashable {
    public var sequence: UInt64
    public var holding: [AttemptKey]
    /// Reports that wait for an acknowledgement; for people.
    public var spooledReports: Int

    public init(sequence: UInt64, holding: [AttemptKey], spooledReports: Int) {
        self.sequence = sequence
        self.holding = holding
        self.spooledReports = spooledReports
    }
}

/// A fact about an attempt, repeated until it is acknowledged.
public struct Report: Sendable, Hashable {
    public enum Fact: Sendable, Hashable {
        case preparing(message: String)
        /// `codeRevision` is nothing where no code was fetched.
        case started(processID: Int32, codeRevision: String? = nil)
        /// `logEnd` is the length of the captured output: all of it is shipped before this report.
        case ended(AttemptEnd, logEnd: UInt64)
    }

    public var key: AttemptKey
    /// From 1 within the attempt, without gaps.
    public var sequence: Int
    public var occurredAt: Timestamp
    public var fact: Fact

    public init(key: AttemptKey, sequence: Int, occurredAt: Timestamp, fact: Fact) {
        self.key = key
        self.sequence = sequence
        self.occurredAt = occurredAt
        self.fact = fact
    }
}

/// Lines of an attempt's output, by their place in its capture: `[begin, end)`.
public struct LogBatch: Sendable, Hashable {
    public var key: AttemptKey
    public var begin: UInt64
    public var end: UInt64
    public var lines: [LogLine]

    public init(key: AttemptKey, begin: UInt64, end: UInt64, lines: [LogLine]) {
        self.key = key
        self.begin = begin
        self.end = end
        self.lines = lines
    }
}

/// A line of output.
public struct LogLine: Sendable, Hashable {
    /// 20 is a line of stdout, 40 one of stderr.
    public var level: Int
    public var timestamp: Timestamp
    /// Without the line break.
    public var message: String

    public init(level: Int, timestamp: Timestamp, message: String) {
        self.level = level
        self.timestamp = timestamp
        self.message = message
    }
}

/// A file that has appeared on the agent's host, or has been replaced, as it was when it had come to rest.
public struct SeenFile: Sendable, Hashable {
    public var path: String
    /// By which its file system knows it.
    public var inode: UInt64
    public var size: UInt64
    /// By the clock of its file system.
    public var modified: Timestamp

    public init(path: String, inode: UInt64, size: UInt64, modified: Timestamp) {
        self.path = path
        self.inode = inode
        self.size = size
        self.modified = modified
    }
}
