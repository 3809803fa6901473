import Domain
import JSON
import TestSupport
import Testing

@Suite struct ExpansionTests {
    private static let start = Timestamp(microseconds: 1_780_000_123_456_789)

    private func schedule(_ json: JSONValue, seed: UInt64 = 1, most: Int? = nil) throws -> DeploymentSchedule {
        var generator = SeededGenerator(seed: seed)
        return DeploymentSchedule(
            id: ID(at: Self.start, from: &generator), deploymentID: ID(at: Self.start, from: &generator),
            schedule: try Schedule(reading: JSONReader(json)), maxScheduledRuns: most, created: Self.start,
            updated: Self.start)
    }

    /// From one look to the next there are always at least three runs ahead, and those of an hour.
    @Test(arguments: ["* * * * *", "*/7 * * * *", "@hourly", "0 */5 * * *", "@daily", "30 4 * * mon", "0 0 1 * *"])
    func enoughRunsAreAheadAtAnyTime(cron: String) throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            let schedule = try schedule(["cron": .string(cron)], seed: seed)
            var now = Self.start
            for _ in 0..<10 {
                let expansion = schedule.expansion(at: now, in: .utc)
                let last = try #require(expansion.fires.last)
                #expect(expansion.nextDue > now)
                #expect(expansion.fires.count <= ExpansionLimits.most)
                #expect(expansion.fires.count { $0 > expansion.nextDue } >= ExpansionLimits.fewest)
                #expect(last >= expansion.nextDue + ExpansionLimits.shortest)
                now = expansion.nextDue
            }
        }
    }

    @Test func whatFiresSeldomIsFoundInTime() throws {
        let yearly = try schedule(["cron": "@yearly"])
        let expansion = yearly.expansion(at: Self.start, in: .utc)
        #expect(expansion.fires.isEmpty)
        #expect(expansion.nextDue <= Self.start + .seconds(86_400))
    }

    @Test func whatFiresOftenIsKeptAheadByAHundred() throws {
        let often = try schedule(["interval": 1, "anchor_date": "2020-01-01T00:00:00Z"])
        let expansion = often.expansion(at: Self.start, in: .utc)
        #expect(expansion.fires.count == 100)
        #expect(expansion.nextDue == expansion.fires[50] + .milliseconds(500))
        let hasty = try schedule(["interval": 0.001]).expansion(at: Self.start, in: .utc)
        #expect(hasty.nextDue == Self.start + .seconds(5))
    }

    @Test func oneMayBeToldToBeAheadByLess() throws {
        let expansion = try schedule(["cron": "@hourly"], most: 2).expansion(at: Self.start, in: .utc)
        #expect(expansion.fires.count == 2)
        #expect(expansion.nextDue > expansion.fires[1])
    }

    @Test func whatHasFiredGoesFirst() throws {
        var looks: Set<Timestamp> = []
        for seed in 1...100 as ClosedRange<UInt64> {
            let one = try schedule(["cron": "@hourly"], seed: seed, most: 1 + Int(seed % 2))
            let expansion = one.expansion(at: Self.start, in: .utc)
            let fired = try #require(expansion.fires.last { $0 < expansion.nextDue })
            #expect(expansion.nextDue >= fired + ExpansionLimits.courtesy)
            #expect(expansion.nextDue <= fired + ExpansionLimits.longestCourtesy)
            looks.insert(expansion.nextDue)
        }
        #expect(looks.count > 50, "schedules that fire together are looked at one after the other")
    }

    @Test func keysAreThoseOfPrefect() throws {
        let schedule = try schedule(["cron": "@hourly"])
        let zone = try zone(named: "America/St_Johns")
        let time = try #require(Timestamp("2026-07-01T12:00:00Z"))
        #expect(
            schedule.idempotencyKey(for: time, in: zone)
                == "scheduled \(schedule.deploymentID) \(schedule.id) 2026-07-01 09:30:00-02:30")
        #expect(schedule.idempotencyKey(for: time + .milliseconds(5), in: .utc).hasSuffix(" 12:00:00.005000+00:00"))
    }
}
