import Domain
import Orchestration
import Storage
import TestSupport
import Testing

/// Runs from submission to their end, through the use cases and the database.
@Suite struct RunLifeTests {
    @Test func aRunIsSubmittedClaimedExecutedAndRemembered() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent()
        let run = try await stage.submit(try await stage.deploy())
        let grant = try #require(try await stage.claim().first)
        #expect(grant.run.id == run.id && grant.attempt == 1 && grant.arguments == ["echo", "hello"])
        #expect(try await stage.claim().isEmpty, "what is granted is not granted again")
        try await stage.finish(grant)
        #expect(try await stage.state(run).type == .completed)
        let history = try await stage.orchestrator.history(of: run.id).map(\.type)
        #expect(history == [.scheduled, .pending, .running, .completed])
        let attempt = try #require(try await stage.orchestrator.attempts(at: run.id).first)
        #expect(attempt.outcome == .completed && attempt.agentName == "a1" && attempt.exitCode == 0)
        #expect(try await stage.orchestrator.tally() == [.completed: 1])
    }

    @Test func reportsAreTakenOnceAndInOrder() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent()
        try await stage.submit(try await stage.deploy())
        let grant = try #require(try await stage.claim().first)
        let end = AttemptReport.Fact.ended(AttemptEnd(.exited(code: 0), at: stage.clock.time))
        #expect(try await stage.report(grant, 2, end) == .outOfOrder)
        #expect(try await stage.report(grant, 1, .started(at: stage.clock.time)) == .taken(through: 1))
        #expect(try await stage.report(grant, 1, .started(at: stage.clock.time)) == .taken(through: 1))
        #expect(try await stage.report(grant, 2, end) == .taken(through: 2))
        #expect(try await stage.report(grant, 2, end) == .taken(through: 2))
        #expect(try await stage.report(grant, 3, end) == .fenced)
        #expect(try await stage.orchestrator.history(of: grant.run.id).count == 4)
    }

    @Test func aLeaseThatNobodyRenewsIsReapedAndItsAttemptFenced() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent()
        let run = try await stage.submit(try await stage.deploy())
        let grant = try #require(try await stage.claim().first)
        let reaper = LeaseReaper(stage.orchestrator)
        stage.clock.advance(by: .seconds(20))
        let name = AttemptName(run: run.id, attempt: 1)
        #expect(try await stage.orchestrator.renew([name], of: stage.agentID).fenced.isEmpty)
        stage.clock.advance(by: .seconds(31))
        _ = try await reaper.tick(at: stage.clock.time)
        #expect(try await stage.state(run).type == .pending, "the margin has not passed yet")
        stage.clock.advance(by: .seconds(2))
        _ = try await reaper.tick(at: stage.clock.time)
        #expect(try await stage.state(run).name == StateName.awaitingRetry)
        #expect(try await stage.report(grant, 1, .started(at: stage.clock.time)) == .fenced)
        #expect(stage.orchestrator.counters.count(of: .reportFenced) == 1)
        #expect(stage.orchestrator.counters.count(of: .leaseExpired) == 1)
        #expect(try await stage.orchestrator.renew([name], of: stage.agentID).fenced == [name])
        stage.clock.advance(by: .seconds(2))
        _ = try await DueRunWaker(stage.orchestrator).tick(at: stage.clock.time)
        #expect(try await stage.claim().first?.attempt == 2)
    }

    @Test func aFutureRunWaitsForItsTimeAndIsReadyThen() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent()
        let deployment = try await stage.deploy()
        let run = try await stage.submit(deployment) { $0.due = stage.clock.time + .seconds(90) }
        let waker = DueRunWaker(stage.orchestrator)
        #expect(try await waker.tick(at: stage.clock.time) == .seconds(60))
        #expect(try await stage.claim().isEmpty)
        stage.clock.advance(by: .seconds(80))
        #expect(try await waker.tick(at: stage.clock.time) == .seconds(10))
        stage.clock.advance(by: .seconds(10))
        _ = try await waker.tick(at: stage.clock.time)
        #expect(try await stage.claim().first?.run.id == run.id)
    }

    @Test func anAgentThatComesBackIsToldWhatItMayGoOnWith() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent()
        let deployment = try await stage.deploy()
        for _ in 0..<3 { try await stage.submit(deployment) }
        let grants = try await stage.claim()
        _ = try await stage.report(grants[0], 1, .started(at: stage.clock.time))
        _ = try await stage.report(grants[1], 1, .started(at: stage.clock.time))
        let kept = AttemptName(run: grants[0].run.id, attempt: 1)
        let unknown = AttemptName(run: grants[0].run.id, attempt: 7)
        let adopted = try await stage.welcomeAgent(holding: [kept, unknown]).adopted
        #expect(adopted == [kept])
        #expect(try await stage.state(grants[0].run).type == .running)
        #expect(try await stage.state(grants[1].run).name == StateName.awaitingRetry, "it had begun: a crash")
        #expect(try await stage.state(grants[2].run).name == "Scheduled", "it had not: it returns to its queue")
    }

    @Test func cancellationReachesTheAgentUntilItIsDone() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent()
        let run = try await stage.submit(try await stage.deploy())
        let grant = try #require(try await stage.claim().first)
        _ = try await stage.report(grant, 1, .started(at: stage.clock.time))
        #expect(try await stage.orchestrator.cancel(run.id, reason: "by hand").type == .cancelling)
        let name = AttemptName(run: run.id, attempt: 1)
        let stops = try await stage.orchestrator.renew([name], of: stage.agentID).stops
        #expect(stops.map(\.reason) == ["by hand"])
        let end = AttemptEnd(.stopped, at: stage.clock.time)
        #expect(try await stage.report(grant, 2, .ended(end)) == .taken(through: 2))
        #expect(try await stage.state(run).type == .cancelled)
        await #expect(throws: OrchestrationError.self) { try await stage.orchestrator.cancel(run.id, reason: "") }
    }

    /// What counts is when it was heard of, not when that was written down.
    @Test func anAgentThatIsSilentIsShownAsLostAndOneThatHasLeftStaysAway() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent()
        func isOnline() async throws -> Bool { try await stage.orchestrator.describedAgent(stage.agentID).isOnline }
        let heard = stage.clock.time
        stage.clock.advance(by: .seconds(4))
        try await stage.orchestrator.saw([(stage.agentID, heard)])
        stage.clock.advance(by: .seconds(5))
        #expect(try await isOnline())
        stage.clock.advance(by: .milliseconds(1))
        #expect(try await !isOnline())
        try await stage.orchestrator.saw([(stage.agentID, stage.clock.time)])
        #expect(try await isOnline())
        try await stage.orchestrator.farewell(stage.agentID)
        try await stage.orchestrator.saw([(stage.agentID, stage.clock.time)])
        #expect(try await !isOnline())
    }

    @Test func aLateRunIsMarkedOnce() async throws {
        let stage = try await Stage()
        let run = try await stage.submit(try await stage.deploy())
        stage.clock.advance(by: .seconds(16))
        for _ in 0..<2 { _ = try await LateRunMarker(stage.orchestrator).tick(at: stage.clock.time) }
        #expect(try await stage.orchestrator.history(of: run.id).map(\.name) == ["Scheduled", "Late"])
    }
}
