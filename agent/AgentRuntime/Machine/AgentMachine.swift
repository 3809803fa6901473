public import Domain
public import Wire

/// What an agent does, as a value: events go in, effects come out, and nothing else happens. `AgentLoop` carries the
/// effects out.
///
/// The session is in `AgentMachine+Session.swift`, the way of an attempt in `+Attempts`, what is said of it in
/// `+Reports`, its lease in `+Leases`, and the end of the agent in `+Leaving`.
public struct AgentMachine: Sendable {
    let configuration: AgentConfiguration
    let agentID: ID<Agent>
    let timing: AgentTiming

    var session = Session.disconnected
    /// How many hellos there were since the server last answered a heartbeat.
    var hellos = 0
    var heartbeats: UInt64 = 0
    var attempts: [AttemptKey: HeldAttempt] = [:]
    var taken = 0
    var recent = RecentKeys(capacity: 1024)
    var departure: Departure?
    /// Why no run may be taken that would have to be written down.
    var diskTrouble: String?
    var hasExited = false
    /// What the spool held when the agent started, until the executor has said what still lives.
    private var spooled: [SpooledAttempt]
    private var effects: [AgentEffect] = []

    /// - Parameter spooled: What an earlier agent wrote down.
    public init(configuration: AgentConfiguration, agentID: ID<Agent>, spooled: [SpooledAttempt]) {
        self.configuration = configuration
        self.agentID = agentID
        self.spooled = spooled
        timing = configuration.timing
    }

    /// Takes what has happened, in order, and says what is to be done, in order.
    public mutating func handle(_ events: some Sequence<AgentEvent>, at now: AgentTime) -> [AgentEffect] {
        for event in events where !hasExited { handle(event, at: now) }
        if !hasExited { settle(at: now) }
        defer { effects = [] }
        return effects
    }

    private mutating func handle(_ event: AgentEvent, at now: AgentTime) {
        switch event {
        case .connected: greet(at: now)
        case .disconnected: loseSession()
        case .received(let message, let session): receive(message, session: session, at: now)
        case .logsResumed(let id): resumeReports(session: id)
        case .preparing(let key, let message): reportPreparing(key, message, at: now)
        case .prepared(let key, let revision): launch(key, codeRevision: revision, at: now)
        case .notPrepared(let key, let reason, let lacksCode):
            concludeUnprepared(key, reason, lacksCode: lacksCode, at: now)
        case .recovered(let children):
            adopt(children, spooled: spooled, at: now)
            spooled = []
        case .started(let key, let processID, let time): noteStart(key, processID: processID, at: time, now)
        case .ended(let key, let end): noteEnd(key, end)
        case .executorLost(let reason): loseExecutor(reason, at: now)
        case .outputSent(let key, let end, let lastErrors): noteOutputSent(key, end: end, lastErrors: lastErrors)
        case .outputTaken(let key): noteOutputTaken(key)
        case .disk(let trouble): noteDisk(trouble)
        case .leave(let leaving): leave(leaving, at: now)
        case .tick: pass(at: now)
        }
    }

    /// What follows from the state rather than from one event: done once for all events that came together.
    private mutating func settle(at now: AgentTime) {
        sendReports(at: now)
        offerCredit()
        depart(at: now)
    }

    mutating func emit(_ effect: AgentEffect) {
        effects.append(effect)
    }

    /// Sends when there is a session; otherwise the message would be of no use to anybody.
    mutating func send(_ message: AgentMessage) {
        guard case .welcomed(let session) = session else { return }
        emit(.send(message, session: session.id))
    }

    mutating func log(_ severity: AgentEffect.Severity, _ text: String) {
        emit(.log(severity, text))
    }

    /// The attempts in the order of their taking.
    var ordered: [HeldAttempt] { attempts.values.sorted { $0.ordinal < $1.ordinal } }

    /// The attempts whose leases the agent asks to be renewed.
    public var holding: [AttemptKey] { ordered.filter(\.isHeld).map(\.key) }

    /// How many slots are in use.
    public var occupied: Int { attempts.values.count { $0.occupiesSlot } }

    /// Whether the attempt is held here.
    public func knows(_ key: AttemptKey) -> Bool { attempts[key] != nil }

    /// Whether somebody is to read what the attempt writes.
    public func wantsOutput(of key: AttemptKey) -> Bool { attempts[key].map { !$0.isFenced } ?? false }

    /// Reports that the server has not acknowledged yet.
    public var unacknowledgedReports: Int { attempts.values.reduce(0) { $0 + $1.reports.count } }

    /// When `tick` is due next, if nothing happens before; nil: never.
    public func nextTick() -> Duration? {
        let dues = [session.due, repetitionDue, startsDue, departure?.deadline].compactMap { $0 }
        return dues.min()
    }
}
