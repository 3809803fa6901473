import Domain
import JSON
import Testing

@Suite struct ScheduleTests {
    private func read(_ json: JSONValue) throws -> Schedule { try Schedule(reading: JSONReader(json)) }

    private func fires(
        _ json: JSONValue, _ saving: DaylightSaving = DaylightSaving(), after: String, _ limit: Int
    ) throws -> [String] {
        var schedule = try read(json)
        schedule.daylightSaving = saving
        let zone = try zone(named: schedule.zoneName ?? "UTC")
        return schedule.fires(after: try #require(Timestamp(after)), limit: limit, in: zone)
            .map { String($0.description.prefix(16)) }
    }

    // MARK: Clock changes. In New York, 02:00 to 03:00 is left out on March 8, 2026, and 01:00 to 02:00 comes twice on
    // November 1.

    private static let newYork: JSONValue = "America/New_York"

    @Test func aTimeThatIsLeftOut() throws {
        let daily: JSONValue = ["cron": "30 2 * * *", "timezone": Self.newYork]
        #expect(
            try fires(daily, after: "2026-03-07T12:00:00Z", 2) == ["2026-03-08T07:30", "2026-03-09T06:30"])
        #expect(
            try fires(daily, DaylightSaving(leftOut: .skip), after: "2026-03-07T12:00:00Z", 2)
                == ["2026-03-09T06:30", "2026-03-10T06:30"])
    }

    @Test func aTimeThatComesTwice() throws {
        let daily: JSONValue = ["cron": "30 1 * * *", "timezone": Self.newYork]
        #expect(
            try fires(daily, after: "2026-10-31T12:00:00Z", 2) == ["2026-11-01T05:30", "2026-11-02T06:30"])
        #expect(
            try fires(daily, DaylightSaving(repeated: .both), after: "2026-10-31T12:00:00Z", 2)
                == ["2026-11-01T05:30", "2026-11-01T06:30"])
    }

    /// What is shifted meets what fires there anyway: once.
    @Test func momentsComeInOrderAndOnce() throws {
        let often: JSONValue = ["cron": "0,30 * * * *", "timezone": Self.newYork]
        #expect(
            try fires(often, after: "2026-03-08T06:00:00Z", 4)
                == ["2026-03-08T06:30", "2026-03-08T07:00", "2026-03-08T07:30", "2026-03-08T08:00"])
    }

    @Test func intervalsOfDaysKeepTheirTimeOfDayWheneverTheyAreAsked() throws {
        let daily: JSONValue = [
            "interval": 86_400, "anchor_date": "2026-01-01T09:00:00-05:00", "timezone": Self.newYork,
        ]
        #expect(
            try fires(daily, after: "2026-03-07T12:00:00Z", 2) == ["2026-03-07T14:00", "2026-03-08T13:00"])
        #expect(try fires(daily, after: "2026-07-01T00:00:00Z", 1) == ["2026-07-01T13:00"])
        #expect(try fires(daily, after: "2025-06-30T20:00:00Z", 1) == ["2025-07-01T13:00"])
    }

    @Test func shorterIntervalsGoByRealTime() throws {
        let twice: JSONValue = [
            "interval": 43_200, "anchor_date": "2026-03-07T09:00:00-05:00", "timezone": Self.newYork,
        ]
        #expect(
            try fires(twice, after: "2026-03-08T00:00:00Z", 3)
                == ["2026-03-08T02:00", "2026-03-08T14:00", "2026-03-09T02:00"])
    }

    @Test func fractionsOfSecondsCount() throws {
        let schedule = try read(["interval": 0.25, "anchor_date": "2026-03-07T00:00:00Z"])
        let fires = schedule.fires(after: try #require(Timestamp("2026-03-07T00:00:00.1Z")), limit: 2, in: .utc)
        #expect(fires.map(\.description) == ["2026-03-07T00:00:00.250000Z", "2026-03-07T00:00:00.500000Z"])
    }

    @Test func theEndIsIncludedAndTheBeginningIsNot() throws {
        let hourly = try read(["cron": "@hourly"])
        let (start, end) = (Timestamp(microseconds: 0), Timestamp(microseconds: 7_200_000_000))
        let fires = Array(hourly.fires(after: start, until: end, in: .utc))
        #expect(fires.map(\.microseconds) == [3_600_000_000, 7_200_000_000])
    }

    // MARK: Text

    @Test(
        arguments: [
            ["cron": "0 0 * * *", "timezone": "Europe/Paris", "day_or": true],
            ["cron": "@daily", "timezone": .null, "day_or": false],
            ["interval": 3600.0, "anchor_date": "2026-11-21T01:59:56.620160Z", "timezone": "UTC"],
            ["rrule": "DTSTART:20200101T000000\nFREQ=DAILY;COUNT=5", "timezone": "UTC"],
        ] as [JSONValue])
    func goesOutAsItCameIn(json: JSONValue) throws {
        #expect(try read(json).json == json)
    }

    @Test func whatIsLeftOutIsFilledIn() throws {
        #expect(try read(["cron": "@daily"]).json == ["cron": "@daily", "timezone": .null, "day_or": true])
        #expect(
            try read(["rrule": "FREQ=DAILY"]).json
                == ["rrule": "DTSTART:20200101T000000\nFREQ=DAILY", "timezone": "UTC"])
        let interval = try read(["interval": 60]).anchored(at: Timestamp(microseconds: 0))
        #expect(
            interval.json == ["interval": 60.0, "anchor_date": "1970-01-01T00:00:00.000000Z", "timezone": "UTC"])
    }

    @Test(
        arguments: [
            [:], ["cron": 1], ["cron": "* * *"], ["cron": "* * * * *", "interval": 60], ["interval": 0],
            ["interval": -1], ["interval": 1e300], ["interval": "x"], ["interval": 60, "anchor_date": "soon"],
            ["rrule": ""], ["rrule": "FREQ=NEVER"], ["rrule": "INTERVAL=2"], ["rrule": "FREQ=DAILY;BYEASTER=1"],
            ["rrule": "DTSTART:20200101"], ["rrule": "FREQ=DAILY;INTERVAL=0"], ["rrule": "FREQ=DAILY;BYHOUR=24"],
            ["rrule": "FREQ=DAILY;UNTIL=20260230"], ["rrule": "FREQ=DAILY;COUNT=99999999"],
            ["rrule": "FREQ=HOURLY;INTERVAL=2;BYHOUR=1"], ["rrule": .string(String(repeating: "X", count: 7000))],
        ] as [JSONValue])
    func whatIsNoScheduleIsRefused(json: JSONValue) {
        #expect(throws: JSONReadingError.self) { try read(json) }
    }
}
