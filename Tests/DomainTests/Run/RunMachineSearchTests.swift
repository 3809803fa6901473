import Domain
import TestSupport
import Testing

/// The machine searched through: every arrow of the table is walked, and no walk breaks an invariant.
@Suite struct RunMachineSearchTests {
    private static let agents = [
        ID<Agent>("018f0000-0000-7000-8000-0000000000a1")!, ID<Agent>("018f0000-0000-7000-8000-0000000000a2")!,
    ]

    private static let causes: [AttemptEnd.Cause] = [
        .exited(code: 0), .exited(code: 1), .signaled(9), .stopped, .timedOut, .leaseEnded, .notStarted,
        .supervisorLost,
    ]

    /// Everything that can happen, to the live attempt and to the one before it.
    private static func events(for run: RunMachine, at now: Timestamp) -> [RunEvent] {
        var events: [RunEvent] = agents.map { .claimed(by: $0) } + [.cancelRequested(reason: "x"), .foundLate]
        events.append(.claimantLost(reason: "x"))
        for attempt in [run.attempt, run.attempt - 1] where attempt > 0 {
            events += [
                .preparing(attempt: attempt, message: "x"), .started(attempt: attempt, at: now),
                .returned(attempt: attempt, reason: "x", wait: .zero), .leaseExpired(attempt: attempt),
            ]
            events += causes.map { .ended(attempt: attempt, AttemptEnd($0, at: now)) }
        }
        return events
    }

    private static let policy = RunPolicy(
        retries: RetryPolicy(limit: 1), crashRetries: RetryPolicy(limit: 1))

    private static let selfReporting = RunPolicy(
        retries: RetryPolicy(limit: 1), crashRetries: RetryPolicy(limit: 1), reportsForItself: true)

    private static func firstRun(
        _ type: StateType = .scheduled, policy: RunPolicy = RunMachineSearchTests.policy
    ) -> RunMachine {
        var generator = SeededGenerator(seed: 1)
        let time = Timestamp(microseconds: 1_000_000)
        return RunMachine(
            state: RunState(id: ID(at: time, from: &generator), type: type, timestamp: time), policy: policy)
    }

    /// What matters of a run for where it can go from here.
    private struct Place: Hashable {
        let policy: RunPolicy
        let type: StateType
        let name: String
        let hasHolder: Bool
        let waitsInProcess: Bool
        let attempt: Int
        let failures: Int
        let crashes: Int

        init(_ run: RunMachine) {
            policy = run.policy
            (type, name, hasHolder) = (run.state.type, run.state.name, run.holder != nil)
            waitsInProcess = run.state.details.waitsInProcess
            (attempt, failures, crashes) = (min(run.attempt, 4), run.failures, run.crashes)
        }
    }

    @Test func everyArrowOfTheTableIsWalkedAndNoOther() {
        var walked: [StateType: Set<StateType>] = [:]
        var generator = SeededGenerator(seed: 7)
        // A pause is entered by what a client proposes, and so is the wait of a living process for its flow's retry; what
        // Sluice does with such runs begins there, with and without a process that still lives.
        let now = Timestamp(microseconds: 2_000_000)
        var details = StateDetails()
        details.waitsInProcess = true
        let retry = RunState(id: ID(at: now, from: &generator), type: .scheduled, timestamp: now, details: details)
        var waiting = Self.firstRun()
        _ = waiting.adopt(retry)
        var frontier = [Self.firstRun(), Self.firstRun(.paused), waiting]
        for policy in [Self.policy, Self.selfReporting, .prefect] {
            let paused = RunState(id: ID(at: now, from: &generator), type: .paused, timestamp: now)
            let running = RunState(id: ID(at: now, from: &generator), type: .running, timestamp: now)
            for state in [paused, retry, running] {
                var held = Self.firstRun(policy: policy)
                let first = Occasion(now: now, chance: 0, stateID: ID(at: now, from: &generator))
                _ = try? held.handle(.claimed(by: Self.agents[0]), on: first)
                _ = held.adopt(state, own: true)
                frontier.append(held)
            }
        }
        var seen = Set(frontier.map { Place($0) })
        while let run = frontier.popLast() {
            let now = run.state.timestamp + .seconds(1)
            for event in Self.events(for: run, at: now) {
                var next = run
                let occasion = Occasion(now: now, chance: 0, stateID: ID(at: now, from: &generator))
                guard let effects = try? next.handle(event, on: occasion) else { continue }
                for case .enter(let state) in effects { walked[run.state.type, default: []].insert(state.type) }
                if seen.insert(Place(next)).inserted { frontier.append(next) }
            }
        }
        for type in StateType.allCases {
            #expect(walked[type, default: []] == type.successors, "arrows from \(type.rawValue)")
        }
    }

    @Test(arguments: 0..<300)
    func invariantsHoldOnAnyWalk(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var run = Self.firstRun()
        var granted = Set<Int>()
        var released = Set<Int>()
        var now = run.state.timestamp
        for _ in 0..<60 {
            now = now + .seconds(Int.random(in: 0...3, using: &generator))
            let before = run
            let event = Self.events(for: run, at: now).randomElement(using: &generator)!
            let occasion = Occasion(now: now, chance: 0.5, stateID: ID(at: now, from: &generator))
            guard let effects = try? run.handle(event, on: occasion) else {
                #expect(run == before, "an event that is refused changes nothing")
                continue
            }
            if before.state.type.isTerminal { #expect(run.state == before.state, "what has ended does not move") }
            #expect(run.attempt >= before.attempt && run.attempt <= before.attempt + 1)
            #expect(run.state.timestamp >= before.state.timestamp)
            for effect in effects {
                switch effect {
                case .grantLease(let attempt, _): #expect(granted.insert(attempt).inserted, "granted once")
                case .releaseLease(let attempt, _): #expect(released.insert(attempt).inserted, "released once")
                case .enter(let state): #expect(state == run.state, "a decision enters one state, the current one")
                case .stop(_, let agent, _): #expect(agent == before.holder)
                }
            }
            #expect((run.holder != nil) == (granted.count == released.count + 1), "a holder for each open lease")
            #expect(released.isSubset(of: granted))
        }
    }
}
