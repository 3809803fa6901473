import Domain
import Storage
import StorageSQLite
import TestSupport

/// Everything that a seed makes: a server, hosts with an agent and a supervisor each, the network between them, people
/// who want runs, and what goes wrong. All of it happens here, one thing after the other, in virtual time.
///
/// What happens is in the folders: `Server`, `Network`, `Hosts`, `Clients`; what must not happen in `Judging`.
actor World {
    typealias Happening = @Sendable (isolated World) async -> Void

    let seed: UInt64
    let plan: Plan
    let sabotage: Sabotage?
    let turns = Turns()
    var random: SeededGenerator
    var schedule = Schedule()
    /// Microseconds since the world began.
    private(set) var now: Int64 = 0
    /// The time of troubles is over: everybody serves.
    private(set) var isCalm = false
    var trace: Trace
    var happenings = 0
    var findings: [String] = []
    var statistics = Statistics()

    // The server, and what outlives it
    let disk: Disk
    let serverClock = SimulatedClock()
    var serverClockError: Int64 = 0
    var server: SimulatedServer?
    var lives = 0
    var isServerStarting = false

    // The others
    var hosts: [SimulatedHost] = []
    var links: [Link] = []
    var clients = Clients()
    var truth = Truth()

    /// - Parameter disk: of its own, or a clean one.
    init(seed: UInt64, on disk: Disk, sabotage: Sabotage? = nil, isTalkative: Bool = false) {
        self.seed = seed
        self.sabotage = sabotage
        var random = SeededGenerator(seed: seed)
        plan = Plan(&random, sabotage: sabotage)
        self.random = random
        trace = Trace(isTalkative: isTalkative)
        self.disk = disk
    }

    // MARK: - Time

    /// Plans something.
    ///
    /// - Parameter delay: from now, in microseconds.
    func after(_ delay: Int64, _ label: String, _ body: @escaping Happening) {
        schedule.add(Schedule.Entry(time: now + max(0, delay), tie: random.next(), label: label, body: body))
    }

    func chance(_ probability: Double) -> Bool { Double.random(in: 0..<1, using: &random) < probability }

    /// Microseconds, from milliseconds.
    func delay(_ milliseconds: ClosedRange<Int64>) -> Int64 {
        Int64.random(in: milliseconds.lowerBound * 1000...milliseconds.upperBound * 1000, using: &random)
    }

    func note(_ text: @autoclosure () -> String) { trace.note(text(), at: now) }

    func find(_ finding: String) {
        note("FOUND: \(finding)")
        findings.append(finding)
    }

    /// Lets time pass until `end`, or until something is found.
    private func pass(until end: Int64) async {
        while findings.isEmpty, let entry = schedule.next() {
            guard entry.time <= end else {
                schedule.add(entry)
                break
            }
            await happen(entry)
        }
        now = max(now, end)
        setClocks()
    }

    func happen(_ entry: Schedule.Entry) async {
        now = entry.time
        setClocks()
        happenings += 1
        trace.count(entry.label, at: now)
        await entry.body(self)
    }

    func setClocks() {
        serverClock.set(now, wallAhead: serverClockError)
        for index in hosts.indices { hosts[index].clock.set(now, wallAhead: hosts[index].clockError) }
    }

    // MARK: - A world's life

    /// Runs the world from its beginning to its end.
    func live() async -> Verdict {
        do {
            setClocks()
            try await prepare()
            planTroubles()
            await pass(until: plan.duration)
            becomeCalm()
            await settle()
            if findings.isEmpty { try await judgeTheEnd() }
        } catch {
            find("the simulation itself failed: \(error)")
        }
        await end()
        return Verdict(
            seed: seed, findings: findings, fingerprint: trace.fingerprint, statistics: statistics, time: now)
    }

    /// Nothing more goes wrong. What is wrong comes to its end, soon or by force.
    private func becomeCalm() {
        isCalm = true
        note("calm")
        server?.life.calm()
        after(15_000_000, "the end of troubles") { $0.endTroubles() }
    }

    /// Everybody serves now, so everything comes to an end within a bounded time: what is waited for at most is a
    /// wall clock that was set back, a lease, and the retries behind it.
    private func settle() async {
        let limit = now + 600_000_000
        while findings.isEmpty, now < limit {
            await pass(until: now + 1_000_000)
            if await isQuiet() {
                guard !clients.areProbing else { return }
                probe()
            }
        }
        if findings.isEmpty { find("not everything came to an end: \(await whatIsLeft())") }
    }

    private func end() async {
        server?.life.end()
        for id in turns.parked { _ = await turns.resume(id, throwing: ServerLife.Crashed()) }
    }
}

/// What came of a seed.
struct Verdict: Sendable {
    let seed: UInt64
    let findings: [String]
    /// The same for the same seed, always.
    let fingerprint: UInt64
    let statistics: Statistics
    /// Virtual time, in microseconds.
    let time: Int64
}
