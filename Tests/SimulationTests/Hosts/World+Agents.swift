import Domain
import Wire

@testable import AgentRuntime

extension World {
    // MARK: - Lives of an agent

    /// Starts an agent's process: it waits for its supervisor, and finds what was left.
    func startAgent(_ host: Int) {
        guard !hosts[host].isAgentThere else { return }
        guard !hosts[host].supervisor.isFrozen else {
            return after(200_000, "agent waits") { $0.startAgent(host) }
        }
        if !hosts[host].supervisor.isThere { startSupervisor(host) }
        note("agent \(host) starts")
        let attempts = hosts[host].spool.attempts
        hosts[host].generation += 1
        hosts[host].desk = ShippingDesk()
        let surroundings = hosts[host].desk.surroundings(hosts[host].clock, hosts[host].configuration.timing)
        hosts[host].shipping = Shipping(surroundings)
        var configuration = hosts[host].configuration
        configuration.processID = Int32(hosts[host].generation)
        hosts[host].machine = AgentMachine(
            configuration: configuration, agentID: hosts[host].agentID, spooled: attempts)
        agentHandles(host, [.recovered(recovered(host))])
        connect(host)
    }

    /// The process is gone, with all that was in its memory.
    func endAgent(_ host: Int) {
        guard hosts[host].isAgentThere else { return }
        hosts[host].machine = nil
        hosts[host].shipping = nil
        hosts[host].isFrozen = false
        hosts[host].waiting = []
        hosts[host].assignments = [:]
        hosts[host].preparing = []
        hosts[host].alarmDue = nil
        hosts[host].crashesAfter = nil
        dropConnection(host)
    }

    func crashAgent(_ host: Int, away: Int64) {
        guard hosts[host].isAgentThere else { return }
        note("agent \(host) crashes")
        statistics.agentCrashes += 1
        endAgent(host)
        after(isCalm ? 100_000 : away, "agent") { $0.startAgent(host) }
    }

    func freezeAgent(_ host: Int) {
        guard hosts[host].isAgentThere else { return }
        note("agent \(host) is frozen")
        hosts[host].isFrozen = true
    }

    func thawAgent(_ host: Int) {
        guard hosts[host].isFrozen else { return }
        note("agent \(host) goes on")
        hosts[host].isFrozen = false
        hosts[host].alarmDue = nil
        let waiting = hosts[host].waiting
        hosts[host].waiting = []
        // What was due and what has come meanwhile are seen in any order.
        agentHandles(host, chance(0.5) ? [.tick] + waiting : waiting + [.tick])
    }

    // MARK: - Events and effects

    /// What `AgentLoop.handle` does.
    func agentHandles(_ host: Int, _ events: [AgentEvent]) {
        guard !hosts[host].isFrozen else {
            hosts[host].waiting += events
            return
        }
        var events = events
        while !events.isEmpty, hosts[host].machine != nil {
            if trace.isTalkative { for event in events { note("  agent \(host) <- \(brief(event))") } }
            let time = hosts[host].time
            let effects = hosts[host].machine?.handle(events, at: time) ?? []
            events = carryOut(effects, host)
        }
        setAlarm(host)
    }

    /// What is to be written down is written in one piece, before anything else; a crash may come at any moment.
    private func carryOut(_ effects: [AgentEffect], _ host: Int) -> [AgentEvent] {
        var events: [AgentEvent] = []
        let entries = effects.compactMap { effect in if case .spool(let entry) = effect { entry } else { nil } }
        if diesNow(host) { return [] }
        if !entries.isEmpty { hosts[host].spool.append(entries) }
        for effect in effects {
            if case .spool = effect { continue }
            if diesNow(host) { return [] }
            carryOut(effect, host, &events)
            guard hosts[host].isAgentThere else { return [] }
        }
        return events
    }

    private func diesNow(_ host: Int) -> Bool {
        guard let left = hosts[host].crashesAfter else { return false }
        guard left == 0 else {
            hosts[host].crashesAfter = left - 1
            return false
        }
        crashAgent(host, away: delay(10...6000))
        return true
    }

    private func carryOut(_ effect: AgentEffect, _ host: Int, _ events: inout [AgentEvent]) {
        switch effect {
        case .spool, .putUpStopSign: break
        case .send(let message, let session): sendToServer(message, session: session, from: host)
        case .resumeLogs(let session): ship(host, .resume(session: session))
        case .suspendLogs: ship(host, .suspend)
        case .prepare(let assignment, _): prepare(assignment, host, &events)
        case .cancelPreparation(let key):
            guard hosts[host].preparing.remove(key) != nil else { return }
            events.append(.notPrepared(key, reason: "it was stopped before it was started"))
        case .start(let key, let deadline):
            guard let assignment = hosts[host].assignments.removeValue(forKey: key) else { return }
            ask(host, .start(assignment, leaseEnd: hosts[host].clock.elapsed + deadline))
        case .stop(let key, let grace): ask(host, .stop(key, grace: grace))
        case .renew(let keys, let deadline): ask(host, .renew(keys, until: hosts[host].clock.elapsed + deadline))
        case .limit(let keys, let deadline): ask(host, .limit(keys, until: hosts[host].clock.elapsed + deadline))
        case .followOutput(let key): ship(host, .output(key, output(of: key, host)))
        case .finishOutput(let key): ship(host, .finish(key, output(of: key, host)))
        case .dropOutput(let key): ship(host, .drop(key))
        case .finish(let key):
            hosts[host].assignments[key] = nil
            hosts[host].captures[key] = nil
            ask(host, .acknowledge(key))
        case .log(let severity, let text): note("  agent \(host) \(severity): \(text)")
        case .exit(let reason): leave(host, reason)
        }
    }

    private func prepare(_ assignment: Assignment, _ host: Int, _ events: inout [AgentEvent]) {
        let key = assignment.key
        truth.taken.insert(key)
        hosts[host].assignments[key] = assignment
        guard chance(0.3) else {
            events.append(chance(0.03) ? .notPrepared(key, reason: "no such folder") : .prepared(key))
            return
        }
        hosts[host].preparing.insert(key)
        let generation = hosts[host].generation
        events.append(.preparing(key, message: "fetching"))
        let isVain = chance(0.1)
        after(delay(5...(isCalm ? 100 : 3000)), "prepared") { world in
            guard world.hosts[host].generation == generation, world.hosts[host].preparing.remove(key) != nil else {
                return
            }
            world.agentHandles(host, [isVain ? .notPrepared(key, reason: "no bundle") : .prepared(key)])
        }
    }

    private func leave(_ host: Int, _ reason: AgentExit) {
        note("agent \(host) leaves: \(reason)")
        switch reason {
        case .left(.leave), .drained: break
        case .left(.stop): stopAllChildren(host)
        case .refused(let message): find("agent \(host) was refused: \(message)")
        }
        // What it sent last is on its way.
        let generation = hosts[host].generation
        endAgent(host)
        let absence = isCalm ? 100_000 : delay(10...8000)
        after(absence, "agent") { if $0.hosts[host].generation == generation { $0.startAgent(host) } }
    }

    // MARK: - The clock

    private func setAlarm(_ host: Int) {
        guard let due = hosts[host].machine?.nextTick() else { return }
        if let set = hosts[host].alarmDue, set <= due { return }
        hosts[host].alarmDue = due
        hosts[host].alarm += 1
        let (alarm, generation) = (hosts[host].alarm, hosts[host].generation)
        after((due - hosts[host].clock.elapsed).wholeMicroseconds + 1, "agent tick") { world in
            guard world.hosts[host].alarm == alarm, world.hosts[host].generation == generation,
                !world.hosts[host].isFrozen
            else { return }
            world.hosts[host].alarmDue = nil
            world.agentHandles(host, [.tick])
        }
    }

    // MARK: - What it hears

    func agentHears(_ host: Int, _ frame: [UInt8]) {
        guard hosts[host].isAgentThere else { return }
        guard let envelope = try? Envelope<ServerMessage>(decoding: frame) else {
            return find("agent \(host) heard garbage")
        }
        switch envelope.body {
        case .logsTaken(let key, let end): ship(host, .taken(key, end: end))
        case .reportsTaken(let key, let sequence, let isFenced):
            noteAnswer(key, sequence, isFenced: isFenced)
            agentHandles(host, [.received(envelope.body, session: envelope.session)])
        default: agentHandles(host, [.received(envelope.body, session: envelope.session)])
        }
    }

    // MARK: - Logs

    private func output(of key: AttemptKey, _ host: Int) -> SimulatedOutput {
        let capture = hosts[host].captures[key] ?? Capture()
        hosts[host].captures[key] = capture
        return SimulatedOutput(capture)
    }

    /// There is something to read of a child.
    func noteOutput(of key: AttemptKey, _ host: Int) {
        guard hosts[host].machine?.wantsOutput(of: key) == true else { return }
        ship(host, .output(key, output(of: key, host)))
    }

    private func ship(_ host: Int, _ order: LogShipper.Order) {
        hosts[host].shipping?.obey(order)
        while hosts[host].shipping?.hasWork == true { hosts[host].shipping?.sendBatch() }
        let (sent, told) = hosts[host].desk.take()
        let generation = hosts[host].generation
        for (message, session) in sent { sendToServer(message, session: session, from: host) }
        if !told.isEmpty {
            after(0, "shipper") { world in
                if world.hosts[host].generation == generation { world.agentHandles(host, told) }
            }
        }
        if let wait = hosts[host].shipping?.claimTimer() {
            after(wait.wholeMicroseconds, "shipper tick") { world in
                if world.hosts[host].generation == generation { world.ship(host, .tick) }
            }
        }
    }
}
