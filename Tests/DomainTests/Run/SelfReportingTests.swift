import Domain
import JSON
import TestSupport
import Testing

/// Runs whose flow says itself what state it is in: the agent has no more to say than how its process ended.
@Suite struct SelfReportingTests {
    private let agent = ID<Agent>("018f0000-0000-7000-8000-0000000000a1")!
    private let start = Timestamp(microseconds: 1_767_225_600_000_000)

    private func occasion(_ seconds: Int) -> Occasion {
        var generator = SeededGenerator(seed: UInt64(seconds + 1))
        let now = start + .seconds(seconds)
        return Occasion(now: now, chance: 0, stateID: ID(at: now, from: &generator))
    }

    /// A run whose process lives, and which is in such a state by what its flow said.
    private func run(in type: StateType?, _ details: StateDetails = StateDetails()) throws -> RunMachine {
        var run = RunMachine(
            state: RunState(id: occasion(0).stateID, type: .scheduled, timestamp: start), policy: .prefect)
        _ = try run.handle(.claimed(by: agent), on: occasion(1))
        _ = try run.handle(.started(attempt: 1, at: start + .seconds(2)), on: occasion(2))
        #expect(run.state.type == .pending, "that its process has started says nothing of the flow")
        if let type {
            let state = RunState(id: occasion(3).stateID, type: type, timestamp: start + .seconds(3), details: details)
            #expect(run.adopt(state, own: true) == [.enter(state)], "its process goes on")
        }
        return run
    }

    private func end(_ run: inout RunMachine, _ cause: AttemptEnd.Cause) throws -> StateType {
        let end = AttemptEnd(cause, at: start + .seconds(4))
        let effects = try run.handle(.ended(attempt: 1, end), on: occasion(4))
        #expect(run.holder == nil)
        #expect(effects.contains { if case .releaseLease = $0 { true } else { false } })
        return run.state.type
    }

    @Test(arguments: [StateType.completed, .failed, .cancelled, .crashed], [0, 1])
    func aFinalStateThatItReportedStands(type: StateType, code: Int) throws {
        var run = try run(in: type)
        #expect(try end(&run, .exited(code: code)) == type)
    }

    @Test(arguments: [nil, StateType.running], [AttemptEnd.Cause.exited(code: 0), .exited(code: 1), .signaled(9)])
    func withoutOneItHasCrashed(type: StateType?, cause: AttemptEnd.Cause) throws {
        var run = try run(in: type)
        #expect(try end(&run, cause) == .crashed)
    }

    @Test func aSuspendedRunGivesItsPlaceFreeAndStays() throws {
        var run = try run(in: .paused, StateDetails(["pause_reschedule": true]))
        #expect(try end(&run, .exited(code: 0)) == .paused)
    }

    @Test func aPauseInItsProcessEndsWithIt() throws {
        var run = try run(in: .paused)
        #expect(try end(&run, .signaled(9)) == .crashed)
    }

    @Test(arguments: [AttemptEnd.Cause.exited(code: 0), .signaled(9)])
    func aRetryThatItsProcessDoesNotMakeIsMadeByWhoeverComes(cause: AttemptEnd.Cause) throws {
        var run = try run(in: .scheduled, StateDetails(["in_process": true]))
        #expect(!run.isClaimable, "nobody else executes what waits in a living process")
        #expect(try end(&run, cause) == .scheduled)
        #expect(run.isClaimable)
    }

    @Test(arguments: [AttemptEnd.Cause.exited(code: 0), .stopped, .signaled(15)])
    func whatEndsWhileItIsCancelledIsCancelled(cause: AttemptEnd.Cause) throws {
        var run = try run(in: .running)
        _ = try run.handle(.cancelRequested(reason: "enough"), on: occasion(3))
        #expect(try end(&run, cause) == .cancelled)
    }

    @Test func aHostThatIsLostBeforeTheFlowBeganReturnsTheRun() throws {
        var early = try run(in: nil)
        #expect(try end(&early, .leaseEnded) == .scheduled)
        var late = try run(in: .running)
        #expect(try end(&late, .leaseEnded) == .crashed)
    }

    @Test func whatOthersSetStopsTheProcess() throws {
        var run = try run(in: .running)
        let cancelled = RunState(id: occasion(4).stateID, type: .cancelled, timestamp: start + .seconds(4))
        let effects = run.adopt(cancelled)
        #expect(effects.count == 3)
        #expect(run.holder == nil)
    }
}
