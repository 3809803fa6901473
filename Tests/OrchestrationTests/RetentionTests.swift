import Domain
import Glibc
import Storage
import StorageSQLite
import TestSupport
import Testing

@testable import Orchestration

/// Finished runs leave by age and number; what lives stays.
@Suite struct RetentionTests {
    private static let rules: [RunRetention?] = [
        nil, RunRetention(age: .atMost(.seconds(3600))), RunRetention(count: .newest(3)),
        RunRetention(age: .atMost(.seconds(7200)), count: .newest(5)), .forever, RunRetention(count: .newest(0)),
    ]
    private static let standard = RunLimits(age: .seconds(10_000), count: 8)

    /// Runs of every kind, of deployments with every rule and of none, in the course of some hours.
    private func history(_ stage: Stage, _ random: inout SeededGenerator) async throws {
        _ = try await stage.welcomeAgent(slots: 1000)
        var deployments: [Deployment] = []
        for (number, rule) in Self.rules.enumerated() {
            deployments.append(
                try await stage.deploy("d\(number)") { request in
                    request.retention = rule
                    // Which its runs inherit.
                    request.tags = ["\(number)"]
                })
        }
        let flow = try await stage.orchestrator.ensureFlow(named: "sample").flow.id
        for _ in 0..<120 {
            stage.clock.advance(by: .seconds(Int.random(in: 0...200, using: &random)))
            if Int.random(in: 0..<5, using: &random) == 0 {
                var request = RunRequest()
                request.initialState = RunState(
                    id: stage.orchestrator.surroundings.newID(),
                    type: [.completed, .running, .crashed].randomElement(using: &random) ?? .completed,
                    timestamp: stage.clock.time)
                _ = try await stage.orchestrator.recordRun(of: flow, request)
            } else {
                try await stage.submit(deployments[Int.random(in: 0..<deployments.count, using: &random)])
                try await live(stage, &random)
            }
        }
    }

    /// Lets runs go on, each as far as chance will have it.
    private func live(_ stage: Stage, _ random: inout SeededGenerator) async throws {
        for grant in try await stage.claim(Int.random(in: 0...2, using: &random)) {
            guard Int.random(in: 0..<8, using: &random) > 0 else { continue }
            _ = try await stage.report(grant, 1, .started(at: stage.clock.time))
            stage.clock.advance(by: .seconds(1))
            switch Int.random(in: 0..<8, using: &random) {
            case 0: break
            // The flow says that it has ended; its process lives on.
            case 1: _ = try await stage.propose(.completed, for: grant.run)
            case 2: _ = try await stage.orchestrator.cancel(grant.run.id, reason: "test")
            case 3: _ = try await stage.report(grant, 2, .ended(AttemptEnd(.exited(code: 1), at: stage.clock.time)))
            // The news of an end, long after it.
            case 4:
                let end = AttemptEnd(.exited(code: 0), at: stage.clock.time)
                stage.clock.advance(by: .seconds(4000))
                _ = try await stage.report(grant, 2, .ended(end))
            default: _ = try await stage.report(grant, 2, .ended(AttemptEnd(.exited(code: 0), at: stage.clock.time)))
            }
        }
    }

    @Test(arguments: 0..<12 as Range<UInt64>)
    func exactlyTheRunsThatAreOverALimitGo(seed: UInt64) async throws {
        let stage = try await Stage(seed: seed)
        var random = SeededGenerator(seed: seed)
        try await history(stage, &random)
        let before = try await stage.everything()
        let leases = try await stage.leases()
        stage.clock.advance(by: .seconds(Int.random(in: 0...4, using: &random)))
        let wanted = Self.survivors(of: before, leases, at: stage.clock.time)
        let pruner = RetentionPruner(stage.orchestrator, limits: Self.standard)
        _ = try await pruner.tick(at: stage.clock.time)
        let after = try await stage.everything()
        #expect(Set(after.map(\.id)) == wanted)
        #expect(stage.orchestrator.pruned.now.runs == before.count - after.count)
        #expect(wanted.count < before.count, "something was to go")
        #expect(Set(after) == Set(before.filter { wanted.contains($0.id) }), "and what stays is as it was")
        #expect(try await stage.leases() == leases)
        try await stage.expectNoOrphans()
        let tally = try await stage.orchestrator.tally()
        #expect(tally == Dictionary(after.map { ($0.state.type, 1) }, uniquingKeysWith: +))
        _ = try await pruner.tick(at: stage.clock.time)
        #expect(try await stage.everything().count == after.count, "nothing is left to be done")
    }

    private static func survivors(
        of runs: [FlowRun], _ leases: Set<ID<FlowRun>>, at now: Timestamp
    ) -> Set<ID<FlowRun>> {
        var survivors = Set(runs.map(\.id))
        for (_, group) in Dictionary(grouping: runs, by: \.deploymentID) {
            let rule = group[0].tags.first.flatMap { rules[Int($0) ?? 0] }
            let limits = rule?.limits(over: standard) ?? standard
            let finished = group.compactMap { run in run.machine.endTime.map { (end: $0, run: run) } }
                .sorted { ($0.end, $0.run.id) > ($1.end, $1.run.id) }
            for (rank, entry) in finished.enumerated() where !leases.contains(entry.run.id) {
                let (age, quiet) = (now - entry.end, now - entry.run.updated)
                let isOld = limits.age.map { age >= $0 && quiet >= $0 } ?? false
                let isSurplus = limits.count.map { rank >= $0 } ?? false
                if isOld || isSurplus, quiet >= RetentionPruner.grace { survivors.remove(entry.run.id) }
            }
        }
        return survivors
    }
}
