import Domain
import JSON
import Orchestration
import Storage
import TestSupport
import Testing

/// Schedules of deployments, and the runs that are made of them.
@Suite struct ScheduleTests {
    private func hourly(_ edit: (inout ScheduleRequest) -> Void = { _ in }) throws -> ScheduleRequest {
        try request(["cron": "@hourly", "timezone": "Europe/Paris"], edit)
    }

    private func request(
        _ json: JSONValue, _ edit: (inout ScheduleRequest) -> Void = { _ in }
    ) throws -> ScheduleRequest {
        var request = ScheduleRequest()
        request.schedule = try Schedule(reading: JSONReader(json))
        edit(&request)
        return request
    }

    /// Each look at such a schedule would go through all the times that its jitter may put off.
    @Test func whatIsTooFrequentHasNoPolicies() async throws {
        let stage = try await Stage()
        for edit in [
            { $0.jitter = .seconds(1) }, { $0.overlap = .skip }, { $0.missed = .all },
        ] as [(inout ScheduleRequest) -> Void] {
            let tooFrequent = try request(["interval": 0.5], edit)
            await #expect(throws: OrchestrationError.self) { try await stage.deploy { $0.schedules = [tooFrequent] } }
            let slower = try request(["interval": 1.0], edit)
            try await stage.deploy { $0.schedules = [slower] }
        }
        let plain = try request(["interval": 0.5])
        try await stage.deploy { $0.schedules = [plain] }
    }

    @Test func runsAreMadeAhead() async throws {
        let stage = try await Stage()
        let schedule = try hourly { $0.parameters = ["a": 2] }
        let deployment = try await stage.deploy {
            $0.schedules = [schedule]
            $0.tags = ["t"]
            $0.parameters = ["a": 1, "b": 1]
        }
        let wait = try await stage.expand()
        #expect(wait > .zero)
        let runs = try await stage.scheduledRuns(of: deployment)
        #expect((3...5).contains(runs.count))
        let first = try #require(runs.first)
        let id = try await stage.orchestrator.schedules(of: deployment.id)[0].id
        #expect(first.isAutoScheduled)
        #expect(first.parameters == ["a": 2, "b": 1])
        #expect(Set(first.tags) == ["t", "auto-scheduled"])
        #expect(first.state.message == "Flow run scheduled")
        #expect(first.createdBy == ["id": id.json, "type": "SCHEDULE", "display_value": "CronSchedule"])
        #expect(first.idempotencyKey?.hasPrefix("scheduled \(deployment.id) \(id) ") == true)
        #expect(first.expectedStart > stage.clock.time)
        #expect(first.expectedStart.microseconds.isMultiple(of: 3_600_000_000))
    }

    @Test func noRunIsMadeTwice() async throws {
        let stage = try await Stage()
        let schedule = try hourly()
        let deployment = try await stage.deploy { $0.schedules = [schedule] }
        for _ in 0..<200 {
            try await stage.expand()
            stage.clock.advance(by: .seconds(600))
        }
        let runs = try await stage.scheduledRuns(of: deployment)
        let times = runs.map(\.expectedStart)
        #expect(Set(times).count == times.count)
        // All hours, none left out.
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 == .seconds(3600) })
        #expect(times.count >= 200 / 6)
    }

    @Test func timesThatNobodyWasThereForAreNotMadeUp() async throws {
        let stage = try await Stage()
        let schedule = try hourly()
        let deployment = try await stage.deploy { $0.schedules = [schedule] }
        try await stage.expand()
        let before = try await stage.scheduledRuns(of: deployment).count
        stage.clock.advance(by: .seconds(86_400))
        try await stage.expand()
        let runs = try await stage.scheduledRuns(of: deployment)
        #expect(runs.count { $0.expectedStart <= stage.clock.time } == before)
        #expect(runs.count { $0.expectedStart > stage.clock.time } >= 3)
    }

    @Test func aScheduleThatNeedsNothingIsNotLookedAt() async throws {
        let stage = try await Stage()
        let schedule = try hourly()
        try await stage.deploy { $0.schedules = [schedule] }
        try await stage.expand()
        let now = stage.clock.time
        #expect(try await stage.orchestrator.database.read { try $0.pendingExpansions(at: now, limit: 1) }.isEmpty)
    }

    @Test func aChangedScheduleMakesItsRunsAnew() async throws {
        let stage = try await Stage()
        let schedule = try hourly()
        let deployment = try await stage.deploy { $0.schedules = [schedule] }
        try await stage.expand()
        let id = try await stage.orchestrator.schedules(of: deployment.id)[0].id
        let daily = try request(["cron": "30 4 * * *"])
        try await stage.orchestrator.updateSchedule(id, of: deployment.id, daily)
        #expect(try await stage.scheduledRuns(of: deployment).isEmpty)
        try await stage.expand()
        let runs = try await stage.scheduledRuns(of: deployment)
        #expect((3...4).contains(runs.count))
        #expect(runs.allSatisfy { $0.expectedStart.description.hasSuffix("T04:30:00.000000Z") })
    }

    @Test func runsThatSomebodyBeganStay() async throws {
        let stage = try await Stage()
        let schedule = try request(["interval": 60])
        let deployment = try await stage.deploy { $0.schedules = [schedule] }
        try await stage.expand()
        _ = try await stage.welcomeAgent()
        stage.clock.advance(by: .seconds(61))
        _ = try await DueRunWaker(stage.orchestrator).tick(at: stage.clock.time)
        let grant = try #require(try await stage.claim(1).first)
        let id = try await stage.orchestrator.schedules(of: deployment.id)[0].id
        try await stage.orchestrator.deleteSchedule(id, of: deployment.id)
        #expect(try await stage.scheduledRuns(of: deployment).map(\.id) == [grant.run.id])
    }

    @Test func aPausedDeploymentHasNoneAndAResumedOneHas() async throws {
        let stage = try await Stage()
        let schedule = try hourly()
        let deployment = try await stage.deploy { $0.schedules = [schedule] }
        try await stage.expand()
        try await stage.orchestrator.setPaused(true, deployment: deployment.id)
        try await stage.expand()
        #expect(try await stage.scheduledRuns(of: deployment).isEmpty)
        try await stage.orchestrator.setPaused(false, deployment: deployment.id)
        try await stage.expand()
        #expect(try await stage.scheduledRuns(of: deployment).count >= 3)
    }

    @Test func onlyTheOthersGoOnWhenOneIsPaused() async throws {
        let stage = try await Stage()
        let schedules = try [
            hourly { $0.slug = "a" }, request(["cron": "30 * * * *"]) { $0.slug = "b" },
        ]
        let deployment = try await stage.deploy { $0.schedules = schedules }
        try await stage.expand()
        let found = try await stage.orchestrator.schedules(of: deployment.id)
        #expect(found.map(\.slug) == ["b", "a"])
        var pause = ScheduleRequest()
        pause.isActive = false
        try await stage.orchestrator.updateSchedule(found[0].id, of: deployment.id, pause)
        try await stage.expand()
        let creators = try await stage.scheduledRuns(of: deployment).compactMap { $0.createdBy?["display_value"] }
        #expect(Set(creators) == ["a"])
    }

    @Test func aDeletedDeploymentLeavesNone() async throws {
        let stage = try await Stage()
        let schedule = try hourly()
        let deployment = try await stage.deploy { $0.schedules = [schedule] }
        try await stage.expand()
        try await stage.orchestrator.deleteDeployment(deployment.id)
        try await stage.expand()
        #expect(try await stage.scheduledRuns(of: deployment).isEmpty)
        #expect(try await stage.orchestrator.database.read { try $0.nextExpansion() } == nil)
    }

    @Test func deployingAnewKeepsWhatIsTheSame() async throws {
        let stage = try await Stage()
        let (hourly, daily) = (try hourly(), try request(["cron": "@daily"]) { $0.slug = "d" })
        let deployment = try await stage.deploy { $0.schedules = [hourly, daily] }
        let before = try await stage.orchestrator.schedules(of: deployment.id)
        let changed = try request(["cron": "@weekly"]) { $0.slug = "d" }
        try await stage.deploy { $0.schedules = [hourly, changed] }
        let after = try await stage.orchestrator.schedules(of: deployment.id)
        #expect(Set(after.map(\.id)) == Set(before.map(\.id)))
        try await stage.deploy()
        #expect(try await stage.orchestrator.schedules(of: deployment.id).isEmpty)
    }

    @Test func runsOfAnySpanCanBeAskedFor() async throws {
        let stage = try await Stage()
        let schedule = try hourly()
        let deployment = try await stage.deploy { $0.schedules = [schedule] }
        var request = ScheduledRunsRequest()
        request.start = stage.clock.time - .seconds(1_000_000)
        request.end = stage.clock.time
        request.minimumRuns = 250
        request.maximumRuns = 250
        for _ in 0..<2 { try await stage.orchestrator.makeScheduledRuns(request, of: deployment.id) }
        #expect(try await stage.scheduledRuns(of: deployment).count == 250)
    }

    @Test func anUnknownZoneIsRefused() async throws {
        let stage = try await Stage()
        let nowhere = try request(["cron": "@daily", "timezone": "Mars/Olympus"])
        await #expect(throws: OrchestrationError.self) { try await stage.deploy { $0.schedules = [nowhere] } }
    }
}

extension Stage {
    /// Makes the runs that schedules need; what is stored holds together, before and after.
    @discardableResult
    func expand() async throws -> Duration {
        #expect(try await orchestrator.database.read { try $0.findings() } == [])
        let wait = try await ScheduleExpander(orchestrator).tick(at: clock.time)
        #expect(try await orchestrator.database.read { try $0.findings() } == [])
        return wait
    }

    /// The runs that schedules have made, the earliest first.
    func scheduledRuns(of deployment: Deployment) async throws -> [FlowRun] {
        let condition = Condition.test("run.deployment_id = ? AND run.auto_scheduled = TRUE", [.id(deployment.id)])
        return try await orchestrator.database.read {
            try $0.runs(Query(condition, order: "run.expected_start", limit: 1000))
        }
    }
}
