import AgentRuntime
import Domain
import Orchestration

/// What goes wrong from outside: the plan says which kinds, chance says when and whom.
extension World {
    var serverRates: ServerLife.Rates {
        // Before the first agent comes, everything is put in place without a turn.
        guard !hosts.isEmpty else { return ServerLife.Rates() }
        guard !isCalm else { return ServerLife.Rates(park: 0.2) }
        return ServerLife.Rates(
            park: 0.3, crash: plan.has(.crashesAtCommits) ? 0.004 : 0, failure: plan.has(.diskFailures) ? 0.01 : 0,
            longestPark: plan.has(.slowServer) && chance(0.5) ? 1_500_000 : 2000)
    }

    func planTroubles() {
        var time: Int64 = 0
        while time < plan.duration {
            time += Int64.random(in: 1...plan.interval * 2, using: &random)
            guard let trouble = Plan.Trouble.allCases.filter({ plan.has($0) }).randomElement(using: &random) else {
                return
            }
            after(time, "trouble") { await $0.make(trouble) }
        }
    }

    private func make(_ trouble: Plan.Trouble) async {
        guard !isCalm else { return }
        let host = Int.random(in: 0..<hosts.count, using: &random)
        switch trouble {
        case .partitions: cut(host)
        case .brokenConnections: breakConnection(host)
        case .serverCrashes: crashServer()
        case .serverRestarts: await closeServer()
        case .agentCrashes: crashInTheMidst(host)
        case .agentRestarts: agentHandles(host, [.leave(chance(0.7) ? .leave : .stop)])
        case .agentDrains: await drainAgent(host)
        case .supervisorCrashes: crashSupervisor(host)
        case .hostCrashes: crashHost(host)
        case .agentFreezes: freeze(host, agent: true, supervisor: false)
        case .supervisorFreezes: freeze(host, agent: false, supervisor: true)
        case .hostFreezes: freeze(host, agent: true, supervisor: true)
        case .serverClockJumps:
            serverClockError += jump()
            setClocks()
        case .agentClockJumps:
            hosts[host].clockError += jump()
            setClocks()
        // They are not events but how things are (`Network`, `ServerLife`).
        case .slowNetwork, .lostMessages, .repeatedMessages, .crashesAtCommits, .diskFailures, .slowServer: break
        }
    }

    /// In microseconds, to either side.
    private func jump() -> Int64 {
        let longest: Int64 = chance(0.5) ? 3 : 60
        let jump = Int64.random(in: -longest * 1_000_000...longest * 1_000_000, using: &random)
        note("a clock jumps by \(jump / 1000) ms")
        return jump
    }

    /// A time that is short, about a lease, or long.
    private func interlude() -> Int64 {
        delay([100...2000, 4000...9000, 8000...20_000].randomElement(using: &random) ?? 0...1)
    }

    private func cut(_ host: Int) {
        guard !links[host].isCut else { return }
        note("the network of host \(host) is cut")
        links[host].isCut = true
        if chance(0.6) { breakConnection(host, noticedWithin: 10_000) }
        after(interlude(), "heal") { $0.heal(host) }
    }

    private func crashInTheMidst(_ host: Int) {
        guard hosts[host].isAgentThere else { return }
        hosts[host].crashesAfter = Int.random(in: 0...6, using: &random)
        let generation = hosts[host].generation
        let away = delay(10...8000)
        after(delay(0...1500), "crash") { world in
            if world.hosts[host].generation == generation { world.crashAgent(host, away: away) }
        }
    }

    /// Everything on it is gone but its disk.
    private func crashHost(_ host: Int) {
        note("host \(host) crashes")
        crashSupervisor(host)
        crashAgent(host, away: interlude())
    }

    private func freeze(_ host: Int, agent: Bool, supervisor: Bool) {
        let time = interlude()
        if agent {
            freezeAgent(host)
            after(time, "thaw") { $0.thawAgent(host) }
        }
        if supervisor {
            freezeSupervisor(host)
            after(time, "thaw") { $0.thawSupervisor(host) }
        }
    }

    /// Whoever was kept from serving serves again.
    func endTroubles() {
        for host in hosts.indices {
            heal(host)
            thawSupervisor(host)
            thawAgent(host)
            startAgent(host)
        }
        after(0, "server") { await $0.startServer() }
    }
}
