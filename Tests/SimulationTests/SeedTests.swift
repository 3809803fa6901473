import Glibc
import Synchronization
import TestSupport
import Testing

/// Worlds made from seeds. CONTRIBUTING.md says how to replay one.
@Suite struct SeedTests {
    /// `SLUICE_SIMULATION_SEED=N` replays one seed and tells what happens in it; `SLUICE_SIMULATION_SEEDS=N` asks for so
    /// many, beginning with `SLUICE_SIMULATION_FIRST`.
    private static func number(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }

    @Test func noSeedFindsAnything() async throws {
        if let seed = Self.number("SLUICE_SIMULATION_SEED") {
            let verdict = await World(seed: seed, on: try await Disk(), isTalkative: true).live()
            print("fingerprint", verdict.fingerprint, verdict.statistics)
            #expect(verdict.findings.isEmpty)
            return
        }
        let first = Self.number("SLUICE_SIMULATION_FIRST") ?? 1
        let count = Self.number("SLUICE_SIMULATION_SEEDS") ?? 2000
        let campaign = try await Campaign.run(seeds: first..<first + count)
        print(campaign.summary)
        for verdict in campaign.failures.prefix(10) {
            Issue.record("seed \(verdict.seed): \(verdict.findings.joined(separator: "; "))")
        }
        #expect(campaign.failures.isEmpty)
    }

    @Test func theSameSeedIsTheSameWorld() async throws {
        let disk = try await Disk()
        for seed in 1...20 as ClosedRange<UInt64> {
            let first = await World(seed: seed, on: try await Disk()).live()
            try await disk.clear()
            let second = await World(seed: seed, on: disk).live()
            #expect(first.fingerprint == second.fingerprint, "seed \(seed)")
        }
    }
}

/// Seeds that several take from.
private final class Pile: Sendable {
    private let rest: Mutex<Range<UInt64>>

    init(_ seeds: Range<UInt64>) { rest = Mutex(seeds) }

    func next() -> UInt64? {
        rest.withLock { rest in
            guard let first = rest.first else { return nil }
            rest = first + 1..<rest.upperBound
            return first
        }
    }
}

/// Many seeds, as many at once as there are processors.
struct Campaign {
    private(set) var failures: [Verdict] = []
    private(set) var statistics = Statistics()
    private(set) var seeds = 0

    static func run(seeds: Range<UInt64>, sabotage: Sabotage? = nil) async throws -> Campaign {
        let pile = Pile(seeds)
        return try await withThrowingTaskGroup { group in
            for _ in 0..<max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) {
                group.addTask {
                    var campaign = Campaign()
                    let disk = try await Disk()
                    while let seed = pile.next() {
                        try await disk.clear()
                        campaign.add(await World(seed: seed, on: disk, sabotage: sabotage).live())
                    }
                    try await disk.close()
                    return campaign
                }
            }
            var all = Campaign()
            for try await campaign in group { all.add(campaign) }
            all.failures.sort { $0.seed < $1.seed }
            return all
        }
    }

    private mutating func add(_ verdict: Verdict) {
        seeds += 1
        statistics.add(verdict.statistics)
        if !verdict.findings.isEmpty { failures.append(verdict) }
    }

    private mutating func add(_ other: Campaign) {
        seeds += other.seeds
        statistics.add(other.statistics)
        failures += other.failures
    }

    var summary: String { "\(seeds) seeds, \(failures.count) with findings; \(statistics)" }
}
