import Domain
import Wire

@testable import AgentRuntime
@testable import Supervision

extension World {
    // MARK: - Lives of a supervisor

    func startSupervisor(_ host: Int) {
        guard !hosts[host].supervisor.isThere else { return }
        hosts[host].supervisor.generation += 1
        hosts[host].supervisor.isThere = true
        let waiting = hosts[host].supervisor.waiting
        hosts[host].supervisor.waiting = []
        for request in waiting { obey(host, request) }
    }

    /// Its children die with it, at once.
    func crashSupervisor(_ host: Int) {
        guard hosts[host].supervisor.isThere else { return }
        note("supervisor \(host) crashes")
        statistics.supervisorCrashes += 1
        for key in hosts[host].supervisor.children.keys { truth.end(key) }
        hosts[host].supervisor.isThere = false
        hosts[host].supervisor.isFrozen = false
        hosts[host].supervisor.children = [:]
        hosts[host].supervisor.waiting = []
        tell(host, .executorLost(reason: "it was killed"))
        replaceSupervisor(host, agent: hosts[host].generation)
    }

    /// The agent's executor starts another, once it runs itself.
    private func replaceSupervisor(_ host: Int, agent generation: Int) {
        after(delay(1...60), "supervisor") { world in
            let found = world.hosts[host]
            guard found.generation == generation, found.isAgentThere else { return }
            if found.isFrozen { world.replaceSupervisor(host, agent: generation) } else { world.startSupervisor(host) }
        }
    }

    func freezeSupervisor(_ host: Int) {
        guard hosts[host].supervisor.isThere else { return }
        note("supervisor \(host) is frozen")
        hosts[host].supervisor.isFrozen = true
    }

    /// It finds what has happened and what was due meanwhile.
    func thawSupervisor(_ host: Int) {
        guard hosts[host].supervisor.isFrozen else { return }
        note("supervisor \(host) goes on")
        hosts[host].supervisor.isFrozen = false
        let now = hosts[host].clock.elapsed
        for (key, child) in hosts[host].supervisor.children where child.isAlive && child.leaseEnd <= now {
            hosts[host].supervisor.children[key]?.isExcused = true
        }
        let waiting = hosts[host].supervisor.waiting
        hosts[host].supervisor.waiting = []
        for request in waiting { obey(host, request) }
        for key in hosts[host].supervisor.children.keys.sorted(by: { $0.description < $1.description }) {
            reap(host, key)
            tickChild(host, key)
        }
    }

    /// The agent has told it to end with all children.
    func stopAllChildren(_ host: Int) {
        for key in hosts[host].supervisor.children.keys.sorted(by: { $0.description < $1.description }) {
            guard hosts[host].supervisor.children[key]?.isAlive == true else { continue }
            act(host, key) { $0.requestStop(.requested, at: $1) }
        }
    }

    // MARK: - Between agent and supervisor

    func ask(_ host: Int, _ request: SimulatedSupervisor.Request) {
        let time = max(now + Int64.random(in: 0...500, using: &random), hosts[host].lastAsked + 1)
        hosts[host].lastAsked = time
        let generation = hosts[host].supervisor.generation
        after(time - now, "ask") { world in
            let supervisor = world.hosts[host].supervisor
            if !supervisor.isThere || supervisor.generation != generation {
                // Whoever replaces it is asked to start what was to be started, and knows nothing of the rest.
                guard case .start = request, world.hosts[host].isAgentThere else { return }
                if supervisor.isThere {
                    world.obey(host, request)
                } else {
                    world.hosts[host].supervisor.waiting.append(request)
                }
            } else if supervisor.isFrozen {
                world.hosts[host].supervisor.waiting.append(request)
            } else {
                world.obey(host, request)
            }
        }
    }

    func tell(_ host: Int, _ event: AgentEvent) {
        guard hosts[host].isAgentThere else { return }
        let time = max(now + Int64.random(in: 0...500, using: &random), hosts[host].lastTold + 1)
        hosts[host].lastTold = time
        let generation = hosts[host].generation
        after(time - now, "tell") { world in
            if world.hosts[host].generation == generation { world.agentHandles(host, [event]) }
        }
    }

    /// What an agent that starts finds of earlier ones.
    func recovered(_ host: Int) -> [RecoveredAttempt] {
        hosts[host].supervisor.children.values.sorted { $0.startedAt < $1.startedAt }.map { child in
            RecoveredAttempt(
                key: child.key,
                state: child.end.map { .ended($0) } ?? .running(processID: 1, since: child.startedAt))
        }
    }

    private func obey(_ host: Int, _ request: SimulatedSupervisor.Request) {
        switch request {
        case .start(let assignment, let end): start(host, assignment, leaseEnd: end)
        case .stop(let key, let grace): act(host, key) { $0.requestStop(.requested, grace: grace.nanoseconds, at: $1) }
        case .renew(let keys, let end):
            for key in keys {
                hosts[host].supervisor.children[key]?.leaseEnd = end
                act(host, key) { life, _ in
                    life.renew(until: Uptime(nanoseconds: end.nanoseconds))
                    return .nothing
                }
            }
        case .limit(let keys, let end):
            for key in keys {
                guard let child = hosts[host].supervisor.children[key] else { continue }
                hosts[host].supervisor.children[key]?.leaseEnd = min(child.leaseEnd, end)
                act(host, key) { life, _ in
                    life.limit(to: Uptime(nanoseconds: end.nanoseconds))
                    return .nothing
                }
            }
        case .acknowledge(let key):
            if hosts[host].supervisor.children[key]?.isAlive == false { hosts[host].supervisor.children[key] = nil }
        }
    }

    // MARK: - Children

    private func start(_ host: Int, _ assignment: Assignment, leaseEnd: Duration) {
        let key = assignment.key
        if let known = hosts[host].supervisor.children[key] {
            return tell(host, known.end.map { .ended(key, $0) } ?? .started(key, processID: 1, at: known.startedAt))
        }
        let elapsed = hosts[host].clock.elapsed
        guard elapsed < leaseEnd else {
            let end = AttemptEnd(.notStarted, at: hosts[host].clock.wall, message: "its lease ended")
            return tell(host, .ended(key, ChildEnd(end, outputEnd: 0)))
        }
        let capture = hosts[host].captures[key] ?? Capture()
        hosts[host].captures[key] = capture
        let child = SimulatedSupervisor.Child(
            key: key, conduct: truth.conduct(of: key, &random, isCalm: clients.areProbing),
            life: ChildLife(
                startedAt: Uptime(nanoseconds: elapsed.nanoseconds), timeout: assignment.timeout?.nanoseconds ?? .max,
                leaseEndsAt: Uptime(nanoseconds: leaseEnd.nanoseconds), grace: assignment.grace.nanoseconds,
                leaseGrace: SupervisorProgram.Settings().leaseGrace.nanoseconds, drain: 0),
            startedAt: hosts[host].clock.wall, capture: capture, leaseEnd: leaseEnd)
        hosts[host].supervisor.children[key] = child
        judgeStart(of: key, host)
        if !child.conduct.isSilent { capture.write("begins", at: child.startedAt) }
        tell(host, .started(key, processID: 1, at: child.startedAt))
        noteOutput(of: key, host)
        let generation = hosts[host].supervisor.generation
        after(child.conduct.duration, "child") { world in
            guard world.hosts[host].supervisor.generation == generation else { return }
            world.die(host, key, .exited(child.conduct.code))
        }
        setChildAlarm(host, key)
    }

    /// The program ends, of itself or not.
    private func die(_ host: Int, _ key: AttemptKey, _ status: ChildExit.Status) {
        guard let child = hosts[host].supervisor.children[key], child.isAlive else { return }
        if !child.conduct.isSilent { child.capture.write("ends", at: hosts[host].clock.wall) }
        hosts[host].supervisor.children[key]?.isAlive = false
        hosts[host].supervisor.children[key]?.status = status
        truth.end(key)
        reap(host, key)
    }

    /// The supervisor sees that a child has ended, and tells the agent.
    private func reap(_ host: Int, _ key: AttemptKey) {
        guard !hosts[host].supervisor.isFrozen, let child = hosts[host].supervisor.children[key], !child.isAlive,
            child.end == nil
        else { return }
        let (now, time) = (Uptime(nanoseconds: hosts[host].clock.elapsed.nanoseconds), hosts[host].clock.wall)
        _ = hosts[host].supervisor.children[key]?.life.mainEnded(at: now)
        hosts[host].supervisor.children[key]?.life.finish()
        guard let end = hosts[host].supervisor.children[key]?.ending(at: time) else { return }
        hosts[host].supervisor.children[key]?.end = end
        truth.ends[key] = end.end.cause
        tell(host, .ended(key, end))
    }

    /// Changes the life of a child that is not done with, and does what that asks for.
    private func act(
        _ host: Int, _ key: AttemptKey, _ change: (inout ChildLife, Uptime) -> ChildLife.Action
    ) {
        guard let child = hosts[host].supervisor.children[key], child.end == nil else { return }
        var life = child.life
        let action = change(&life, Uptime(nanoseconds: hosts[host].clock.elapsed.nanoseconds))
        hosts[host].supervisor.children[key]?.life = life
        switch action {
        case .nothing, .finish: break
        case .terminate:
            guard let obedience = child.conduct.obedience else { break }
            let generation = hosts[host].supervisor.generation
            after(obedience, "obeys") { world in
                guard world.hosts[host].supervisor.generation == generation else { return }
                world.die(host, key, .signaled(15))
            }
        case .kill: return die(host, key, .signaled(9))
        }
        setChildAlarm(host, key)
    }

    private func tickChild(_ host: Int, _ key: AttemptKey) {
        guard hosts[host].supervisor.isThere, !hosts[host].supervisor.isFrozen else { return }
        act(host, key) { $0.tick(at: $1) }
    }

    private func setChildAlarm(_ host: Int, _ key: AttemptKey) {
        guard let child = hosts[host].supervisor.children[key], child.end == nil, child.isAlive else { return }
        if sabotage == .supervisorIgnoresDeadlines, child.life.phase == .running { return }
        let alarm = child.alarm + 1
        hosts[host].supervisor.children[key]?.alarm = alarm
        let elapsed = hosts[host].clock.elapsed.nanoseconds
        let due = child.life.due.nanoseconds
        guard due < .max else { return }
        after(due > elapsed ? Int64((due - elapsed) / 1000) + 1 : 0, "child tick") { world in
            guard world.hosts[host].supervisor.children[key]?.alarm == alarm else { return }
            world.tickChild(host, key)
        }
    }
}
