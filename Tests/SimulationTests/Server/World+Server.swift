import Bundles
import Domain
import Glibc
import Logging
import Storage
import ZeroMQ

@testable import AgentGateway
@testable import Orchestration

extension World {
    // MARK: - Lives

    /// Begins a life of the server; it serves once it has put its data in order.
    func startServer() async {
        guard server == nil else { return }
        lives += 1
        let life = ServerLife(number: lives, turns: turns, rates: serverRates, seed: random.next())
        do {
            server = try makeServer(life)
        } catch {
            return find("no server could be made: \(error)")
        }
        note("server \(life.number) starts")
        guard let orchestrator = server?.orchestrator else { return }
        let forgets = sabotage == .serverForgetsToRenewAtItsStart
        let disk = disk
        await perform("start", life) {
            do {
                try await disk.watch.noteStart(at: orchestrator.surroundings.leaseTime, in: disk.main)
                try await orchestrator.ensureStandardPool()
                if !forgets { try await orchestrator.renewAllLeases() }
                try await orchestrator.discardUnfinishedBatches()
                life.put(.then { $0.serverIsUp(life.number) })
            } catch {
                life.put(.crashed)
            }
        }
    }

    private func makeServer(_ life: ServerLife) throws -> SimulatedServer {
        let orchestrator = Orchestrator(
            database: FaultyDatabase(
                engine: disk.main, life: life, watch: disk.watch, isForgetful: sabotage == .storageForgetsCommits),
            logs: LogStore(FaultyDatabase(engine: disk.logs, life: life, watch: nil, isForgetful: false)),
            bundles: try BundleStore(directory: "/tmp/sluice-simulation"),
            surroundings: Surroundings(
                clock: { [serverClock] in serverClock.wall }, steady: { [serverClock] in serverClock.elapsed },
                random: { life.randomBits() }))
        let core = GatewayCore(
            orchestrator,
            configuration: GatewayConfiguration(
                endpoint: "", serverVersion: "simulated", heartbeatInterval: plan.heartbeat,
                intermission: plan.intermission),
            logger: Logger(label: "simulation", factory: { _ in SwiftLogNoOpLogHandler() }),
            rim: GatewayCore.Rim(
                send: { life.put(.send($0, $1)) }, poke: { life.put(.poke) }, finish: { life.put(.finish($0)) },
                perform: { life.put(.perform($0)) }))
        return SimulatedServer(
            life: life, orchestrator: orchestrator, core: core, notices: orchestrator.bulletin.notices { _ in true },
            loops: [
                SimulatedServer.LoopState(loop: DueRunWaker(orchestrator)),
                SimulatedServer.LoopState(loop: LeaseReaper(orchestrator)),
                SimulatedServer.LoopState(loop: LateRunMarker(orchestrator)),
            ])
    }

    func serverIsUp(_ life: Int) {
        guard let server, server.life.number == life, !server.life.isOver else { return }
        note("server \(life) serves")
        self.server?.isUp = true
        server.orchestrator.desk.open(to: server.core)
        for index in server.loops.indices { after(0, "loop") { await $0.tick(index, life: life) } }
        watchPresence(life)
    }

    /// The process is gone, with all that it knew.
    func crashServer() {
        guard let server else { return }
        note("server \(server.life.number) crashes")
        statistics.serverCrashes += 1
        server.life.end()
        self.server = nil
        for index in links.indices { breakConnection(index) }
        let absence = chance(0.3) ? delay(4000...20_000) : delay(20...4000)
        after(isCalm ? 100_000 : absence, "server") { await $0.startServer() }
    }

    /// Somebody ends the server in good order: it takes nothing more, ends what it has begun, extends the leases, and
    /// says so.
    func closeServer() async {
        guard let server, server.isUp else { return }
        note("server \(server.life.number) is to end")
        self.server?.isUp = false
        await finishClosing(server.life)
    }

    private func finishClosing(_ life: ServerLife) async {
        guard let server, server.life === life, !life.isOver else { return }
        guard server.active == 0 else {
            return after(1000, "closing") { await $0.finishClosing(life) }
        }
        let (orchestrator, core) = (server.orchestrator, server.core)
        await perform("farewell", life) {
            orchestrator.desk.close()
            await core.farewell()
            // What was said last is delivered before the socket closes.
            life.put(.then { world in world.after(20_000, "end") { if !life.isOver { $0.crashServer() } } })
        }
    }

    /// The life, if it is the present one and serves.
    func serving(_ life: Int) -> SimulatedServer? {
        guard let server, server.life.number == life, server.isUp, !server.life.isOver else { return nil }
        return server
    }

    // MARK: - Its work, a turn at a time

    /// Lets the server do something, until it ends or waits.
    func perform(_ label: String, _ life: ServerLife, _ work: @escaping @Sendable () async -> Void) async {
        if server?.life === life { server?.active += 1 }
        await settle(await turns.begin(work), label, life)
    }

    func settle(_ pause: Turns.Pause?, _ label: String, _ life: ServerLife) async {
        if let pause {
            after(pause.delay, label) { world in
                let error: (any Error)? = life.isOver ? ServerLife.Crashed() : nil
                await world.settle(await world.turns.resume(pause.id, throwing: error), label, life)
            }
        } else if server?.life === life {
            server?.active -= 1
        }
        await drain(life)
    }

    /// Carries out what the server's code has brought about.
    func drain(_ life: ServerLife) async {
        await hearNotices(life)
        for output in life.takeOutputs() {
            switch output {
            case .send(let frame, let peer): sendToAgent(frame, peer)
            case .poke: poke(life.number)
            case .finish(let peers): for peer in peers { finishLine(of: peer) }
            case .perform(let work): after(delay(0...2), "aside") { await $0.perform("aside", life, work) }
            case .then(let body): body(self)
            case .crashed: if server?.life === life { crashServer() }
            case .violation(let finding): find(finding)
            }
        }
    }

    /// Takes the notices that are there: all of those before one of our own.
    private func hearNotices(_ life: ServerLife) async {
        guard let server, server.life === life else { return }
        let last = Notice.dueLater(Timestamp(microseconds: .min))
        server.orchestrator.bulletin.publish([last])
        for await notice in server.notices {
            if notice == last { break }
            if case .dueLater = notice { ringLoops(life.number) }
            if GatewayCore.wants(notice) { server.core.hear(notice) }
        }
    }

    // MARK: - Loops

    func tick(_ index: Int, life: Int) async {
        guard let server = serving(life) else { return }
        guard !server.loops[index].isTicking else {
            self.server?.loops[index].rangMeanwhile = true
            return
        }
        self.server?.loops[index].isTicking = true
        let (loop, orchestrator) = (server.loops[index].loop, server.orchestrator)
        if sabotage == .leasesAgeTooFast { await ageLeases() }
        await perform(loop.name, server.life) {
            var wait = Duration.seconds(1)
            if let asked = try? await loop.tick(at: orchestrator.now) { wait = asked }
            let microseconds = wait.wholeMicroseconds
            server.life.put(.then { $0.noteTick(of: index, life: life, wait: microseconds) })
        }
    }

    func noteTick(of index: Int, life: Int, wait: Int64) {
        guard let server = serving(life) else { return }
        self.server?.loops[index].isTicking = false
        self.server?.loops[index].rangMeanwhile = false
        self.server?.loops[index].alarm += 1
        let alarm = server.loops[index].alarm + 1
        after(server.loops[index].rangMeanwhile ? 0 : wait, "loop") { world in
            guard world.server?.loops[index].alarm == alarm else { return }
            await world.tick(index, life: life)
        }
    }

    private func ringLoops(_ life: Int) {
        guard let server = serving(life) else { return }
        for index in server.loops.indices { after(0, "ring") { await $0.tick(index, life: life) } }
    }

    func watchPresence(_ life: Int) {
        let interval = Duration.seconds(4)
        after(interval.wholeMicroseconds, "presence") { world in
            guard let server = world.serving(life) else { return }
            await world.perform("presence", server.life) {
                await server.core.notePresence(within: interval)
                server.life.put(.then { $0.watchPresence(life) })
            }
        }
    }
}
