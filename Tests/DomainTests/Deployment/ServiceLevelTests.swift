import Domain
import JSON
import TestSupport
import Testing

@Suite struct ServiceLevelTests {
    private static let start = Timestamp(microseconds: 1_767_225_600_000_000)  // 2026-01-01T00:00:00Z

    @Test(
        arguments: [
            ["late": 600.0, "duration": 3600.0, "missing": 90_000.0],
            ["missing": ["by": "07:00", "timezone": "Europe/Berlin", "days": "mon-fri"]], ["missing": ["by": "00:00"]],
            [:],
        ] as [JSONValue])
    func `It is read as it was written`(_ json: JSONValue) throws {
        let level = try ServiceLevel(reading: JSONReader(json))
        #expect(level.json.isMathematicallyEqual(to: json))
    }

    @Test(
        arguments: [
            ["late": 9], ["duration": "x"], ["missing": ["by": "24:00"]], ["missing": ["by": "7:00"]],
            ["missing": ["by": "07:60"]], ["missing": ["by": "07:00", "days": "mon tue"]], ["missing": [:]],
            ["missing": ["by": "07:00", "days": "monday"]], ["lat": 600], ["missing": ["by": "-1:00"]],
        ] as [JSONValue])
    func `What makes no sense is refused`(_ json: JSONValue) {
        #expect(throws: JSONReadingError.self) { try ServiceLevel(reading: JSONReader(json)) }
    }

    @Test func `A run is beyond its time from the first moment after it`() {
        let level = ServiceLevel(late: .seconds(60), duration: .seconds(60))
        let end = Self.start + .seconds(60)
        #expect(level.overlong(from: Self.start, to: nil, at: end) == nil)
        #expect(level.overlong(from: Self.start, to: nil, at: end + .microseconds(1)) == end)
        #expect(level.overlong(from: Self.start, to: end, at: end + .seconds(9)) == nil)
        #expect(level.overlong(from: Self.start, to: end + .seconds(1), at: end + .seconds(9)) == end)
        #expect(level.overdue(since: Self.start, begun: end, at: end + .seconds(9)) == nil)
        #expect(level.overdue(since: Self.start, begun: nil, at: end + .seconds(9)) == end)
        #expect(ServiceLevel().overlong(from: Self.start, to: nil, at: .distantFuture) == nil)
    }

    @Test func `On days when clocks change it is that time once`() throws {
        let berlin = try zone(named: "Europe/Berlin")
        // 02:30 is left out on 2026-03-29, and comes twice on 2026-10-25.
        let daily = try DailyTime("02:30", zoneName: "Europe/Berlin").schedule
        for (from, expected) in [
            ("2026-03-28T02:00:00Z", ["2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]),
            ("2026-10-24T02:00:00Z", ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]),
        ] {
            let fires = daily.fires(after: try #require(Timestamp(from)), limit: 2, in: berlin)
            #expect(fires == expected.compactMap { Timestamp($0) })
        }
    }

    @Test func `After a free weekend the last working day counts`() throws {
        let absence = ServiceLevel.Absence.by(try DailyTime("07:00", days: "mon-fri"))
        let monday = try #require(Timestamp("2026-01-05T07:00:00Z"))
        var asked: [Timestamp] = []
        let verdict = absence.judge(from: monday - .seconds(60), at: monday, in: .utc) { after, _ in
            asked.append(after)
            return nil
        }
        #expect(verdict.breaches == [monday] && verdict.judged == monday)
        #expect(verdict.next == monday + .seconds(86_400))
        #expect(asked == [try #require(Timestamp("2026-01-02T07:00:00Z"))])
    }

    /// Whoever looks, at whatever moments: each time of day is told of once, if no run completed since the one before.
    @Test(arguments: 0..<50 as Range<UInt64>)
    func `What is missing by a time is told exactly once`(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let zoneName = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"].randomElement(
            using: &random)
        let rules = try zone(named: try #require(zoneName))
        let hour = Int.random(in: 0...23, using: &random)
        let time = try DailyTime(
            "\(hour < 10 ? "0" : "")\(hour):30", zoneName: zoneName,
            days: [nil, "mon-fri"].randomElement(using: &random)!)
        // Over a change of the clocks.
        let start = Self.start + .seconds(Int64.random(in: 0..<365, using: &random) * 86_400)
        let end = start + .seconds(25 * 86_400)
        let completed = (0..<Int.random(in: 0...20, using: &random)).map { _ in
            start + .seconds(Int64.random(in: -86_400..<25 * 86_400, using: &random))
        }
        let latest = { (after: Timestamp, through: Timestamp) in completed.filter { $0 > after && $0 <= through }.max()
        }
        var (judged, now) = (start, start)
        var told: [Timestamp] = []
        while now < end {
            now = min(now + .seconds(Int64.random(in: 1...300_000, using: &random)), end)
            let verdict = ServiceLevel.Absence.by(time).judge(from: judged, at: now, in: rules, latest: latest)
            #expect(verdict.judged >= judged && (verdict.next ?? .distantFuture) > now)
            judged = verdict.judged
            told += verdict.breaches
        }
        let moments = time.schedule.fires(after: start - .seconds(10 * 86_400), until: end, limit: 100, in: rules)
        let expected = zip(moments, moments.dropFirst()).filter { before, moment in
            moment > start && latest(before, moment) == nil
        }.map(\.1)
        #expect(told == expected, "seed \(seed)")
    }

    @Test(arguments: 0..<50 as Range<UInt64>)
    func `What is missing for a time is told at the end of each such time`(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let span: Duration = .seconds(Int64.random(in: 10...1000, using: &random))
        let completed = (0..<10).map { _ in Self.start + .seconds(Int64.random(in: 0...10_000, using: &random)) }
        let absence = ServiceLevel.Absence.longerThan(span)
        var (judged, now) = (Self.start, Self.start)
        var told: [Timestamp] = []
        while now < Self.start + .seconds(10_000) {
            let verdict = absence.judge(from: judged, at: now, in: .utc) { after, through in
                completed.filter { $0 > after && $0 <= through }.max()
            }
            judged = verdict.judged
            told += verdict.breaches
            now = verdict.next ?? .distantFuture
            // Somebody may complete before.
            now = completed.filter { $0 > verdict.judged && $0 < now }.min() ?? now
        }
        var (expected, last) = ([Timestamp](), Self.start)
        let moments = (completed.filter { $0 > Self.start } + [Self.start + .seconds(10_000)]).sorted()
        for moment in moments {
            while last + span < moment {
                last = last + span
                expected.append(last)
            }
            last = moment
        }
        #expect(told.filter { $0 < Self.start + .seconds(10_000) } == expected, "seed \(seed)")
    }
}
