import Domain
import Wire

extension AgentMachine {
    /// Where the conversation with the server stands.
    enum Session: Sendable {
        case disconnected
        /// Hello was said, or is to be said at `sayAt`.
        case greeting(sayAt: Duration, holding: Set<AttemptKey>)
        case welcomed(Welcomed)

        var due: Duration? {
            switch self {
            case .disconnected: nil
            case .greeting(let sayAt, _): sayAt
            case .welcomed(let session): session.nextHeartbeat
            }
        }
    }

    struct Welcomed: Sendable {
        let id: UInt64
        let apiURL: String
        let heartbeatInterval: Duration
        var nextHeartbeat: Duration
        /// Heartbeats without an answer, the oldest first.
        var unanswered: [SentHeartbeat] = []
        var assignmentsSeen: UInt64 = 0
        /// The free slots that the server knows of.
        var offered: Int?
        /// The log batches of earlier sessions are on their way: reports may follow them.
        var areLogsResumed = false
    }

    struct SentHeartbeat: Sendable {
        let sequence: UInt64
        let at: Duration
        let keys: [AttemptKey]
    }

    /// Says hello, now.
    mutating func greet(at now: AgentTime) {
        endSession()
        let keys = holding
        emit(.send(.hello(hello(holding: keys)), session: 0))
        session = .greeting(sayAt: now.elapsed + helloDelay, holding: Set(keys))
        hellos += 1
    }

    /// Says hello when the wait is over.
    private mutating func greetLater(at now: AgentTime) {
        endSession()
        session = .greeting(sayAt: now.elapsed + helloDelay, holding: [])
        hellos += 1
    }

    mutating func loseSession() {
        endSession()
        session = .disconnected
    }

    private mutating func endSession() {
        guard case .welcomed = session else { return }
        emit(.suspendLogs)
    }

    private var helloDelay: Duration {
        min(timing.helloMaximum, timing.helloInitial * (1 << min(hellos, 10)))
    }

    private func hello(holding: [AttemptKey]) -> Hello {
        Hello(
            agentID: agentID, name: configuration.name, host: configuration.host,
            agentVersion: configuration.version, pool: configuration.pool, queues: configuration.queues,
            slots: configuration.slots, labels: configuration.labels, holding: holding,
            processID: configuration.processID)
    }

    // MARK: - What the server says

    mutating func receive(_ message: ServerMessage, session id: UInt64, at now: AgentTime) {
        switch message {
        case .welcome(let welcome): begin(welcome, at: now)
        case .refused(let reason, let message): noteRefusal(reason, message, at: now)
        // What is committed is committed, whatever the session.
        case .reportsTaken(let key, let sequence, let fenced): noteTaken(key, upTo: sequence, fenced: fenced)
        case .logsTaken, .bundleChunk: break  // For the log shipper and the bundle fetcher.
        case .assignment, .heartbeatAnswer, .stop, .drain:
            guard case .welcomed(let session) = session, session.id == id else { return }
            obey(message, at: now)
        }
    }

    private mutating func obey(_ message: ServerMessage, at now: AgentTime) {
        switch message {
        case .assignment(let assignment): take(assignment, at: now)
        case .heartbeatAnswer(let sequence, let fenced): noteRenewal(sequence, fenced: fenced, at: now)
        case .stop(let key, let grace, let reason): stop(key, grace: grace, reason: reason)
        case .drain(let reason): drain(reason)
        default: break
        }
    }

    private mutating func begin(_ welcome: Welcome, at now: AgentTime) {
        guard case .greeting(_, let held) = session else { return beginAgain(welcome, at: now) }
        session = .welcomed(
            Welcomed(
                id: welcome.session, apiURL: welcome.apiURL, heartbeatInterval: welcome.heartbeatInterval,
                nextHeartbeat: now.elapsed))
        for attempt in ordered { attempts[attempt.key]?.sent = 0 }
        let fenced = held.subtracting(welcome.adopted)
        for attempt in ordered where fenced.contains(attempt.key) { fence(attempt.key) }
        log(.info, "session \(welcome.session) with server \(welcome.serverVersion)")
        emit(.resumeLogs(session: welcome.session))
        beat(at: now)
    }

    /// A hello that was repeated is answered twice, and the later session is the one that the server knows.
    private mutating func beginAgain(_ welcome: Welcome, at now: AgentTime) {
        guard case .welcomed(let old) = session, old.id != welcome.session else { return }
        endSession()
        session = .greeting(sayAt: now.elapsed, holding: Set(holding))
        begin(welcome, at: now)
    }

    private mutating func noteRefusal(_ reason: RefusalReason, _ message: String, at now: AgentTime) {
        switch reason {
        case .invalid:
            log(.error, "the server refuses this agent: \(message)")
            exit(.refused(message))
        case .unknownSession:
            // Refusals of what was said before the hello are late news.
            guard case .welcomed = session else { return }
            log(.info, "the server does not know this session any more; saying hello again")
            if hellos == 0 { greet(at: now) } else { greetLater(at: now) }
        case .shuttingDown, .version, .duplicateAgent:
            log(.warning, "the server refuses this agent for now: \(message)")
            if case .disconnected = session { return }
            greetLater(at: now)
        }
    }

    // MARK: - Time

    mutating func pass(at now: AgentTime) {
        switch session {
        case .disconnected: break
        case .greeting(let sayAt, _): if sayAt <= now.elapsed { greet(at: now) }
        case .welcomed(let session): if session.nextHeartbeat <= now.elapsed { beat(at: now) }
        }
        repeatReports(at: now)
    }
}
