import Domain
import TestSupport
import Testing

@Suite struct AdmissionTests {
    private static let time = Timestamp(microseconds: 1_700_000_000_000_000)

    private struct Running {
        let agent: ID<Agent>
        let resources: Resources
        let end: Int
    }

    private static func id<Subject>(_ number: UInt64) -> ID<Subject> {
        var generator = SeededGenerator(seed: number)
        return ID(at: time, from: &generator)
    }

    private static func agent(_ number: UInt64, _ offer: Resources, labels: [String: String] = [:]) -> Agent {
        Agent(
            id: id(number), name: "a\(number)", host: "h", version: "1", poolID: id(999), queueNames: [], slots: 99,
            labels: labels, offer: offer, lastSeen: time, created: time)
    }

    @Test func `Labels and offers decide who could hold a run at all`() {
        let agent = Self.agent(1, Resources(cpu: 2000, memory: 100), labels: ["zone": "eu", "disk": "fast"])
        #expect(agent.couldHold(Requirements()))
        #expect(agent.couldHold(Requirements(labels: ["zone": "eu"], resources: Resources(cpu: 2000, memory: 100))))
        #expect(!agent.couldHold(Requirements(labels: ["zone": "us"])))
        #expect(!agent.couldHold(Requirements(labels: ["gpu": "a100"])))
        #expect(!agent.couldHold(Requirements(resources: Resources(cpu: 2001))))
        #expect(!agent.couldHold(Requirements(resources: Resources(gpu: 1))))
    }

    /// Small runs come without end, and before each claim some end: a large one that stands in the line starts all the
    /// same, and no agent ever holds more than it offers.
    @Test(arguments: 1...60)
    func `Nothing large is starved, and no offer is exceeded`(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let agents = (1...UInt64.random(in: 1...4, using: &random)).map { number in
            Self.agent(number, Resources(cpu: Int.random(in: 4...9, using: &random) * 1000, memory: 64, gpu: 1))
        }
        let most = agents.map(\.offer.cpu).max() ?? 0
        let large = Requirements(resources: Resources(cpu: most, memory: 64))
        var (running, round, waited, started): ([Running], Int, Int, Int) = ([], 0, 0, 0)
        var runs: UInt64 = 10_000
        while started < 3, round < 400 {
            round += 1
            running.removeAll { $0.end <= round }
            var held: [ID<Agent>: Resources] = [:]
            for run in running { held[run.agent] = (held[run.agent] ?? .none) + run.resources }
            var admission = Admission(agents.map { Admission.Place($0, held: held[$0.id] ?? .none) })
            let seats = agents.map(\.id).shuffled(using: &random)
            func take(_ run: ID<FlowRun>, _ wanted: Requirements) -> Bool {
                guard let agent = admission.agent(for: run, in: "default", wanted, among: seats) else { return false }
                admission.take(wanted.resources, from: agent, for: run)
                running.append(
                    Running(
                        agent: agent, resources: wanted.resources, end: round + Int.random(in: 1...9, using: &random)))
                return true
            }
            waited += 1
            if take(Self.id(5000 + UInt64(started)), large) { (started, waited) = (started + 1, 0) }
            for _ in 0..<20 {
                runs += 1
                _ = take(
                    Self.id(runs), Requirements(resources: Resources(cpu: Int.random(in: 1...3, using: &random) * 500)))
            }
            for agent in agents {
                let sum = running.filter { $0.agent == agent.id }.reduce(Resources.none) { $0 + $1.resources }
                #expect(agent.offer.shortage(for: sum).isNone)
            }
            // The longest of what runs, and once more for what it kept waiting meanwhile.
            #expect(waited <= 20, "the large one has waited for \(waited) rounds")
        }
        #expect(started == 3)
    }

    @Test func `What asks for nothing may go where nobody waits`() {
        let (one, two) = (Self.agent(1, Resources(cpu: 1000)), Self.agent(2, Resources(cpu: 4000)))
        var admission = Admission([
            Admission.Place(one, held: .none), Admission.Place(two, held: Resources(cpu: 1000)),
        ])
        let large: ID<FlowRun> = Self.id(7)
        let wanted = Requirements(resources: Resources(cpu: 4000))
        #expect(admission.agent(for: large, in: "q", wanted, among: [one.id, two.id]) == nil)
        #expect(admission.isKept(two.id, from: Self.id(8)) && !admission.isKept(one.id, from: Self.id(8)))
        #expect(!admission.isKept(two.id, from: large))
    }
}
