import Domain
import JSON
import Orchestration
import Storage
import TestSupport
import Testing

/// What schedules do with runs that overlap and with times that were missed.
@Suite struct SchedulePolicyTests {
    private static let hourly: JSONValue = ["interval": 3600, "anchor_date": "2026-01-01T00:00:00Z"]

    private func request(
        _ json: JSONValue = hourly,
        _ edit: (inout ScheduleRequest) -> Void
    ) throws -> ScheduleRequest {
        var request = ScheduleRequest()
        request.schedule = try Schedule(reading: JSONReader(json))
        request.slug = "s"
        edit(&request)
        return request
    }

    /// A deployment with one hourly schedule, whose first runs are made, and an agent.
    private func stage(
        _ edit: (inout ScheduleRequest) -> Void
    ) async throws -> (stage: Stage, deployment: Deployment) {
        let stage = try await Stage()
        let schedule = try request(Self.hourly, edit)
        let deployment = try await stage.deploy { $0.schedules = [schedule] }
        try await stage.expand()
        _ = try await stage.welcomeAgent()
        return (stage, deployment)
    }

    // MARK: Overlap

    @Test func withoutAPolicyRunsStartBesideEachOther() async throws {
        let (stage, _) = try await stage { _ in }
        try await stage.pass(hours: 2)
        #expect(try await stage.claim().count == 2)
    }

    @Test func aQueuedRunStartsWhenTheEarlierOneHasEnded() async throws {
        let (stage, deployment) = try await stage { $0.overlap = .queue }
        try await stage.pass(hours: 1)
        let first = try #require(try await stage.claim().first)
        try await stage.pass(hours: 1)
        try await stage.pass(hours: 1)
        #expect(try await stage.claim().isEmpty)
        let runs = try await stage.scheduledRuns(of: deployment)
        let explanation = try await stage.orchestrator.explain(runs[1].id, agentEndpoint: "x")
        #expect(explanation.reasons.first?.code == "overlap")
        #expect(explanation.summary.contains(first.run.name))
        try await stage.finish(first)
        // In their order, one after the other.
        let second = try await stage.claim()
        #expect(second.map(\.run.id) == [runs[1].id])
        try await stage.finish(try #require(second.first))
        #expect(try await stage.claim().map(\.run.id) == [runs[2].id])
    }

    @Test func aServerThatStartsAnewStillKnowsWhatWaits() async throws {
        let (stage, _) = try await stage { $0.overlap = .queue }
        try await stage.pass(hours: 1)
        let first = try #require(try await stage.claim().first)
        try await stage.pass(hours: 1)
        // What was kept in mind is lost; the database knows.
        let other = stage.orchestrator.startedAnew()
        _ = try await DueRunWaker(other).tick(at: stage.clock.time)
        let name = AttemptName(run: first.run.id, attempt: first.attempt)
        let end = AttemptEnd(.exited(code: 0), at: stage.clock.time)
        _ = try await other.take(
            [
                AttemptReport(name: name, sequence: 1, fact: .started(at: stage.clock.time)),
                AttemptReport(name: name, sequence: 2, fact: .ended(end)),
            ], from: stage.agentID)
        #expect(try await stage.claim().count == 1)
    }

    @Test func aSkippedRunSaysWhy() async throws {
        let (stage, deployment) = try await stage { $0.overlap = .skip }
        try await stage.pass(hours: 1)
        let first = try #require(try await stage.claim().first)
        try await stage.pass(hours: 1)
        #expect(try await stage.claim().isEmpty)
        let second = try await stage.scheduledRuns(of: deployment)[1]
        #expect(second.state.type == .cancelled)
        #expect(
            second.state.message?.contains("skipped: the run \(first.run.name) (\(first.run.id))") == true,
            "\(second.state.message ?? "")")
        try await stage.finish(first)
        try await stage.pass(hours: 1)
        #expect(try await stage.claim().count == 1)
    }

    @Test func aSkippedRunCanBeRunAgain() async throws {
        let (stage, deployment) = try await stage { $0.overlap = .skip }
        try await stage.pass(hours: 1)
        let first = try #require(try await stage.claim().first)
        try await stage.pass(hours: 1)
        let second = try await stage.scheduledRuns(of: deployment)[1]
        _ = try await stage.orchestrator.retry(second.id, reason: "after all")
        #expect(try await stage.claim().map(\.run.id) == [second.id])
        try await stage.finish(first)
    }

    @Test func theNextRunTakesThePlaceOfTheRunningOne() async throws {
        let (stage, deployment) = try await stage { $0.overlap = .cancelRunning }
        try await stage.pass(hours: 1)
        let first = try #require(try await stage.claim().first)
        try await stage.pass(hours: 1)
        #expect(try await stage.state(first.run).type == .cancelling)
        #expect(try await stage.claim().isEmpty)
        try await stage.pass(hours: 1)
        // The second never began: the third takes its place, too.
        let runs = try await stage.scheduledRuns(of: deployment)
        #expect(runs[1].state.type == .cancelled)
        try await stage.finish(first, .stopped)
        #expect(try await stage.claim().map(\.run.id) == [runs[2].id])
    }

    @Test func aRunThatWaitsCanBeCancelled() async throws {
        let (stage, deployment) = try await stage { $0.overlap = .queue }
        try await stage.pass(hours: 1)
        let first = try #require(try await stage.claim().first)
        try await stage.pass(hours: 2)
        let runs = try await stage.scheduledRuns(of: deployment)
        _ = try await stage.orchestrator.cancel(runs[1].id, reason: "no")
        try await stage.finish(first)
        #expect(try await stage.claim().map(\.run.id) == [runs[2].id])
    }

    // MARK: Missed

    /// What becomes of the runs of an absence of ten hours: how many start, and how many are skipped with a reason.
    private func absence(_ missed: MissedRuns?) async throws -> (started: Int, skipped: Int, events: Int) {
        let (stage, deployment) = try await stage { $0.missed = missed }
        stage.clock.advance(by: .seconds(10 * 3600 + 600))
        try await stage.expand()
        try await stage.pass(hours: 0)
        let runs = try await stage.scheduledRuns(of: deployment)
        let skipped = runs.filter { $0.state.message?.hasPrefix("skipped: it was missed by") == true }
        #expect(skipped.allSatisfy { $0.state.type == .cancelled })
        let events = try await stage.events("prefect.deployment.runs-missed").count
        return (try await stage.claim().count, skipped.count, events)
    }

    @Test func withoutAPolicyWhatWasMadeAheadStarts() async throws {
        let outcome = try await absence(nil)
        #expect((3...5).contains(outcome.started) && outcome.skipped == 0 && outcome.events == 0)
    }

    @Test func allThatWasMissedStarts() async throws {
        let outcome = try await absence(.all)
        #expect((10...11).contains(outcome.started) && outcome.skipped == 0 && outcome.events == 0)
    }

    @Test func onlyTheLatestThatWasMissedStarts() async throws {
        let outcome = try await absence(.latest)
        #expect(outcome.started == 1 && (3...5).contains(outcome.skipped) && outcome.events == 1)
    }

    @Test func nothingThatWasMissedStarts() async throws {
        let outcome = try await absence(MissedRuns.none)
        #expect(outcome.started == 0 && (3...5).contains(outcome.skipped) && outcome.events == 1)
    }

    @Test func whatWasMissedLatelyStarts() async throws {
        let outcome = try await absence(.within(.seconds(7200)))
        #expect((2...3).contains(outcome.started) && (3...5).contains(outcome.skipped) && outcome.events == 1)
    }

    @Test func aPausedScheduleHasMissedNothing() async throws {
        let (stage, deployment) = try await stage { $0.missed = .all }
        try await stage.orchestrator.setPaused(true, deployment: deployment.id)
        stage.clock.advance(by: .seconds(10 * 3600))
        try await stage.orchestrator.setPaused(false, deployment: deployment.id)
        try await stage.expand()
        try await stage.pass(hours: 0)
        #expect(try await stage.claim().isEmpty)
    }

    // MARK: Jitter and dates

    @Test func jitterMakesNoRunTwiceAndLosesNone() async throws {
        let (stage, deployment) = try await stage { $0.jitter = .seconds(1800) }
        for _ in 0..<60 {
            stage.clock.advance(by: .seconds(600))
            _ = try await DueRunWaker(stage.orchestrator).tick(at: stage.clock.time)
            // What is deployed anew makes its future runs anew.
            try await stage.orchestrator.updateDeployment(deployment.id) { $0.description = "again" }
            try await stage.expand()
        }
        let runs = try await stage.scheduledRuns(of: deployment)
        let fires = try await stage.orchestrator.database.read { store in
            try runs.compactMap { try store.fire(of: $0.id)?.fire }
        }.sorted()
        #expect(Set(fires).count == fires.count && fires.count >= 10)
        #expect(zip(fires, fires.dropFirst()).allSatisfy { $1 - $0 == .seconds(3600) })
    }

    @Test func theEnvironmentAndTheParametersTellTheDates() async throws {
        let stage = try await Stage()
        let schedule = try request { _ in }
        let deployment = try await stage.deploy {
            $0.schedules = [schedule]
            $0.parameterSchema = [
                "type": "object", "properties": ["logical_date": ["type": "string"], "n": ["type": "integer"]],
            ]
        }
        try await stage.expand()
        _ = try await stage.welcomeAgent()
        try await stage.pass(hours: 1)
        let grant = try #require(try await stage.claim().first)
        let fire = try #require(
            try await stage.orchestrator.database.read { try $0.fire(of: grant.run.id) })
        #expect(fire.interval.end - fire.interval.start == .seconds(3600))
        #expect(grant.environment["SLUICE_LOGICAL_DATE"] == fire.interval.start.shortText)
        #expect(grant.environment["SLUICE_DATA_INTERVAL_END"] == fire.fire.shortText)
        #expect(grant.run.parameters["logical_date"] == .string(fire.interval.start.shortText))
        let byHand = try await stage.submit(deployment)
        let other = try #require(try await stage.claim().first { $0.run.id == byHand.id })
        #expect(other.environment["SLUICE_LOGICAL_DATE"] == nil)
    }

    @Test func whatIsPausedByHandStaysPausedWhenItIsDeployedAnew() async throws {
        let (stage, deployment) = try await stage { _ in }
        let before = try await stage.orchestrator.schedules(of: deployment.id)[0]
        var pause = ScheduleRequest()
        pause.isActive = false
        try await stage.orchestrator.updateSchedule(before.id, of: deployment.id, pause)
        let again = try request {
            $0.keepsActive = true
            $0.overlap = .skip
        }
        try await stage.deploy { $0.schedules = [again] }
        let after = try await stage.orchestrator.schedules(of: deployment.id)
        #expect(after.map(\.id) == [before.id] && !after[0].isActive && after[0].overlap == .skip)
    }
}

extension Stage {
    /// Lets time pass; what has become due is judged and ready then.
    fileprivate func pass(hours: Int64) async throws {
        clock.advance(by: .seconds(3600 * hours))
        try await expand()
        _ = try await DueRunWaker(orchestrator).tick(at: clock.time)
        #expect(try await orchestrator.database.read { try $0.findings() } == [])
    }
}

extension Orchestrator {
    /// Another one on the same database.
    fileprivate func startedAnew() -> Orchestrator {
        Orchestrator(database: database, logs: logs, bundles: bundles, surroundings: surroundings)
    }
}
