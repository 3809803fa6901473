import Orchestration
import Wire
import ZeroMQ

@testable import AgentGateway

/// What the gateway's tasks do in a server, done by the world.
extension World {
    /// The server's socket has received a frame.
    func serverHears(_ frame: [UInt8], from peer: RoutingID) async {
        guard let server, server.isUp, !server.life.isOver else { return }
        switch server.core.sort(frame, from: peer) {
        case .hello(let greeting):
            if case .atOnce = server.inboxes.noteHello(greeting, from: peer) {
                await greet(peer, after: greeting, server)
            }
        case .message(let message):
            if let line = server.lineOfPeer[peer] {
                self.server?.lines[line]?.waiting.append(message)
                await goOn(line, server.life)
            }
        case .settled: break
        case .garbage: find("the server heard garbage")
        }
        await drain(server.life)
    }

    /// Answers a hello, and those that come meanwhile.
    private func greet(_ peer: RoutingID, after first: GatewayCore.Greeting, _ server: SimulatedServer) async {
        let (core, inboxes, life) = (server.core, server.inboxes, server.life)
        await perform("hello", life) {
            var greeting = first
            while true {
                let conversation = await core.welcome(greeting, from: peer, apiURL: "")
                if let next = inboxes.noteGreeted(peer) {
                    greeting = next
                    continue
                }
                guard let conversation, core.isCurrent(conversation.session) else { return }
                return life.put(.then { $0.open(conversation, with: peer, life: life) })
            }
        }
    }

    func open(_ conversation: Conversation, with peer: RoutingID, life: ServerLife) {
        guard var server, server.life === life else { return }
        server.lastLine += 1
        let line = server.lastLine
        if let old = server.lineOfPeer.updateValue(line, forKey: peer) { server.lines[old]?.isOver = true }
        server.lines[line] = SimulatedServer.ConversationLine(conversation: conversation, peer: peer)
        self.server = server
        after(0, "begin") { world in
            await world.perform("begin", life) {
                await conversation.begin()
                life.put(.then { $0.noteFree(line, life, goesOn: true) })
            }
        }
    }

    /// Takes what waits in a conversation, unless it is busy.
    func goOn(_ number: Int, _ life: ServerLife) async {
        guard let line = server?.lines[number], server?.life === life, !line.isBusy else { return }
        guard !line.waiting.isEmpty else {
            if line.isOver { server?.lines[number] = nil }
            return
        }
        server?.lines[number]?.waiting = []
        server?.lines[number]?.isBusy = true
        await perform("take", life) {
            let goesOn = await line.conversation.take(line.waiting)
            life.put(.then { $0.noteFree(number, life, goesOn: goesOn) })
        }
    }

    func noteFree(_ number: Int, _ life: ServerLife, goesOn: Bool) {
        guard let server, server.life === life, let line = server.lines[number] else { return }
        self.server?.lines[number]?.isBusy = false
        if !goesOn {
            self.server?.lines[number]?.waiting = []
            self.server?.lines[number]?.isOver = true
            server.core.leave(line.conversation.session)
        }
        after(0, "converse") { world in
            await world.goOn(number, life)
            await world.drain(life)
        }
    }

    /// No more is taken from this peer's conversation than what waits in it already.
    func finishLine(of peer: RoutingID) {
        guard let line = server?.lineOfPeer.removeValue(forKey: peer) else { return }
        server?.lines[line]?.isOver = true
    }

    // MARK: - Granting

    func poke(_ life: Int) {
        guard let server = serving(life) else { return }
        guard !server.isGranting else {
            self.server?.isPoked = true
            return
        }
        self.server?.isGranting = true
        after(0, "grant") { world in
            guard let server = world.serving(life) else { return }
            await world.perform("grant", server.life) {
                await server.core.grantWaiting()
                server.life.put(.then { $0.noteGranted(life) })
            }
        }
    }

    func noteGranted(_ life: Int) {
        guard let server = serving(life) else { return }
        self.server?.isGranting = false
        self.server?.isPoked = false
        if server.isPoked { poke(life) }
    }
}
