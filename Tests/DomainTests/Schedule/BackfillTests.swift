import Domain
import JSON
import Testing

@Suite struct BackfillTests {
    private func moment(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }

    @Test func aYearHasItsDaysWithNothingBetweenThem() throws {
        let daily = Schedule(
            .interval(try IntervalRecurrence(every: .seconds(86_400), from: try moment("2025-01-01T00:00:00Z"))))
        let (from, to) = (try #require(DayOrMoment("2025-01-01")), try #require(DayOrMoment("2025-12-31")))
        let intervals = daily.intervals(
            from: from.beginning(in: .utc), through: to.end(in: .utc), limit: 1000, in: .utc)
        #expect(intervals.count == 365)
        #expect(zip(intervals, intervals.dropFirst()).allSatisfy { $0.end == $1.start })
        #expect(intervals[0].name(in: .utc) == "2025-01-01")
        #expect(intervals[364].end == (try moment("2026-01-01T00:00:00Z")))
        #expect(
            daily.intervals(from: from.beginning(in: .utc), through: to.end(in: .utc), limit: 7, in: .utc).count == 7)
    }

    @Test func aDayIsAllOfIt() throws {
        let hourly = try Schedule(reading: JSONReader(["cron": "30 * * * *"]))
        let day = try #require(DayOrMoment("2026-05-01"))
        let intervals = hourly.intervals(from: day.beginning(in: .utc), through: day.end(in: .utc), limit: 99, in: .utc)
        #expect(intervals.count == 24)
        #expect(intervals[0].name(in: .utc) == "2026-05-01T00:30:00")
        let noon = try #require(DayOrMoment("2026-05-01T12:30:00Z"))
        let one = hourly.intervals(from: noon.beginning(in: .utc), through: noon.end(in: .utc), limit: 99, in: .utc)
        #expect(
            one == [DataInterval(start: try moment("2026-05-01T12:30:00Z"), end: try moment("2026-05-01T13:30:00Z"))])
        for wrong in ["", "2026-13-01", "2026-05", "tomorrow"] {
            #expect(DayOrMoment(wrong) == nil)
        }
    }

    @Test(
        arguments: [
            ([], nil, nil, nil), ([.completed], .completed, .completed, nil), ([.failed], .failed, nil, nil),
            ([.crashed, .failed], .failed, nil, nil), ([.cancelled], nil, nil, nil),
            ([.failed, .completed], .completed, .completed, nil), ([.running], .underWay, .underWay, .underWay),
            ([.completed, .scheduled], .underWay, .underWay, .underWay), ([.paused], .underWay, .underWay, .underWay),
        ] as [([StateType], Rerun.Omission?, Rerun.Omission?, Rerun.Omission?)])
    func whatIsLeftOut(
        states: [StateType], missing: Rerun.Omission?, failed: Rerun.Omission?, all: Rerun.Omission?
    ) {
        #expect(Rerun.missing.omission(states) == missing)
        #expect(Rerun.failed.omission(states) == failed)
        #expect(Rerun.all.omission(states) == all)
    }
}
