import CProcess
import Glibc

/// What comes from agents and goes to them.
extension Supervisor {
    /// How many connections may hang around without a hello.
    private static let mostGuests = 8
    /// An agent that takes nothing for so long that this many bytes wait is no longer listened to.
    private static let longestBacklog = 32 << 20
    /// Beyond it, news of output are kept back and so fall together.
    private static let longestNewsBacklog = 64 << 10
    /// How many children are started in one turn before the others get theirs.
    private static let startsPerTurn = 16

    func accept() {
        while true {
            let descriptor = sluice_accept(resources.listener)
            guard descriptor >= 0 else { return }
            poller.watch(descriptor)
            guests.append(AgentConnection(descriptor: descriptor))
            if guests.count > Self.mostGuests, let oldest = guests.first { drop(oldest) }
        }
    }

    func receive(from descriptor: Int32) {
        guard let connection = connection(descriptor) else { return }
        let count = recv(descriptor, scratch.baseAddress, scratch.count, Int32(MSG_DONTWAIT))
        if count > 0 {
            connection.inbox.append(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
            hasBacklog = true
        } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
            drop(connection)
        }
    }

    /// Does what the agent asks for, up to a number of starts.
    func answerRequests(at now: Uptime) {
        hasBacklog = false
        for guest in guests { converse(with: guest, at: now) }
        if let agent { converse(with: agent, at: now) }
    }

    private func converse(with connection: AgentConnection, at now: Uptime) {
        var starts = 0
        do throws(FrameFault) {
            while starts < Self.startsPerTurn {
                guard let request = try connection.inbox.next(Request.decode) else { return }
                if case .start = request { starts += 1 }
                guard handle(request, from: connection, at: now) else { return drop(connection) }
            }
            hasBacklog = true
        } catch {
            supervisorLog("closing a connection that sent what is no request: \(error)")
            drop(connection)
        }
    }

    /// False if the connection is of no use.
    private func handle(_ request: Request, from connection: AgentConnection, at now: Uptime) -> Bool {
        switch request {
        case .hello(let version): return greet(connection, version: version)
        case _ where !connection.isGreeted: return false
        case .start(let start): self.start(start, at: now)
        case .stop(let token, let grace):
            switch records[token] {
            case .live(let child): requestStop(child, .requested, grace: grace, at: now)
            case .starting(let fork): fork.stop = (.requested, grace)
            case .ended, .failed, nil: break
            }
        case .renew(let tokens, let deadline): moveLeases(of: tokens) { $0.renew(until: deadline) }
        case .limit(let tokens, let deadline): moveLeases(of: tokens) { $0.limit(to: deadline) }
        case .acknowledge(let token): acknowledge(token)
        case .list(let query): connection.queue(.children(query: query, records.map(Self.report)))
        case .shutdown: stopAll(at: now)
        case .openZygote(let request): openZygote(request, at: now)
        case .closeZygote(let key): closeZygote(key)
        }
        return true
    }

    /// A guest that speaks our language becomes the agent, in place of the one before.
    private func greet(_ connection: AgentConnection, version: UInt16) -> Bool {
        connection.queue(.welcome(version: Request.version, pid: getpid()))
        // At once: another agent may take its place in this very turn, and this one is to know that it was here.
        guard connection.flush(), version == Request.version, !connection.isGreeted else { return false }
        if let agent {
            supervisorLog("another agent has connected in place of the one before")
            drop(agent)
        }
        guests.removeAll { $0 === connection }
        connection.greeted()
        agent = connection
        // It opens its own: whoever opened these knows what they are good for.
        closeZygotes()
        for (token, record) in records {
            switch record {
            case .live, .starting: break
            case .ended(let exit): tell(.exited(token: token, exit))
            case .failed(let reason): tell(.failedToStart(token: token, reason: reason))
            }
        }
        return true
    }

    private func moveLeases(of tokens: [String], _ move: (inout ChildLife) -> Void) {
        for token in tokens {
            switch records[token] {
            case .live(let child):
                move(&child.life)
                wake(at: child.life.due)
            case .starting(let fork): move(&fork.life)
            case .ended, .failed, nil: break
            }
        }
    }

    private func acknowledge(_ token: String) {
        switch records[token] {
        case .ended, .failed: records[token] = nil
        case .live, .starting, nil: break
        }
    }

    private static func report(_ token: String, _ record: Record) -> ChildReport {
        switch record {
        case .starting(let fork):
            return ChildReport(token: token, state: .running(pid: 0, startedAt: fork.startedAt, captured: 0))
        case .live(let child):
            let state = ChildReport.State.running(
                pid: child.pid, startedAt: child.startedAt, captured: child.capture.length)
            return ChildReport(token: token, state: state)
        case .ended(let exit): return ChildReport(token: token, state: .ended(exit))
        case .failed(let reason): return ChildReport(token: token, state: .failedToStart(reason))
        }
    }

    /// Without an agent, what is to be known later is in the records.
    func tell(_ event: SupervisorEvent) { agent?.queue(.event(event)) }

    /// Sends all that there is to say. News that were kept back follow as soon as the agent has taken the rest.
    func tell() {
        tellNews()
        flush()
        if !news.isEmpty {
            tellNews()
            flush()
        }
    }

    /// Tells of output, once per child and turn, and not at all while the agent does not keep up.
    private func tellNews() {
        guard let agent else {
            for child in news { child.hasNews = false }
            return news.removeAll()
        }
        guard !news.isEmpty, agent.backlog < Self.longestNewsBacklog else { return }
        for child in news where child.hasNews {
            child.hasNews = false
            agent.queue(.event(.output(token: child.token, captured: child.capture.length)))
        }
        news.removeAll(keepingCapacity: true)
    }

    private func flush() {
        guard let agent, agent.backlog > 0 else { return }
        let wasBlocked = agent.isBlocked
        guard agent.flush(), agent.backlog < Self.longestBacklog else { return drop(agent) }
        if agent.isBlocked != wasBlocked { poller.watch(agent.descriptor, alsoForWriting: agent.isBlocked) }
    }

    private func connection(_ descriptor: Int32) -> AgentConnection? {
        if let agent, agent.descriptor == descriptor { return agent }
        return guests.first { $0.descriptor == descriptor }
    }

    private func drop(_ connection: AgentConnection) {
        close(connection.descriptor)
        guests.removeAll { $0 === connection }
        if agent === connection { agent = nil }
    }
}
