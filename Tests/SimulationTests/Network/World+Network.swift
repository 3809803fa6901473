import AgentRuntime
import Domain
import Wire
import ZeroMQ

@testable import AgentGateway

extension World {
    // MARK: - Connections

    /// The agent's socket tries until it has a connection, as ZeroMQ does.
    func connect(_ host: Int) {
        guard !links[host].isConnecting, links[host].agentSide == nil else { return }
        links[host].isConnecting = true
        after(delay(1...(isCalm ? 50 : 400)), "connect") { await $0.finishConnecting(host) }
    }

    func finishConnecting(_ host: Int) async {
        links[host].isConnecting = false
        guard hosts[host].isAgentThere, links[host].agentSide == nil else { return }
        guard server?.isUp == true, !links[host].isCut else { return connect(host) }
        links[host].number += 1
        let number = links[host].number
        links[host].agentSide = number
        links[host].serverSide = number
        links[host].held = []
        let generation = hosts[host].generation
        after(delay(0...5), "connected") { world in
            guard world.links[host].agentSide == number, world.hosts[host].generation == generation else { return }
            world.agentHandles(host, [.connected])
        }
    }

    /// The connection is no more. The agent, and the server's router, learn of it later; what is on its way is lost, or
    /// comes as a late ghost of a connection that is over.
    func breakConnection(_ host: Int, noticedWithin longest: Int64 = 3000) {
        let link = links[host]
        guard link.agentSide == link.number || link.serverSide == link.number else { return }
        statistics.brokenConnections += 1
        links[host].number += 1
        note("the connection of host \(host) breaks")
        let (old, generation) = (link.number, hosts[host].generation)
        after(delay(0...longest), "disconnected") { world in
            guard world.links[host].agentSide == old else { return }
            world.links[host].agentSide = nil
            guard world.hosts[host].isAgentThere, world.hosts[host].generation == generation else { return }
            world.agentHandles(host, [.disconnected])
            world.connect(host)
        }
        after(delay(0...longest), "unrouted") { world in
            if world.links[host].serverSide == old { world.links[host].serverSide = nil }
        }
    }

    /// The agent's process is gone, and its socket with it.
    func dropConnection(_ host: Int) {
        let old = links[host].number
        links[host].number += 1
        links[host].agentSide = nil
        after(delay(0...1000), "unrouted") { world in
            if world.links[host].serverSide == old { world.links[host].serverSide = nil }
        }
    }

    func heal(_ host: Int) {
        guard links[host].isCut else { return }
        note("the network of host \(host) is back")
        links[host].isCut = false
        let held = links[host].held
        links[host].held = []
        for parcel in held { carry(parcel, host) }
    }

    // MARK: - Frames

    func sendToServer(_ message: AgentMessage, session: UInt64, from host: Int) {
        guard let connection = links[host].agentSide else { return }
        if sabotage == .networkInventsAcknowledgements, case .report(let report) = message, chance(0.2) {
            return invent(.reportsTaken(report.key, sequence: report.sequence, fenced: false), session, host)
        }
        let frame = Envelope(session: session, body: message).encoded()
        ship(Link.Parcel(frame: frame, isToServer: true, connection: connection), host)
    }

    /// The server's socket tells at once, or a moment later, of a peer that it has no connection to.
    func sendToAgent(_ frame: [UInt8], _ peer: RoutingID) {
        let host = hosts.firstIndex { $0.peer == peer }
        guard let host, let connection = links[host].serverSide else {
            return returnUndelivered(frame, peer, isGone: true)
        }
        ship(Link.Parcel(frame: frame, isToServer: false, connection: connection), host)
    }

    private func returnUndelivered(_ frame: [UInt8], _ peer: RoutingID, isGone: Bool) {
        guard let life = server?.life else { return }
        after(delay(0...3), "undelivered") { world in
            guard let server = world.server, server.life === life else { return }
            server.core.takeBack(undelivered: frame, to: peer, isGone: isGone)
            await world.drain(life)
        }
    }

    /// A canary: what the server never said.
    private func invent(_ message: ServerMessage, _ session: UInt64, _ host: Int) {
        guard let connection = links[host].agentSide else { return }
        let frame = Envelope(session: session, body: message).encoded()
        carry(Link.Parcel(frame: frame, isToServer: false, connection: connection), host)
    }

    private func ship(_ parcel: Link.Parcel, _ host: Int) {
        if !isCalm {
            if plan.has(.lostMessages), chance(0.02) { return lose(parcel, host) }
            if plan.has(.repeatedMessages), chance(0.03) { carry(parcel, host) }
        }
        carry(parcel, host)
    }

    /// A socket whose queue is full refuses a message, and says so.
    private func lose(_ parcel: Link.Parcel, _ host: Int) {
        note("a message of host \(host) is lost")
        if !parcel.isToServer { returnUndelivered(parcel.frame, hosts[host].peer, isGone: false) }
    }

    private func carry(_ parcel: Link.Parcel, _ host: Int) {
        let isSlow = plan.has(.slowNetwork) && !isCalm
        var time = now + (isSlow && chance(0.1) ? delay(100...6000) : delay(0...(isSlow ? 80 : 4)))
        // In order, but for a little disorder where messages are repeated.
        let isUnruly = plan.has(.repeatedMessages) && !isCalm && chance(0.05)
        if !isUnruly {
            if parcel.isToServer {
                time = max(time, links[host].lastToServer + 1)
                links[host].lastToServer = time
            } else {
                time = max(time, links[host].lastToAgent + 1)
                links[host].lastToAgent = time
            }
        }
        after(time - now, parcel.isToServer ? "to server" : "to agent") { await $0.arrive(parcel, host) }
    }

    func arrive(_ parcel: Link.Parcel, _ host: Int) async {
        if links[host].isCut {
            links[host].held.append(parcel)
            return
        }
        let isLate = parcel.connection != links[host].number
        if isLate && (isCalm || !chance(0.25)) { return }
        if parcel.isToServer {
            await serverHears(parcel.frame, from: hosts[host].peer)
        } else {
            agentHears(host, parcel.frame)
        }
    }
}
