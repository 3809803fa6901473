import Domain
import JSON
import Testing

@Suite struct SchedulePolicyTests {
    private let noon = Timestamp("2026-06-01T12:00:00Z") ?? .distantFuture

    private func hourly(
        missed: MissedRuns? = nil, overlap: Overlap = .allow, jitter: Duration = .zero, seed: UInt64 = 1
    ) throws -> DeploymentSchedule {
        DeploymentSchedule(
            id: try id(seed), deploymentID: try id(9), schedule: try Schedule(reading: JSONReader(["cron": "@hourly"])),
            missed: missed, overlap: overlap, jitter: jitter, created: noon, updated: noon)
    }

    private func id<Subject>(_ number: UInt64) throws -> ID<Subject> {
        let digits = String(number, radix: 16)
        return try #require(ID("01900000-0000-7000-8000-\(String(repeating: "0", count: 12 - digits.count))\(digits)"))
    }

    private func verdict(
        _ schedule: DeploymentSchedule, hoursLate: Int64, blocker: String? = nil, waits: Bool = false
    ) -> FireVerdict {
        schedule.verdict(
            on: noon, at: noon + .seconds(3600 * hoursLate), waits: waits, blocker: blocker, in: .utc)
    }

    @Test func whatWasMissedStartsAsThePolicySays() throws {
        #expect(verdict(try hourly(), hoursLate: 5) == .start)
        #expect(verdict(try hourly(missed: .all), hoursLate: 5) == .start)
        #expect(verdict(try hourly(missed: .within(.seconds(18_000))), hoursLate: 5) == .start)
        for policy in [MissedRuns.none, .latest, .within(.seconds(17_999))] {
            guard case .skip(let reason) = verdict(try hourly(missed: policy), hoursLate: 5) else {
                Issue.record("\(policy) starts it")
                continue
            }
            #expect(reason.hasPrefix("skipped: it was missed by 5h"))
            #expect(verdict(try hourly(missed: policy), hoursLate: 0) == .start)
            // What has waited for others was not missed.
            #expect(verdict(try hourly(missed: policy), hoursLate: 5, waits: true) == .start)
        }
    }

    @Test func onlyTheLatestStarts() throws {
        let schedule = try hourly(missed: .latest)
        #expect(
            schedule.verdict(on: noon, at: noon + .seconds(3599), waits: false, blocker: nil, in: .utc) == .start)
        let late = schedule.verdict(on: noon, at: noon + .seconds(3600), waits: false, blocker: nil, in: .utc)
        #expect(late != .start)
    }

    @Test func whatOverlapsDoesAsThePolicySays() throws {
        #expect(verdict(try hourly(), hoursLate: 0, blocker: "a") == .start)
        #expect(verdict(try hourly(overlap: .queue), hoursLate: 0, blocker: "a") == .wait)
        #expect(verdict(try hourly(overlap: .queue), hoursLate: 0) == .start)
        #expect(verdict(try hourly(overlap: .cancelRunning), hoursLate: 0, blocker: "a") == .replace)
        #expect(
            verdict(try hourly(overlap: .skip), hoursLate: 0, blocker: "a")
                == .skip(reason: "skipped: the run a of the same schedule has not ended"))
    }

    @Test func jitterIsTheSameForTheSameTimeAndSpreadsOverAllOfIt() throws {
        let jitter: Duration = .seconds(600)
        var delays: [Duration] = []
        for seed in 1...500 as ClosedRange<UInt64> {
            let (one, again) = (try hourly(jitter: jitter, seed: seed), try hourly(jitter: jitter, seed: seed))
            #expect(one.due(for: noon) == again.due(for: noon))
            delays.append(one.due(for: noon) - noon)
        }
        #expect(delays.allSatisfy { $0 >= .zero && $0 < jitter })
        for fifth in 0..<5 {
            let share = delays.count { $0 >= jitter / 5 * fifth && $0 < jitter / 5 * (fifth + 1) }
            #expect((60...140).contains(share), "\(share) of 500 in fifth \(fifth)")
        }
        #expect(try hourly().due(for: noon) == noon)
    }

    @Test func whatJitterPutsOffIsStillToCome() throws {
        let schedule = try hourly(jitter: .seconds(3000))
        let due = schedule.due(for: noon)
        #expect(due > noon)
        let expansion = schedule.expansion(at: noon + .microseconds(1), in: .utc)
        #expect(expansion.fires.first == noon)
        #expect(schedule.expansion(at: due, in: .utc).fires.first == noon + .seconds(3600))
    }

    @Test func timesThatPassedAreMadeUpForInPortions() throws {
        let schedule = try hourly(missed: .all)
        let first = CatchUp(schedule, after: noon, at: noon + .seconds(3600 * 5), most: 3, in: .utc)
        #expect(first.fires == (1...3).map { noon + .seconds(3600 * $0) } && !first.isComplete)
        let rest = CatchUp(schedule, after: first.end, at: noon + .seconds(3600 * 5), most: 3, in: .utc)
        #expect(rest.fires == (4...5).map { noon + .seconds(3600 * $0) } && rest.isComplete)
        let latest = CatchUp(
            try hourly(missed: .latest), after: noon, at: noon + .seconds(3600 * 5), most: 3, in: .utc)
        #expect(latest.fires == [noon + .seconds(3600 * 5)] && latest.skipped == 4 && latest.isComplete)
        #expect(latest.firstSkipped == noon + .seconds(3600))
        let none = CatchUp(try hourly(), after: noon, at: noon + .seconds(3600 * 5), most: 3, in: .utc)
        #expect(none.fires.isEmpty && none.skipped == 0)
    }

    @Test func aRunWorksOnWhatLiesBeforeIt() throws {
        let schedule = try Schedule(reading: JSONReader(["cron": "0 0 1 * *"]))
        let fire = try #require(Timestamp("2026-03-01T00:00:00Z"))
        let interval = schedule.interval(endingAt: fire, in: .utc)
        #expect(
            interval.environment == [
                "SLUICE_LOGICAL_DATE": "2026-02-01T00:00:00Z", "SLUICE_DATA_INTERVAL_START": "2026-02-01T00:00:00Z",
                "SLUICE_DATA_INTERVAL_END": "2026-03-01T00:00:00Z",
            ])
        let schema: JSONValue = [
            "properties": ["logical_date": ["type": "string", "format": "date"], "data_interval_end": [:], "x": [:]]
        ]
        #expect(
            interval.parameters(of: schema, in: .utc) == [
                "logical_date": "2026-02-01", "data_interval_end": "2026-03-01T00:00:00Z",
            ])
    }

    @Test func policiesSurviveBeingWritten() throws {
        for policy in [MissedRuns.all, .latest, .none, .within(.seconds(7200))] {
            #expect(try MissedRuns(reading: JSONReader(policy.json)) == policy)
        }
        for wrong in ["never", ["within": -1], [:], 3] as [JSONValue] {
            #expect(throws: JSONReadingError.self) { try MissedRuns(reading: JSONReader(wrong)) }
        }
    }
}
