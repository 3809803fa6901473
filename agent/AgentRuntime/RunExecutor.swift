public import Domain
public import Wire

/// How an agent executes: the seam between what every agent does and processes, containers or clusters.
///
/// Requests return at once and never fail; what comes of them arrives as events. What an executor started may outlive
/// the agent: `recover` finds it again, and its end is told until it is acknowledged.
public protocol RunExecutor: Sendable {
    /// What happens to the children, in order, in batches, for one consumer. It ends with the executor.
    var events: AsyncStream<[ExecutorEvent]> { get }

    /// Makes the executor ready and finds what earlier agents left: what lives, and what ended unacknowledged.
    /// Called once, before everything else.
    func recover() async throws -> [RecoveredChild]

    func start(_ launch: ChildLaunch)

    /// Asks the child to end, and ends it after `grace`.
    func stop(_ child: ChildName, grace: Duration)

    /// The attempts may go on for `deadline` from now.
    func renew(_ attempts: [AttemptKey], deadline: Duration)

    /// The attempts may go on for `deadline` from now at most.
    func limit(_ attempts: [AttemptKey], deadline: Duration)

    /// The end of the child is settled: forget it and what it wrote.
    func acknowledge(_ child: ChildName)

    /// What the child writes, from the first byte that was not released.
    func output(of child: ChildName) -> any OutputReader

    /// Lets go of the children, or ends them and whatever watches them.
    func close(stoppingChildren: Bool) async
}

/// Names a child within its executor.
public enum ChildName: Sendable, Hashable, CustomStringConvertible {
    /// It executes an attempt at a run.
    case attempt(AttemptKey)
    /// It does something for the agent itself, for instance make a Python environment. The text has no dot.
    case tool(String)

    public var description: String {
        switch self {
        case .attempt(let key): key.description
        case .tool(let name): name
        }
    }

    /// Reads what `description` writes.
    public init(_ text: String) {
        self = if let key = AttemptKey(text) { .attempt(key) } else { .tool(text) }
    }
}

/// What is to be executed, ready to the last detail.
public struct ChildLaunch: Sendable, Hashable {
    public var name: ChildName
    public var arguments: [String]
    /// All of it: nothing is inherited.
    public var environment: [String: String]
    public var directory: String
    public var timeout: Duration?
    /// How long it may go on without being renewed; nil for ever.
    public var deadline: Duration?
    /// Between asking it to end and ending it, when the executor itself stops it.
    public var grace: Duration
    /// What may be made ready beforehand, so that the child begins sooner.
    public var warmStart: WarmStart?
    /// Executes it in a container.
    public var container: ContainerLaunch?
    /// How many of the agent's graphics processors it is to have to itself.
    public var graphicsProcessors = 0
    /// What a process may use at most.
    public var limits = ProcessLimits()
    /// Whom a process runs as, by name or number; nothing for the agent's own user.
    public var user: String?
    /// The attempt's own directory, which `directory` may lie within.
    public var runDirectory: String?

    public init(
        name: ChildName, arguments: [String], environment: [String: String], directory: String,
        timeout: Duration? = nil, deadline: Duration? = nil, grace: Duration, warmStart: WarmStart? = nil
    ) {
        self.name = name
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.timeout = timeout
        self.deadline = deadline
        self.grace = grace
        self.warmStart = warmStart
    }
}

/// A program that does once what children of its kind do first, and becomes each of them by forking.
public struct WarmStart: Sendable, Hashable {
    /// What it is, for people.
    public var name: String
    public var arguments: [String]
    /// All of it. Children whose environments differ in more than what is each child's own do not share a program.
    public var environment: [String: String]

    public init(name: String, arguments: [String], environment: [String: String]) {
        self.name = name
        self.arguments = arguments
        self.environment = environment
    }
}

/// What happened to a child.
public enum ExecutorEvent: Sendable, Hashable {
    case started(ChildName, processID: Int32, at: Timestamp)
    /// There is more output to read.
    case output(ChildName)
    /// The child and everything that it started are gone, or it could not be started.
    case ended(ChildName, ChildEnd)
    /// Whoever watched the children is gone, and they with it. What is started from now on is watched anew.
    case lost(reason: String)
}

/// How a child ended.
public struct ChildEnd: Sendable, Hashable {
    public var end: AttemptEnd
    /// Where its output ends, in the offsets of its `OutputReader`; 0 for a silent child.
    public var outputEnd: UInt64

    public init(_ end: AttemptEnd, outputEnd: UInt64) {
        self.end = end
        self.outputEnd = outputEnd
    }
}

/// A child of an earlier agent.
public struct RecoveredChild: Sendable, Hashable {
    public enum State: Sendable, Hashable {
        case running(processID: Int32, since: Timestamp)
        case ended(ChildEnd)
    }

    public var name: ChildName
    public var state: State

    public init(name: ChildName, state: State) {
        self.name = name
        self.state = state
    }
}

/// Reads what a child wrote. A value without resources.
public protocol OutputReader: Sendable {
    /// Where the next piece begins.
    var offset: UInt64 { get }

    /// The next pieces, about `limit` bytes of them; empty when there are none yet.
    mutating func next(limit: Int) throws -> [OutputPiece]

    /// What stands before `end` is not read again: its space may be given back.
    func release(before end: UInt64)
}

/// A piece of output, as the child wrote it: any number of lines, or a part of one. Its bytes stand at its end, behind
/// at least one byte of the executor's own: `begin + bytes.count < end`.
public struct OutputPiece: Sendable, Hashable {
    public enum Stream: Sendable, Hashable, CaseIterable {
        case standardOutput, standardError
    }

    public var stream: Stream
    public var at: Timestamp
    public var bytes: [UInt8]
    public var begin: UInt64
    public var end: UInt64

    public init(stream: Stream, at: Timestamp, bytes: [UInt8], begin: UInt64, end: UInt64) {
        self.stream = stream
        self.at = at
        self.bytes = bytes
        self.begin = begin
        self.end = end
    }
}
