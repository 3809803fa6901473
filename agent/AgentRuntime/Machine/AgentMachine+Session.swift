import Domain
import Wire

extension AgentMachine {
    /// Where the conversation with the server stands.
    enum Session: Sendable {
        case disconnected
        /// Hello was said, for the first time at `saidAt`, and is to be said again at `sayAt`.
        case greeting(saidAt: Duration, sayAt: Duration, holding: Set<AttemptKey>)
        case welcomed(Welcomed)

        var due: Duration? {
            switch self {
            case .disconnected: nil
            case .greeting(_, let sayAt, _): sayAt
            case .welcomed(let session): session.nextHeartbeat
            }
        }
    }

    struct Welcomed: Sendable {
        let id: UInt64
        let apiURL: String
        let heartbeatInterval: Duration
        var nextHeartbeat: Duration
        let greetedAt: Duration
        /// When the last heartbeats were sent.
        private var sendings: [(sequence: UInt64, at: Duration)] = []
        /// Heartbeats without an answer, the oldest first.
        var unanswered: [SentHeartbeat] = []
        var assignmentsSeen: UInt64 = 0
        /// The free slots that the server knows of.
        var offered: Int?
        /// The log batches of earlier sessions are on their way: reports may follow them.
        var areLogsResumed = false

        init(id: UInt64, apiURL: String, heartbeatInterval: Duration, greetedAt: Duration, at now: Duration) {
            self.id = id
            self.apiURL = apiURL
            self.heartbeatInterval = heartbeatInterval
            nextHeartbeat = now
            self.greetedAt = greetedAt
        }

        mutating func noteSending(of sequence: UInt64, at time: Duration) {
            if sendings.count == 32 { sendings.removeFirst() }
            sendings.append((sequence, time))
        }

        /// When a heartbeat was sent; when the hello was, which is before it, if that is not known any more.
        func sending(of sequence: UInt64) -> Duration {
            sendings.last { $0.sequence == sequence }?.at ?? greetedAt
        }
    }

    struct SentHeartbeat: Sendable {
        let sequence: UInt64
        let at: Duration
        let keys: [AttemptKey]
    }

    /// Says hello, now.
    mutating func greet(at now: AgentTime) {
        endSession()
        endExtensions(at: now)
        let keys = holding
        let first = if case .greeting(let saidAt, _, _) = session { saidAt } else { now.elapsed }
        emit(.send(.hello(hello(holding: keys)), session: 0))
        session = .greeting(saidAt: first, sayAt: now.elapsed + helloDelay, holding: Set(keys))
        hellos += 1
    }

    /// Says hello when the wait is over.
    private mutating func greetLater(at now: AgentTime) {
        endSession()
        session = .greeting(saidAt: now.elapsed, sayAt: now.elapsed + helloDelay, holding: [])
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
            slots: configuration.slots, labels: configuration.labels, offer: configuration.offer,
            holding: holding, processID: configuration.processID)
    }

    // MARK: - What the server says

    mutating func receive(_ message: ServerMessage, session id: UInt64, at now: AgentTime) {
        switch message {
        case .welcome(let welcome): begin(welcome, at: now)
        case .refused(let reason, let message): noteRefusal(reason, message, of: id, at: now)
        // What is committed is committed, whatever the session.
        case .reportsTaken(let key, let sequence, let fenced): noteTaken(key, upTo: sequence, fenced: fenced)
        case .logsTaken, .bundleChunk, .filesTaken: break  // For the log shipper, the bundle fetcher, the file watcher.
        case .assignment, .heartbeatAnswer, .stop, .drain, .intermission:
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
        case .intermission(let lease, let heartbeat): intermit(lease: lease, afterHeartbeat: heartbeat, at: now)
        default: break
        }
    }

    private mutating func begin(_ welcome: Welcome, at now: AgentTime) {
        guard case .greeting(let saidAt, _, let held) = session else { return beginAgain(welcome, at: now) }
        session = .welcomed(
            Welcomed(
                id: welcome.session, apiURL: welcome.apiURL,
                heartbeatInterval: max(welcome.heartbeatInterval, timing.shortestHeartbeat), greetedAt: saidAt,
                at: now.elapsed))
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
        session = .greeting(saidAt: old.greetedAt, sayAt: now.elapsed, holding: Set(holding))
        begin(welcome, at: now)
    }

    private mutating func noteRefusal(
        _ reason: RefusalReason, _ message: String, of id: UInt64, at now: AgentTime
    ) {
        switch reason {
        case .invalid:
            log(.error, "the server refuses this agent: \(message)")
            exit(.refused(message))
        case .unknownSession:
            // Refusals of what was said in an earlier session are late news. A server that names none means this one.
            guard case .welcomed(let current) = session, id == current.id || id == 0 else { return }
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
        case .greeting(_, let sayAt, _): if sayAt <= now.elapsed { greet(at: now) }
        case .welcomed(let session): if session.nextHeartbeat <= now.elapsed { beat(at: now) }
        }
        repeatReports(at: now)
    }
}
