import Domain
import TestSupport
import Testing

/// The life of a run, one event after the other.
@Suite struct RunMachineTests {
    private let agent = ID<Agent>("018f0000-0000-7000-8000-0000000000a1")!
    private let start = Timestamp(microseconds: 1_767_225_600_000_000)

    private func occasion(after seconds: Int = 0, chance: Double = 0) -> Occasion {
        var generator = SeededGenerator(seed: UInt64(seconds + 1))
        let now = start + .seconds(seconds)
        return Occasion(now: now, chance: chance, stateID: ID(at: now, from: &generator))
    }

    private func machine(policy: RunPolicy = RunPolicy()) -> RunMachine {
        RunMachine(state: RunState(id: occasion().stateID, type: .scheduled, timestamp: start), policy: policy)
    }

    private func end(_ cause: AttemptEnd.Cause, after seconds: Int) -> RunEvent {
        .ended(attempt: 1, AttemptEnd(cause, at: start + .seconds(seconds)))
    }

    @Test func aRunThatGoesWell() throws {
        var run = machine()
        #expect(try run.handle(.claimed(by: agent), on: occasion(after: 1)).count == 2)
        #expect(run.state.type == .pending)
        #expect(run.attempt == 1)
        #expect(run.holder == agent)
        _ = try run.handle(.started(attempt: 1, at: start + .seconds(2)), on: occasion(after: 2))
        #expect(run.state.type == .running)
        #expect(run.runCount == 1)
        _ = try run.handle(end(.exited(code: 0), after: 5), on: occasion(after: 5))
        #expect(run.state.type == .completed)
        #expect(run.holder == nil)
        #expect(run.totalRunTime == .seconds(3))
        #expect(run.endTime == start + .seconds(5))
    }

    @Test func aFailureIsRetriedWithItsDelayUntilTheBudgetIsUsedUp() throws {
        let retries = RetryPolicy(limit: 2, delay: .seconds(10), backoff: .exponential)
        var run = machine(policy: RunPolicy(retries: retries))
        for (attempt, wait) in [(1, 10), (2, 20)] {
            let now = attempt * 100
            _ = try run.handle(.claimed(by: agent), on: occasion(after: now))
            _ = try run.handle(.started(attempt: attempt, at: start + .seconds(now)), on: occasion(after: now))
            let failed = AttemptEnd(.exited(code: 3), at: start + .seconds(now + 1), message: "no such file")
            _ = try run.handle(.ended(attempt: attempt, failed), on: occasion(after: now + 1))
            #expect(run.state.name == StateName.awaitingRetry)
            #expect(run.due == start + .seconds(now + 1 + wait))
            #expect(run.state.message?.contains("no such file") == true)
        }
        _ = try run.handle(.claimed(by: agent), on: occasion(after: 400))
        _ = try run.handle(.started(attempt: 3, at: start + .seconds(400)), on: occasion(after: 400))
        #expect(run.state.name == StateName.retrying)
        let failed = AttemptEnd(.exited(code: 3), at: start + .seconds(401))
        _ = try run.handle(.ended(attempt: 3, failed), on: occasion(after: 401))
        #expect(run.state.type == .failed)
        #expect(run.state.details.exitCode == 3)
    }

    @Test func crashesHaveABudgetOfTheirOwn() throws {
        let policy = RunPolicy(retries: .never, crashRetries: RetryPolicy(limit: 1))
        var run = machine(policy: policy)
        _ = try run.handle(.claimed(by: agent), on: occasion(after: 1))
        _ = try run.handle(.leaseExpired(attempt: 1), on: occasion(after: 40))
        #expect(run.state.name == StateName.awaitingRetry)
        #expect(run.crashes == 1)
        #expect(run.due == occasion(after: 40).now, "it has waited for a whole lease already")
        _ = try run.handle(.claimed(by: agent), on: occasion(after: 41))
        let crash = AttemptEnd(.signaled(9), at: start + .seconds(42))
        _ = try run.handle(.ended(attempt: 2, crash), on: occasion(after: 42))
        #expect(run.state.type == .crashed)
        #expect(run.state.message == "was ended by SIGKILL (9)")
    }

    @Test func anOldAttemptIsFencedAndChangesNothing() throws {
        var run = machine(policy: RunPolicy(crashRetries: RetryPolicy(limit: 3)))
        _ = try run.handle(.claimed(by: agent), on: occasion(after: 1))
        _ = try run.handle(.leaseExpired(attempt: 1), on: occasion(after: 40))
        _ = try run.handle(.claimed(by: agent), on: occasion(after: 41))
        let before = run
        let error = #expect(throws: IllegalTransition.self) {
            try run.handle(end(.exited(code: 0), after: 42), on: occasion(after: 42))
        }
        #expect(error?.reason == .fenced(current: 2))
        #expect(run == before)
    }

    @Test func cancellationIsImmediateWhereNothingExecutes() throws {
        var run = machine()
        let effects = try run.handle(.cancelRequested(reason: "by hand"), on: occasion(after: 1))
        #expect(run.state.type == .cancelled)
        #expect(run.state.message == "by hand")
        #expect(effects.count == 1)
    }

    @Test func cancellationOfAnExecutingRunStopsItAndWaitsForItsEnd() throws {
        var run = machine()
        _ = try run.handle(.claimed(by: agent), on: occasion(after: 1))
        _ = try run.handle(.started(attempt: 1, at: start + .seconds(1)), on: occasion(after: 1))
        let effects = try run.handle(.cancelRequested(reason: "by hand"), on: occasion(after: 2))
        #expect(run.state.type == .cancelling)
        #expect(effects.contains(.stop(attempt: 1, agent: agent, reason: "by hand")))
        #expect(try run.handle(.cancelRequested(reason: "again"), on: occasion(after: 3)).isEmpty)
        _ = try run.handle(end(.stopped, after: 4), on: occasion(after: 4))
        #expect(run.state.type == .cancelled)
        #expect(run.holder == nil)
    }

    @Test func whatCompletedBeforeItCouldBeCancelledIsCompleted() throws {
        var run = machine()
        _ = try run.handle(.claimed(by: agent), on: occasion(after: 1))
        _ = try run.handle(.started(attempt: 1, at: start + .seconds(1)), on: occasion(after: 1))
        _ = try run.handle(.cancelRequested(reason: "by hand"), on: occasion(after: 2))
        _ = try run.handle(end(.exited(code: 0), after: 2), on: occasion(after: 3))
        #expect(run.state.type == .completed)
    }

    @Test func aReturnedAssignmentWaitsAgain() throws {
        var run = machine()
        _ = try run.handle(.claimed(by: agent), on: occasion(after: 1))
        let event = RunEvent.returned(attempt: 1, reason: "unreachable", wait: .seconds(5))
        _ = try run.handle(event, on: occasion(after: 2))
        #expect(run.isClaimable)
        #expect(run.due == start + .seconds(7))
        #expect(run.attempt == 1)
    }

    @Test func aReportedTimeNeverGoesBackNorAhead() throws {
        var run = machine()
        _ = try run.handle(.claimed(by: agent), on: occasion(after: 10))
        _ = try run.handle(.started(attempt: 1, at: start - .seconds(99)), on: occasion(after: 11))
        #expect(run.state.timestamp == start + .seconds(10))
        let late = AttemptEnd(.exited(code: 0), at: start + .seconds(999))
        _ = try run.handle(.ended(attempt: 1, late), on: occasion(after: 12))
        #expect(run.state.timestamp == start + .seconds(12))
    }

    @Test func aRunIsLateOnce() throws {
        var run = machine()
        #expect(try run.handle(.foundLate, on: occasion(after: 60)).count == 1)
        #expect(run.state.name == StateName.late)
        #expect(run.due == start)
        #expect(try run.handle(.foundLate, on: occasion(after: 70)).isEmpty)
    }
}
