import Domain
import Logging
import Orchestration
import Synchronization
import Wire
import ZeroMQ

/// What the gateway does with what agents say and what the orchestration decides: all of it but the socket and the
/// tasks.
///
/// Whoever drives it calls one method for each thing that happens. `Gateway` does so from its tasks; a simulation does
/// so one call at a time, in an order of its own choosing.
final class GatewayCore: Sendable {
    /// What the core asks of whoever drives it.
    struct Rim: Sendable {
        /// Hands a frame to a peer's connection; throws when it is not taken.
        var send: @Sendable (_ frame: [UInt8], _ peer: RoutingID) throws -> Void
        /// There may be work for somebody who waits: `grantWaiting` is to be called soon.
        var poke: @Sendable () -> Void
        /// The sessions of these peers are over: nothing more is taken in their conversations.
        var finish: @Sendable ([RoutingID]) -> Void
        /// Does something beside what is done now.
        var perform: @Sendable (@escaping @Sendable () async -> Void) -> Void
    }

    /// What a frame is, once what can be dealt with at once has been.
    enum Incoming {
        /// A session is to begin: `welcome` or `dismiss` is to be called.
        case hello(Greeting)
        /// Something for the conversation of its session, which takes it in order.
        case message(AgentMessage)
        /// Nothing more is to be done.
        case settled
        case garbage
    }

    /// A hello that has come.
    struct Greeting: Sendable {
        let hello: Hello
        /// Its number among all.
        let number: UInt64
    }

    let orchestrator: Orchestrator
    let rim: Rim
    let logger: Logger
    let sessions: Mutex<SessionTable>
    let configuration: GatewayConfiguration
    /// Closed while a burst of work goes out: what agents have to say waits for that.
    let reports = Turnstile()
    private let refusals = Mutex(RefusalBudget())

    init(_ orchestrator: Orchestrator, configuration: GatewayConfiguration, logger: Logger, rim: Rim) {
        self.orchestrator = orchestrator
        self.configuration = configuration
        self.logger = logger
        self.rim = rim
        sessions = Mutex(SessionTable(firstNumber: UInt64(clamping: orchestrator.now.microseconds)))
    }

    /// Agents in a session now.
    var sessionCount: Int { sessions.withLock(\.count) }

    /// Whether no later session has taken this one's place, and it has not ended.
    func isCurrent(_ session: Session) -> Bool {
        sessions.withLock { $0.session(of: session.peer, number: session.number) != nil }
    }
}

// MARK: - What comes in

extension GatewayCore {
    /// Reads a frame; what needs no waiting for is dealt with here.
    func sort(_ frame: [UInt8], from peer: RoutingID) -> Incoming {
        do {
            let envelope = try Envelope<AgentMessage>(decoding: frame)
            if case .hello(let hello) = envelope.body { return greet(hello, from: peer) }
            guard sessions.withLock({ $0.session(of: peer, number: envelope.session) }) != nil else {
                refuse(peer, .unknownSession, "no such session here: say hello", session: envelope.session)
                return .settled
            }
            return note(envelope.body, from: peer)
        } catch {
            if case .unknownVersion = error {
                refuse(peer, .version, error.description)
            }
            return .garbage
        }
    }

    /// Answers what needs no answer, as long as there is not too much of it.
    private func refuse(_ peer: RoutingID, _ reason: RefusalReason, _ message: String, session: UInt64 = 0) {
        guard refusals.withLock({ $0.take(at: orchestrator.now) }) else { return }
        send(.refused(reason, message: message), to: peer, session: session)
    }

    /// An agent that is to end hears so at every heartbeat: the first word of it may not have arrived.
    private func drainAgain(_ peer: RoutingID) {
        guard let (session, reason) = sessions.withLock({ $0.drain(of: peer) }) else { return }
        send(.drain(reason: reason), to: peer, session: session)
    }

    /// Whoever says anything is there: what it can take is known at once, the rest is for its conversation.
    private func note(_ message: AgentMessage, from peer: RoutingID) -> Incoming {
        let now = orchestrator.now
        let mayTakeMore = sessions.withLock { table in
            // Now, not when its conversation comes to it: its successor may say hello before that.
            if case .goodbye = message { table.endDrain(of: peer) }
            return table.update(peer) { session in
                let isBack = session.heard(at: now)
                switch message {
                case .ready(let credit, let seen): return session.ready(credit: credit, assignmentsSeen: seen) || isBack
                case .heartbeat(let heartbeat): session.heard(heartbeat: heartbeat.sequence)
                default: break
                }
                return isBack
            }
        }
        if mayTakeMore == true { rim.poke() }
        if case .heartbeat = message { drainAgain(peer) }
        switch message {
        // That an assignment was taken is good to hear, and changes nothing: nobody is woken for it.
        case .ready, .assignmentAnswer(_, declined: nil): return .settled
        default: return .message(message)
        }
    }

    func send(_ message: ServerMessage, to peer: RoutingID, session: UInt64) {
        let frame = Envelope(session: session, body: message).encoded()
        do {
            try rim.send(frame, peer)
        } catch {
            logger.warning("a message to an agent was not sent", metadata: ["error": "\(error)"])
            takeBack(message, to: peer, session: session)
        }
    }
}

// MARK: - Sessions

extension GatewayCore {
    private func greet(_ hello: Hello, from peer: RoutingID) -> Incoming {
        guard !refuseTwin(of: hello, from: peer) else { return .settled }
        let number = sessions.withLock { $0.greet(hello.agentID, peer: peer) }
        return .hello(Greeting(hello: hello, number: number))
    }

    /// A hello is not going to be answered.
    func dismiss(_ greeting: Greeting, of peer: RoutingID) {
        if sessions.withLock({ $0.dismiss(greeting: greeting.number, of: peer) }) { rim.finish([peer]) }
    }

    /// Registers an agent or refuses it.
    ///
    /// - Returns: the conversation, which is to `begin`; what comes of the peer from now on belongs to it. Nothing when
    ///   the agent was refused, or has said hello again meanwhile.
    func welcome(_ greeting: Greeting, from peer: RoutingID, apiURL: String) async -> Conversation? {
        do {
            let (agent, adopted) = try await orchestrator.welcome(AgentIntroduction(greeting.hello))
            let begun = sessions.withLock {
                $0.begin(
                    agent, peer: peer, processID: greeting.hello.processID, answering: greeting.number,
                    at: orchestrator.now)
            }
            guard let (session, replaced) = begun else { return nil }
            rim.finish(replaced)
            logger.info(
                "agent joined",
                metadata: ["agent": "\(agent.name)", "host": "\(agent.host)", "slots": "\(agent.slots)"])
            var welcome = Welcome(
                session: session.number, serverVersion: configuration.serverVersion,
                heartbeatInterval: configuration.heartbeatInterval, apiURL: apiURL, serverTime: orchestrator.now,
                adopted: adopted.map(\.key))
            welcome.takesFiles = true
            return Conversation(orchestrator: orchestrator, session: session, welcome: welcome, logger: logger) {
                self.send($0, to: peer, session: session.number)
            }
        } catch let error as OrchestrationError {
            logger.warning("agent refused", metadata: ["agent": "\(greeting.hello.name)", "reason": "\(error)"])
            turnAway(greeting, of: peer, .invalid, error.description)
        } catch {
            logger.error("an agent could not be registered", metadata: ["error": "\(error)"])
            turnAway(greeting, of: peer, .shuttingDown, "\(error)")
        }
        return nil
    }

    private func turnAway(_ greeting: Greeting, of peer: RoutingID, _ reason: RefusalReason, _ message: String) {
        send(.refused(reason, message: message), to: peer, session: 0)
        dismiss(greeting, of: peer)
    }

    private func refuseTwin(of hello: Hello, from peer: RoutingID) -> Bool {
        guard let twin = sessions.withLock({ $0.session(of: hello.agentID) }), twin.agent.host != hello.host,
            orchestrator.now - twin.lastHeard < Agent.silenceLimit
        else { return false }
        let message =
            "agent id \(hello.agentID) is in use on host \(twin.agent.host): its data directory was copied; "
            + "start this agent with a --data directory of its own"
        send(.refused(.duplicateAgent, message: message), to: peer, session: 0)
        return true
    }

    /// Extends all leases durably, and tells the agents that this server ends and is to come back. Nothing that they
    /// say may be taken after this: a heartbeat would end the extension.
    func farewell() async {
        let sessions = sessions.withLock(\.all)
        do {
            try await orchestrator.extendLeases(by: configuration.intermission)
        } catch {
            // The agents go on for as long as their leases last.
            return logger.error("the leases could not be extended", metadata: ["error": "\(error)"])
        }
        for session in sessions {
            let message = ServerMessage.intermission(
                lease: configuration.intermission, afterHeartbeat: session.lastHeartbeat)
            send(message, to: session.peer, session: session.number)
        }
    }

    /// The agent has said goodbye.
    func leave(_ session: Session) {
        // It may have come back already.
        end(session.number, with: session.peer)
        logger.info("agent left", metadata: ["agent": "\(session.agent.name)"])
    }

    /// Ends a session and its conversation, unless the peer has another by now.
    func end(_ session: UInt64, with peer: RoutingID) {
        if sessions.withLock({ $0.end(peer, number: session) }) { rim.finish([peer]) }
    }

    /// Writes down who has been heard of within `interval`, and forgets who has long been silent.
    func notePresence(within interval: Duration) async {
        let now = orchestrator.now
        let (heard, gone) = sessions.withLock { table in
            (table.heard(since: now - interval), table.forgetSilent(since: now - configuration.silenceLimit))
        }
        rim.finish(gone)
        do {
            try await orchestrator.saw(heard)
        } catch {
            logger.error("the agents' presence could not be recorded", metadata: ["error": "\(error)"])
        }
    }
}
