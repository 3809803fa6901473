import Domain
import Testing

/// What croniter, which `ScheduleComparisonTests` compares with, does not know, or does not say.
@Suite struct CronTests {
    private func fires(_ text: String, dayOr: Bool = true, after: String, _ limit: Int) throws -> [String] {
        let schedule = Schedule(.cron(try CronExpression(text, dayOr: dayOr)))
        return schedule.fires(after: try #require(Timestamp(after)), limit: limit, in: .utc)
            .map { String($0.description.prefix(16)) }
    }

    @Test func lastWeekdayOfTheMonth() throws {
        // January 31, 2026 is a Saturday, February 28 too, March 31 a Tuesday.
        #expect(
            try fires("0 9 LW * *", after: "2026-01-01T00:00:00Z", 3)
                == ["2026-01-30T09:00", "2026-02-27T09:00", "2026-03-31T09:00"])
    }

    @Test func nearestWeekdayStaysInItsMonth() throws {
        // August 1, 2026 is a Saturday, November 1 a Sunday.
        #expect(
            try fires("0 0 1W 8,11 *", after: "2026-01-01T00:00:00Z", 2) == ["2026-08-03T00:00", "2026-11-02T00:00"])
    }

    @Test func lastFridayIsWrittenInTwoWays() throws {
        let answers = try ["0 0 * * L5", "0 0 * * 5L", "0 0 * * friL"].map {
            try fires($0, after: "2026-01-01T00:00:00Z", 3)
        }
        #expect(Set(answers).count == 1)
        #expect(answers[0] == ["2026-01-30T00:00", "2026-02-27T00:00", "2026-03-27T00:00"])
    }

    @Test func eitherDayIsEnoughUnlessBothAreWanted() throws {
        let either = try fires("0 0 13 * fri", after: "2026-01-31T00:00:00Z", 3)
        #expect(either == ["2026-02-06T00:00", "2026-02-13T00:00", "2026-02-20T00:00"])
        let both = try fires("0 0 13 * fri", dayOr: false, after: "2026-01-31T00:00:00Z", 3)
        #expect(both == ["2026-02-13T00:00", "2026-03-13T00:00", "2026-11-13T00:00"])
    }

    @Test func whatNeverComesIsNotLookedForForEver() throws {
        #expect(try fires("0 0 30 2 *", after: "2026-01-31T00:00:00Z", 1) == [])
        #expect(try fires("0 0 1 1 * 0 1999", after: "2026-01-31T00:00:00Z", 1) == [])
    }

    @Test(arguments: [
        ("", "it takes 5 columns, or 6 with seconds, or 7 with years, not 0"),
        ("61 * * * *", "61 is no minute: it is from 0 to 59"), ("* * 0 * *", "0 is no day: it is from 1 to 31"),
        ("* * * foo *", "'foo' is no month"), ("*/0 * * * *", "'*/0' steps by no number"),
        ("* * * * 1,2#2", "days of the week are either plain or chosen with # or L, not both"),
        ("* * * * fri#6", "'fri#6' means no week of a month: it is from #1 to #5"), ("@reboot", "not 1"),
        ("99999999999999999999 * * * *", "is no minute"), ("H * * * *", "'h' is no minute"),
        ("? * * * *", "'?' is no minute"), ("-1 * * * *", "'' is no minute"),
    ])
    func mistakesAreNamed(text: String, reason: String) throws {
        let error = try #require(throws: InvalidSchedule.self) { try CronExpression(text) }
        #expect(error.description.hasSuffix(reason))
    }
}
