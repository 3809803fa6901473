import Domain
public import Logging
public import Orchestration
import Synchronization
import Wire
import ZeroMQ

/// The agents' door: the socket, and the tasks that pass between it, the agents' conversations and the orchestration
/// what `GatewayCore` makes of it.
///
/// One task reads the socket and gives each agent's messages to that agent's own conversation, so that an agent's are
/// taken in their order and none waits for another's. A conversation has a task while there is something to take: an
/// agent that is idle costs none. One task grants work to those that wait. Nothing polls.
public final class Gateway: Sendable {
    private let core: GatewayCore
    private let socket: RouterSocket
    private let inboxes: Inboxes<Conversation>
    private let pokes: AsyncStream<Void>
    private let lost: AsyncStream<Undeliverable>
    private let refusedFrames = Atomic<Int>(0)
    private let droppedMessages = Atomic<Int>(0)

    /// Binds the socket, so that a port in use is known at once; nothing is answered before `run`.
    ///
    /// - Throws: `ZeroMQError`.
    public init(
        _ orchestrator: Orchestrator, configuration: GatewayConfiguration, logger: Logger
    ) throws {
        let (pokes, poke) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let (lost, lose) = AsyncStream.makeStream(of: Undeliverable.self)
        var options = SocketOptions()
        // The largest message of an agent is a batch of log lines, of a quarter of this.
        options.maximumFrameSize = 4 << 20
        let socket = try RouterSocket(bind: configuration.endpoint, options: options) { lose.yield($0) }
        let inboxes = Inboxes<Conversation>()
        core = GatewayCore(
            orchestrator, configuration: configuration, logger: logger,
            rim: GatewayCore.Rim(
                send: { frame, peer in try socket.send(Message(frame), to: peer) },
                poke: { poke.yield() },
                finish: { inboxes.finish($0) },
                perform: { work in Task { await work() } }))
        (self.socket, self.inboxes, self.pokes, self.lost) = (socket, inboxes, pokes, lost)
    }

    /// Where the agents connect, with the port that was really bound.
    public var boundEndpoint: String { socket.boundEndpoint }

    /// Agents in a session now.
    public var sessionCount: Int { core.sessionCount }

    /// Agents whose messages are being taken.
    public var conversationCount: Int { inboxes.count }

    /// Frames that were no messages, since the start.
    public var refusedFrameCount: Int { refusedFrames.load(ordering: .relaxed) }

    /// Messages for which there was no room, since the start.
    public var droppedMessageCount: Int { droppedMessages.load(ordering: .relaxed) }

    /// Serves agents until the task is cancelled; then tells them that the server is to come back.
    ///
    /// - Parameter apiURL: the API's address for flows on the agents' hosts.
    public func run(apiURL: String) async {
        core.orchestrator.desk.open(to: core)
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await self.receive(apiURL) }
            tasks.addTask { await self.grantWaiting() }
            tasks.addTask { await self.listen() }
            tasks.addTask { await self.takeBackLost() }
            tasks.addTask { await self.watchPresence() }
            await tasks.next()
            tasks.cancelAll()
        }
        core.orchestrator.desk.close()
        await core.farewell()
        await socket.close()
    }
}

// MARK: - Receiving

extension Gateway {
    private func receive(_ apiURL: String) async {
        await withDiscardingTaskGroup { conversing in
            for await batch in socket.incoming {
                if Task.isCancelled { break }
                var taken: [RoutingID: Inboxes<Conversation>.Batch] = [:]
                for routed in batch {
                    switch sort(routed) {
                    case .hello(let greeting):
                        // What came before the hello belongs to the session before.
                        pass(&taken, &conversing)
                        switch inboxes.noteHello(greeting, from: routed.peer) {
                        case .atOnce: conversing.addTask { await self.greet(routed.peer, after: greeting, apiURL) }
                        case .later: continue
                        case .never: core.dismiss(greeting, of: routed.peer)
                        }
                    case .message(let message):
                        taken[routed.peer, default: ([], 0)].messages.append(message)
                        taken[routed.peer]?.weight += Self.weight(of: routed)
                    case .settled: continue
                    case .garbage: refusedFrames.add(1, ordering: .relaxed)
                    }
                }
                pass(&taken, &conversing)
            }
            conversing.cancelAll()
        }
    }

    private func sort(_ routed: RoutedMessage) -> GatewayCore.Incoming {
        guard routed.message.frames.count == 1 else { return .garbage }
        return core.sort(routed.message.frames[0], from: routed.peer)
    }

    /// A short message costs more memory than its bytes.
    private static func weight(of routed: RoutedMessage) -> Int { 256 + routed.message.frames[0].count }

    private func pass(
        _ taken: inout [RoutingID: Inboxes<Conversation>.Batch], _ conversing: inout DiscardingTaskGroup
    ) {
        for (peer, batch) in taken {
            switch inboxes.put(batch, from: peer) {
            case .waits: continue
            case .begins(let session): conversing.addTask { await self.take(session) }
            case .dropped: droppedMessages.add(batch.messages.count, ordering: .relaxed)
            }
        }
        taken.removeAll(keepingCapacity: true)
    }

    /// Answers a hello, and those that come meanwhile; then takes what the agent says until its session is over.
    private func greet(_ peer: RoutingID, after first: GatewayCore.Greeting, _ apiURL: String) async {
        var greeting = first
        while true {
            let conversation = await core.welcome(greeting, from: peer, apiURL: apiURL)
            if let next = inboxes.noteGreeted(peer) {
                greeting = next
                continue
            }
            guard let conversation else { return }
            return await hold(conversation, with: peer)
        }
    }

    private func hold(_ conversation: Conversation, with peer: RoutingID) async {
        let session = conversation.session
        guard inboxes.open(session.number, of: peer, for: conversation, isCurrent: { core.isCurrent(session) }) else {
            return
        }
        await conversation.begin()
        await take(session.number)
    }

    /// Takes what waits in a conversation, and what comes meanwhile, until there is nothing.
    private func take(_ session: UInt64) async {
        while !Task.isCancelled, let (conversation, batch) = inboxes.next(session) {
            await core.reports.pass()
            let goesOn = await conversation.take(batch.messages)
            inboxes.noteTaken(batch, session: session)
            guard goesOn else {
                inboxes.close(session, of: conversation.session.peer)
                return core.leave(conversation.session)
            }
        }
    }
}

// MARK: - Dispatching and watching

extension Gateway {
    private func grantWaiting() async {
        for await _ in pokes { await core.grantWaiting() }
    }

    private func listen() async {
        for await notice in core.orchestrator.bulletin.notices(GatewayCore.wants) { core.hear(notice) }
    }

    private func takeBackLost() async {
        for await undeliverable in lost {
            guard let frame = undeliverable.message.frames.first else { continue }
            core.takeBack(
                undelivered: frame, to: undeliverable.peer, isGone: undeliverable.reason == .unroutable)
        }
    }

    /// Writes down now and then who is there.
    private func watchPresence() async {
        let interval = core.configuration.presenceInterval
        while !Task.isCancelled {
            guard (try? await Task.sleep(for: interval)) != nil else { return }
            await core.notePresence(within: interval)
        }
    }
}
