public import Domain
public import Wire

/// What can happen to an agent.
public enum AgentEvent: Sendable, Hashable {
    /// The connection to the server stands.
    case connected
    case disconnected
    /// The server said something; `session` is the envelope's.
    case received(ServerMessage, session: UInt64)
    /// The log batches that the last session left unacknowledged are on their way in this one.
    case logsResumed(session: UInt64)

    /// Something is fetched or made for the run, which takes time.
    case preparing(AttemptKey, message: String)
    /// All that the attempt needs is there; and which code that is, if it has any.
    case prepared(AttemptKey, codeRevision: String? = nil)
    /// `lacksCode` when the reason is that its code could not be had.
    case notPrepared(AttemptKey, reason: String, lacksCode: Bool = false)

    /// The executor found these children of an earlier agent. Comes once, first.
    case recovered([RecoveredAttempt])
    case started(AttemptKey, processID: Int32, at: Timestamp)
    case ended(AttemptKey, ChildEnd)
    /// The executor's children are gone without an exit.
    case executorLost(reason: String)

    /// All of the attempt's output, which ends at `end`, has been sent.
    case outputSent(AttemptKey, end: UInt64, lastErrors: String?)
    /// The server has committed all of the attempt's output.
    case outputTaken(AttemptKey)

    /// What is wrong with the disk of the agent's data; nil when it has room.
    case disk(String?)

    /// Somebody wants the agent to end.
    case leave(Leaving)
    /// Time has passed.
    case tick
}

/// What becomes of the children when the agent ends.
public enum Leaving: String, Sendable, Hashable, CaseIterable {
    /// They go on until their lease ends; the agent that comes back adopts them.
    case leave
    /// They are stopped, and their ends reported.
    case stop
}

/// An attempt that an earlier agent started.
public struct RecoveredAttempt: Sendable, Hashable {
    public var key: AttemptKey
    public var state: RecoveredChild.State

    public init(key: AttemptKey, state: RecoveredChild.State) {
        self.key = key
        self.state = state
    }
}

/// What the agent is to do, in this order.
public enum AgentEffect: Sendable, Hashable {
    case spool(SpoolEntry)
    case send(AgentMessage, session: UInt64)
    /// A session has begun: send again what of the logs is unacknowledged, then say `logsResumed`.
    case resumeLogs(session: UInt64)
    case suspendLogs

    /// Make ready what the attempt needs; the answer is `prepared` or `notPrepared`.
    case prepare(Assignment, apiURL: String)
    /// It is answered with `notPrepared`, or with `prepared` when it was too late.
    case cancelPreparation(AttemptKey)
    case start(AttemptKey, deadline: Duration)
    case stop(AttemptKey, grace: Duration)
    /// Say to the attempt that the server wants its end.
    case putUpStopSign(AttemptKey)
    case renew([AttemptKey], deadline: Duration)
    /// They may go on for `deadline` from now at most: leases that end sooner stay as they are.
    case limit([AttemptKey], deadline: Duration)
    /// An adopted attempt may have written something meanwhile.
    case followOutput(AttemptKey)
    /// All of the output is written: send the rest, then say `outputSent`, and `outputTaken` in time.
    case finishOutput(AttemptKey)
    /// Nobody wants the output.
    case dropOutput(AttemptKey)
    /// Nothing more will be said of the attempt: forget it and its files.
    case finish(AttemptKey)

    case log(Severity, String)
    /// End the program.
    case exit(AgentExit)

    public enum Severity: Sendable, Hashable {
        case debug, info, warning, error
    }
}

/// Why the agent's loop ended.
public enum AgentExit: Error, Sendable, Hashable, CustomStringConvertible {
    /// As somebody asked.
    case left(Leaving)
    /// The server took it out of service, and all that it executed has ended.
    case drained
    /// The server refuses it for good.
    case refused(String)

    public var description: String {
        switch self {
        case .left(.leave): "left; its children go on"
        case .left(.stop): "left; its children have been stopped"
        case .drained: "drained"
        case .refused(let message): "the server refuses this agent: \(message)"
        }
    }
}
