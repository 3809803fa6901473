import Domain
public import Logging
public import Orchestration
import Synchronization
import Wire
import ZeroMQ

/// The agents' door: their sessions, their credit, and what passes between them and the orchestration.
///
/// One task reads the socket and gives each agent's messages to that agent's own conversation, so that an agent's are
/// taken in their order and none waits for another's. One task grants work to those that wait. Nothing polls.
public final class Gateway: Sendable {
    private let orchestrator: Orchestrator
    private let configuration: GatewayConfiguration
    private let logger: Logger
    private let socket: RouterSocket
    private let sessions: Mutex<SessionTable>
    private let conversations = Mutex<[RoutingID: AsyncStream<[AgentMessage]>.Continuation]>([:])
    private let pokes: AsyncStream<Void>
    private let poke: AsyncStream<Void>.Continuation
    private let lost: AsyncStream<Undeliverable>
    private let refusedFrames = Atomic<Int>(0)

    /// Binds the socket, so that a port in use is known at once; nothing is answered before `run`.
    ///
    /// - Throws: `ZeroMQError`.
    public init(
        _ orchestrator: Orchestrator, configuration: GatewayConfiguration, logger: Logger
    ) throws {
        self.orchestrator = orchestrator
        self.configuration = configuration
        self.logger = logger
        (pokes, poke) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        let (lost, lose) = AsyncStream.makeStream(of: Undeliverable.self)
        self.lost = lost
        var options = SocketOptions()
        // The largest message of an agent is a batch of log lines, of a quarter of this.
        options.maximumFrameSize = 4 << 20
        socket = try RouterSocket(bind: configuration.endpoint, options: options) { lose.yield($0) }
        sessions = Mutex(SessionTable(firstNumber: UInt64(clamping: orchestrator.now.microseconds)))
    }

    /// Where the agents connect, with the port that was really bound.
    public var boundEndpoint: String { socket.boundEndpoint }

    /// Agents in a session now.
    public var sessionCount: Int { sessions.withLock(\.count) }

    /// Frames that were no messages, since the start.
    public var refusedFrameCount: Int { refusedFrames.load(ordering: .relaxed) }

    /// Serves agents until the task is cancelled.
    ///
    /// - Parameter apiURL: the API's address for flows on the agents' hosts.
    public func run(apiURL: String) async {
        orchestrator.desk.open(to: self)
        defer { orchestrator.desk.close() }
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await self.receive(apiURL) }
            tasks.addTask { await self.grantWaiting() }
            tasks.addTask { await self.listen() }
            tasks.addTask { await self.takeBackLost() }
            tasks.addTask { await self.watchPresence() }
            await tasks.next()
            tasks.cancelAll()
        }
        await socket.close()
    }
}

// MARK: - Receiving

extension Gateway {
    private func receive(_ apiURL: String) async {
        await withDiscardingTaskGroup { conversing in
            for await batch in socket.incoming {
                if Task.isCancelled { break }
                var taken: [RoutingID: [AgentMessage]] = [:]
                for routed in batch {
                    guard let message = decode(routed) else { continue }
                    if case .hello(let hello) = message {
                        // What came before the hello belongs to the session before.
                        pass(&taken)
                        conversing.addTask { await self.converse(with: routed.peer, after: hello, apiURL) }
                    } else {
                        taken[routed.peer, default: []].append(message)
                    }
                }
                pass(&taken)
            }
            conversing.cancelAll()
        }
    }

    /// The message, if it is one of this agent's session; those that need no waiting for are dealt with here.
    private func decode(_ routed: RoutedMessage) -> AgentMessage? {
        guard routed.message.frames.count == 1 else {
            refusedFrames.add(1, ordering: .relaxed)
            return nil
        }
        do {
            let envelope = try Envelope<AgentMessage>(decoding: routed.message.frames[0])
            if case .hello = envelope.body { return envelope.body }
            guard sessions.withLock({ $0.session(of: routed.peer, number: envelope.session) }) != nil else {
                send(.refused(.unknownSession, message: "no such session here: say hello"), to: routed.peer, session: 0)
                return nil
            }
            return note(envelope.body, from: routed.peer)
        } catch {
            refusedFrames.add(1, ordering: .relaxed)
            if case .unknownVersion = error {
                send(.refused(.version, message: error.description), to: routed.peer, session: 0)
            }
            return nil
        }
    }

    private func note(_ message: AgentMessage, from peer: RoutingID) -> AgentMessage? {
        let now = orchestrator.now
        switch message {
        case .ready(let credit, let seen):
            sessions.withLock { table in
                _ = table.update(peer) { session in
                    session.heard(at: now)
                    session.ready(credit: credit, assignmentsSeen: seen)
                }
            }
            poke.yield()
            return nil
        default:
            sessions.withLock { table in _ = table.update(peer) { $0.heard(at: now) } }
            return message
        }
    }

    private func pass(_ taken: inout [RoutingID: [AgentMessage]]) {
        guard !taken.isEmpty else { return }
        conversations.withLock { conversations in
            for (peer, messages) in taken { conversations[peer]?.yield(messages) }
        }
        taken.removeAll(keepingCapacity: true)
    }
}

// MARK: - One agent's conversation

extension Gateway {
    /// Welcomes or refuses an agent, and takes what it says until its session is over.
    private func converse(with peer: RoutingID, after hello: Hello, _ apiURL: String) async {
        guard let (session, adopted) = await welcome(hello, from: peer) else { return }
        let conversation = Conversation(orchestrator: orchestrator, agent: session.agent, logger: logger) {
            self.send($0, to: peer, session: session.number)
        }
        let (stream, continuation) = AsyncStream.makeStream(of: [AgentMessage].self)
        conversations.withLock { $0.updateValue(continuation, forKey: peer)?.finish() }
        await conversation.begin(
            with: Welcome(
                session: session.number, serverVersion: configuration.serverVersion,
                heartbeatInterval: configuration.heartbeatInterval, apiURL: apiURL,
                serverTime: orchestrator.now, adopted: adopted.map(\.key)))
        for await messages in stream {
            guard await conversation.take(messages) else {
                leave(session)
                break
            }
        }
    }

    private func welcome(
        _ hello: Hello, from peer: RoutingID
    ) async -> (session: Session, adopted: [AttemptName])? {
        if let twin = sessions.withLock({ $0.session(of: hello.agentID) }), twin.agent.host != hello.host,
            orchestrator.now - twin.lastHeard < Agent.silenceLimit
        {
            let message =
                "agent id \(hello.agentID) is in use on host \(twin.agent.host): its data directory was copied; "
                + "start this agent with a --data directory of its own"
            send(.refused(.duplicateAgent, message: message), to: peer, session: 0)
            return nil
        }
        do {
            let (agent, adopted) = try await orchestrator.welcome(AgentIntroduction(hello))
            let (session, replaced) = sessions.withLock { $0.begin(agent, peer: peer, at: orchestrator.now) }
            finishConversations(with: replaced)
            logger.info(
                "agent joined",
                metadata: ["agent": "\(agent.name)", "host": "\(agent.host)", "slots": "\(agent.slots)"])
            return (session, adopted)
        } catch let error as OrchestrationError {
            logger.warning("agent refused", metadata: ["agent": "\(hello.name)", "reason": "\(error)"])
            send(.refused(.invalid, message: error.description), to: peer, session: 0)
        } catch {
            logger.error("an agent could not be registered", metadata: ["error": "\(error)"])
            send(.refused(.shuttingDown, message: "\(error)"), to: peer, session: 0)
        }
        return nil
    }

    private func leave(_ session: Session) {
        sessions.withLock { $0.end(session.peer) }
        finishConversations(with: [session.peer])
        logger.info("agent left", metadata: ["agent": "\(session.agent.name)"])
    }

    private func finishConversations(with peers: [RoutingID]) {
        conversations.withLock { conversations in
            for peer in peers { conversations.removeValue(forKey: peer)?.finish() }
        }
    }

    private func send(_ message: ServerMessage, to peer: RoutingID, session: UInt64) {
        let frame = Envelope(session: session, body: message).encoded()
        do {
            try socket.send(Message(frame), to: peer)
        } catch {
            logger.warning("a message to an agent was not sent", metadata: ["error": "\(error)"])
            takeBack(message)
        }
    }
}

// MARK: - Dispatching

extension Gateway: Dispatcher {
    /// Grants work to agents that wait, whenever there may be some that was not granted as it became ready: a slot came
    /// free, a limit was raised, a batch was revealed.
    private func grantWaiting() async {
        for await _ in pokes {
            let seats = reserveSeats()
            guard !seats.isEmpty else { continue }
            var grants: [Grant] = []
            do {
                grants = try await orchestrator.claim(for: seats)
            } catch {
                logger.error("work could not be granted", metadata: ["error": "\(error)"])
            }
            dispatch(grants, to: seats)
            // More may have become ready meanwhile, or another agent may have room for the rest.
            if !grants.isEmpty { poke.yield() }
        }
    }

    public func reserveSeats() -> [Seat] {
        let now = orchestrator.now
        return sessions.withLock { $0.reserveSeats(at: now) }
    }

    public func dispatch(_ grants: [Grant], to seats: [Seat]) {
        for grant in grants { assign(grant) }
        if sessions.withLock({ $0.free(seats) }) { poke.yield() }
    }

    private func assign(_ grant: Grant) {
        let sent = sessions.withLock { table -> (Session, UInt64)? in
            guard let session = table.session(of: grant.agentID) else { return nil }
            return table.update(session.peer) { (session, $0.assign()) }
        }
        guard let (session, number) = sent else {
            takeBack([AttemptName(run: grant.run.id, attempt: grant.attempt)], "its agent has gone")
            return
        }
        send(.assignment(Assignment(grant, number: number)), to: session.peer, session: session.number)
    }

    /// Notices of the orchestration that agents or the dispatcher have to hear of.
    private func listen() async {
        let notices = orchestrator.bulletin.notices { notice in
            switch notice {
            case .workReady, .stop: true
            default: false
            }
        }
        for await notice in notices {
            switch notice {
            case .workReady: poke.yield()
            case .stop(let order):
                guard let session = sessions.withLock({ $0.session(of: order.agentID) }) else { continue }
                send(ServerMessage(order), to: session.peer, session: session.number)
            default: continue
            }
        }
    }
}

// MARK: - What did not arrive, and who is not there

extension Gateway {
    /// An assignment that could not be handed to its agent was never seen by it: its run returns to its queue at once.
    private func takeBackLost() async {
        for await undeliverable in lost {
            if undeliverable.reason == .unroutable { sessions.withLock { $0.end(undeliverable.peer) } }
            guard let frame = undeliverable.message.frames.first,
                let envelope = try? Envelope<ServerMessage>(decoding: frame)
            else { continue }
            takeBack(envelope.body)
        }
    }

    private func takeBack(_ message: ServerMessage) {
        guard case .assignment(let assignment) = message else { return }
        takeBack([AttemptName(assignment.key)], "its agent could not be reached")
    }

    private func takeBack(_ names: [AttemptName], _ reason: String) {
        Task {
            do {
                try await orchestrator.takeBack(names, reason: reason)
            } catch {
                // The lease's end will do what could not be done now.
                logger.error("an assignment could not be taken back", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Writes down now and then who has been heard of, and forgets who has not.
    private func watchPresence() async {
        let interval = Duration.seconds(4)
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: interval)
                let now = orchestrator.now
                let (heard, gone) = sessions.withLock { table in
                    (table.heard(since: now - interval), table.forgetSilent(since: now - .seconds(60)))
                }
                finishConversations(with: gone)
                try await orchestrator.saw(heard)
            } catch is CancellationError {
                return
            } catch {
                logger.error("the agents' presence could not be recorded", metadata: ["error": "\(error)"])
            }
        }
    }
}
