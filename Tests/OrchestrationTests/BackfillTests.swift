import Domain
import JSON
import Orchestration
import Storage
import TestSupport
import Testing

@Suite struct BackfillTests {
    private func request(_ edit: (inout BackfillRequest) throws -> Void = { _ in }) throws -> BackfillRequest {
        var request = BackfillRequest(
            from: try #require(DayOrMoment("2025-01-01")), to: try #require(DayOrMoment("2025-12-31")))
        request.every = .seconds(86_400)
        try edit(&request)
        return request
    }

    private func stage() async throws -> (stage: Stage, deployment: Deployment) {
        let stage = try await Stage()
        let deployment = try await stage.deploy {
            $0.parameterSchema = [
                "type": "object",
                "properties": ["logical_date": ["type": "string", "format": "date"], "x": ["type": "integer"]],
            ]
        }
        _ = try await stage.welcomeAgent()
        return (stage, deployment)
    }

    private func runs(of batch: ID<Batch>?, _ stage: Stage) async throws -> [FlowRun] {
        let batch = try #require(batch)
        return try await stage.orchestrator.database.read {
            try $0.runs(Query(.test("run.batch_id = ?", [.id(batch)]), order: "run.due, run.id", limit: 1000))
        }
    }

    @Test func aYearIsOneBatchThatKnowsItsDates() async throws {
        let (stage, deployment) = try await stage()
        let wanted = try request {
            $0.template.parameters = ["x": 1]
            $0.name = "2025"
        }
        let backfill = try await stage.orchestrator.backfill(wanted, of: deployment.id)
        let runs = try await runs(of: backfill.batch, stage)
        #expect(runs.count == 365 && backfill.intervals.count == 365 && backfill.omitted.isEmpty)
        #expect(runs[0].name == "plain 2025-01-01" && runs[364].name == "plain 2025-12-31")
        #expect(runs[59].parameters == ["x": 1, "logical_date": "2025-03-01"])
        let grant = try #require(try await stage.claim(1).first)
        #expect(grant.run.id == runs[0].id)
        #expect(grant.environment["SLUICE_LOGICAL_DATE"] == "2025-01-01T00:00:00Z")
        #expect(grant.environment["SLUICE_DATA_INTERVAL_END"] == "2025-01-02T00:00:00Z")
        #expect(try await stage.orchestrator.database.read { try $0.findings() } == [])
    }

    /// However many are claimed at once, and so read together: each has its own parameters and its own dates, and none is
    /// granted twice.
    @Test func eachOfManyThatAreClaimedAtOnceHasItsOwnDates() async throws {
        let (stage, deployment) = try await stage()
        let backfill = try await stage.orchestrator.backfill(try request(), of: deployment.id)
        let dates = try await runs(of: backfill.batch, stage).map(\.parameters)
        #expect(Set(dates).count == 365)
        var granted: [Grant] = []
        for credit in [1, 2, 7, 8, 9, 63, 64, 65, 146] { granted += try await stage.claim(credit) }
        #expect(granted.map(\.run.parameters) == dates)
        for grant in granted {
            let date = try #require(grant.run.parameters["logical_date"]?.stringValue)
            #expect(grant.environment["SLUICE_LOGICAL_DATE"] == "\(date)T00:00:00Z")
        }
        #expect(try await stage.claim().isEmpty)
    }

    @Test func theLatestGoesFirstInReverse() async throws {
        let (stage, deployment) = try await stage()
        let wanted = try request { $0.isReverse = true }
        _ = try await stage.orchestrator.backfill(wanted, of: deployment.id)
        #expect(try await stage.claim(2).map(\.run.name) == ["plain 2025-12-31", "plain 2025-12-30"])
    }

    @Test func theCapIsKept() async throws {
        let (stage, deployment) = try await stage()
        let wanted = try request { $0.maximumConcurrent = 3 }
        let backfill = try await stage.orchestrator.backfill(wanted, of: deployment.id)
        var executing = try await stage.claim(100)
        #expect(executing.count == 3)
        let waiting = try await runs(of: backfill.batch, stage)[50]
        let reasons = try await stage.orchestrator.explain(waiting.id, agentEndpoint: "x").reasons
        #expect(reasons.contains { $0.code == "batch_limit" })
        for _ in 0..<20 {
            #expect(try await stage.claim(100).isEmpty)
            try await stage.finish(executing.removeFirst())
            executing += try await stage.claim(100)
            #expect(executing.count == 3)
        }
        // Others are not kept back by it.
        try await stage.submit(deployment)
        #expect(try await stage.claim(100).count == 1)
    }

    @Test func whatHasSucceededIsLeftOut() async throws {
        let (stage, deployment) = try await stage()
        _ = try await stage.orchestrator.backfill(try request(), of: deployment.id)
        let grants = try await stage.claim(4)
        try await stage.finish(grants[0])
        try await stage.finish(grants[1], .exited(code: 1))
        // The others wait or execute.
        let none = try await stage.orchestrator.backfill(try request { $0.rerun = .missing }, of: deployment.id)
        #expect(none.batch == nil && none.omitted == [.completed: 1, .failed: 1, .underWay: 363])
        let again = try await stage.orchestrator.backfill(try request { $0.isRehearsal = true }, of: deployment.id)
        #expect(again.batch == nil && again.intervals.map { $0.name(in: .utc) } == ["2025-01-02"])
        let all = try await stage.orchestrator.backfill(try request { $0.rerun = .all }, of: deployment.id)
        #expect(all.intervals.count == 2)
    }

    @Test func ofSeveralAtTheSameMomentOneRunsEachDate() async throws {
        let (stage, deployment) = try await stage()
        let months = try (1...6).map { month in
            try request {
                $0.from = try #require(DayOrMoment("2025-0\(month)-01"))
                $0.to = try #require(DayOrMoment("2025-0\(month + 2)-28"))
                $0.rerun = .missing
            }
        }
        let made = try await withThrowingTaskGroup { group in
            for request in months {
                group.addTask { try await stage.orchestrator.backfill(request, of: deployment.id) }
            }
            return try await group.reduce(into: []) { $0 += $1.intervals }
        }
        // From the first of January to the 28th of August.
        #expect(made.count == 240 && Set(made).count == 240)
        let runs = try await stage.orchestrator.tally()
        #expect(runs.values.reduce(0, +) == 240)
    }

    @Test func theRunsOfAScheduleCount() async throws {
        let stage = try await Stage()
        var schedule = ScheduleRequest()
        schedule.schedule = try Schedule(reading: JSONReader(["cron": "@hourly"]))
        let wanted = schedule
        let deployment = try await stage.deploy { $0.schedules = [wanted] }
        try await stage.expand()
        _ = try await stage.welcomeAgent()
        stage.clock.advance(by: .seconds(3600))
        _ = try await DueRunWaker(stage.orchestrator).tick(at: stage.clock.time)
        let grant = try #require(try await stage.claim(1).first)
        try await stage.finish(grant)
        let fire = try #require(try await stage.orchestrator.database.read { try $0.fire(of: grant.run.id) })
        let date = try #require(DayOrMoment(fire.interval.start.shortText))
        let backfill = try await stage.orchestrator.backfill(
            BackfillRequest(from: date, to: date), of: deployment.id)
        #expect(backfill.batch == nil && backfill.omitted == [.completed: 1])
    }

    @Test func whatSaysNothingIsRefused() async throws {
        let (stage, deployment) = try await stage()
        let requests = try [
            request { $0.every = nil }, request { $0.schedule = "s" },
            request {
                $0.every = nil
                $0.schedule = "s"
            },
            request { $0.every = .seconds(1) }, request { $0.zoneName = "Mars/Olympus" },
            BackfillRequest(from: try request().to, to: try request().from),
        ]
        for wrong in requests {
            await #expect(throws: OrchestrationError.self) {
                try await stage.orchestrator.backfill(wrong, of: deployment.id)
            }
        }
    }
}
