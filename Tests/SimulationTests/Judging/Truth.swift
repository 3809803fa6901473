import Domain
import TestSupport
import Wire

@testable import AgentRuntime

/// What really happens on the hosts, whatever Sluice believes.
struct Truth {
    /// The programs that execute now, and where.
    var executing: [ID<FlowRun>: [AttemptKey: Int]] = [:]
    /// Every attempt whose program has ever been started.
    var started: Set<AttemptKey> = []
    /// Every attempt that an agent has taken.
    var taken: Set<AttemptKey> = []
    /// How programs ended.
    var ends: [AttemptKey: AttemptEnd.Cause] = [:]
    /// The last report of each attempt that the server has acknowledged.
    var acknowledged: [AttemptKey: Int] = [:]

    mutating func begin(_ key: AttemptKey, on host: Int) {
        started.insert(key)
        executing[key.run, default: [:]][key] = host
    }

    mutating func end(_ key: AttemptKey) {
        executing[key.run]?[key] = nil
        if executing[key.run]?.isEmpty == true { executing[key.run] = nil }
    }

    /// How a program will behave.
    func conduct(
        of key: AttemptKey, _ random: inout SeededGenerator, isCalm: Bool
    ) -> SimulatedSupervisor.Conduct {
        let length: ClosedRange<Int64> = [10...300, 300...4000, 3000...20_000].randomElement(using: &random) ?? 1...1
        let isStubborn = Int.random(in: 0..<4, using: &random) == 0
        let fails = Int.random(in: 0..<5, using: &random) == 0
        return SimulatedSupervisor.Conduct(
            duration: Int64.random(in: length, using: &random) * (isCalm ? 100 : 1000), code: fails && !isCalm ? 3 : 0,
            obedience: isStubborn ? nil : Int64.random(in: 0...400_000, using: &random),
            isSilent: Int.random(in: 0..<3, using: &random) == 0)
    }
}
