import Domain
import JSON
import Testing

@testable import DeploymentDocument

@Suite struct SchedulesTests {
    @Test func `All that a schedule may say is read`() throws {
        let text = document(
            """
            parameters: {region: string}
            schedules:
              - name: morning
                cron: "30 6 * * mon-fri"
                timezone: Europe/Paris
                parameters: {region: eu}
                active: false
                jitter: 5m
                daylight_saving: {left_out: skip, repeated: both}
                missed: {within: 2h}
                overlap: cancel-running
              - {every: 1h30m, anchor: 2026-01-01T00:10:00Z, missed: latest, daylight_saving: skip}
              - {every: 1d}
              - rrule: FREQ=WEEKLY;BYDAY=MO
            """)
        let schedules = try #require(try read(text).first).schedules
        #expect(schedules.count == 4)
        #expect(
            schedules[0].body == [
                "schedule": ["cron": "30 6 * * mon-fri", "timezone": "Europe/Paris", "day_or": true],
                "slug": "morning", "parameters": ["region": "eu"], "active": false,
                "daylight_saving": ["left_out": "skip", "repeated": "both"], "missed": ["within": 7200.0],
                "overlap": "cancel-running", "jitter": 300.0,
            ])
        #expect(
            schedules[1].body["schedule"] == [
                "interval": 5400.0, "anchor_date": "2026-01-01T00:10:00.000000Z", "timezone": "UTC",
            ])
        #expect(schedules[1].missed == .latest && schedules[1].schedule.daylightSaving.leftOut == .skip)
        #expect(schedules[1].isActive == nil && schedules[1].overlap == .allow)
        #expect(schedules[2].body["schedule"]?["anchor_date"] == "2020-01-01T00:00:00.000000Z")
        #expect(
            schedules[3].body["schedule"] == [
                "rrule": "DTSTART:20200101T000000\nFREQ=WEEKLY;BYDAY=MO", "timezone": "UTC",
            ])
    }

    @Test(arguments: [
        ("schedules: daily", "4:12 'schedules' is a list of schedules"),
        ("schedules: [{name: a}]", "4:13 the schedule says not when: give cron, every or rrule"),
        (
            "schedules: [{cron: '@daily', every: 1h}]",
            "4:13 a schedule has one of cron, every and rrule, not cron and every"
        ),
        ("schedules: [{corn: '@daily'}]", "4:14 a schedule has no key 'corn'; did you mean 'cron'?"),
        ("schedules: [{cron: 61 * * * *}]", "4:20 'cron' cannot be '61 * * * *'"),
        ("schedules: [{every: soon}]", "4:21 'every' is a duration"),
        ("schedules: [{every: 0}]", "4:21 'every' cannot be '0': the interval must be positive"),
        ("schedules: [{rrule: FREQ=NEVER}]", "4:21 'rrule' cannot be 'FREQ=NEVER'"),
        (
            "schedules: [{cron: '@daily', anchor: 2026-01-01T00:00:00Z}]",
            "4:38 'anchor' goes with 'every', not with 'cron'"
        ),
        ("schedules: [{every: 1h, anchor: noon}]", "4:33 'anchor' is a time such as 2026-01-01T09:00:00Z, not 'noon'"),
        ("schedules: [{every: 1h, missed: never}]", "4:33 'missed' is all, latest, none or {within: 2h}, not 'never'"),
        ("schedules: [{every: 1h, missed: {in: 2h}}]", "4:34 'missed' has no key 'in'"),
        ("schedules: [{every: 1h, overlap: wait}]", "4:34 'overlap' cannot be 'wait'"),
        ("schedules: [{every: 1h, jitter: 30d}]", "4:33 'jitter' is 1d or less, not '30d'"),
        ("schedules: [{every: 1h, active: 2}]", "4:33 'active' is true or false, not '2'"),
        ("schedules: [{every: 1h, daylight_saving: none}]", "4:42 'daylight_saving' is skip, shift, first, both"),
        ("schedules: [{every: 1h, parameters: {x: 1}}]", "4:38 'x' is none of the parameters"),
        (
            "schedules: [{every: 1h, name: a}, {every: 2h, name: a}]",
            "4:53 the schedule 'a' is there twice: first at line 4"
        ),
    ])
    func `What is wrong is told with its place`(text: String, problem: String) {
        let found = problems(document(text))
        #expect(found.contains { $0.hasPrefix(problem) }, "\(found)")
    }

    @Test func `A parameter's value is checked against its schema`() {
        let found = problems(
            document("parameters: {month: integer}\nschedules: [{every: 1h, parameters: {month: May}}]"))
        #expect(found.count == 1 && found[0].hasPrefix("5:45 'month' breaks the schema"), "\(found)")
    }
}
