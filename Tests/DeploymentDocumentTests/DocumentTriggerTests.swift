import Domain
import JSON
import Testing

@testable import DeploymentDocument

@Suite struct DocumentTriggerTests {
    @Test func `What starts runs is read`() throws {
        let text = """
            triggers:
              - after: etl/load
              - {after: etl/load, state: [failed, Crashed], delay: 5m, name: tidy up, parameters: {why: "{{ flow_run.name }}", n: 1}}
              - event: warehouse.*
                match: {prefect.resource.id: [a, b]}
                threshold: 3
                within: 1h
              - {file: "/data/in/*.csv", host: h1, parameters: {path: "{{ event.payload.path }}"}}
              - {hook: pushes, parameters: {ref: "{{ event.payload.body.ref }}"}}
            """
        let triggers = try #require(try read(document(text)).first).triggers
        #expect(
            triggers == [
                RunTrigger(.after(flow: "etl", deployment: "load", states: [.completed])),
                RunTrigger(
                    .after(flow: "etl", deployment: "load", states: [.failed, .crashed]), name: "tidy up",
                    parameters: ["why": "{{ flow_run.name }}", "n": 1], delay: .seconds(300)),
                RunTrigger(
                    .event(
                        "warehouse.*", match: ["prefect.resource.id": ["a", "b"]], threshold: 3, within: .seconds(3600))
                ),
                RunTrigger(
                    .file(folder: "/data/in", name: "*.csv", host: "h1"),
                    parameters: ["path": "{{ event.payload.path }}"]),
                RunTrigger(.hook("pushes"), parameters: ["ref": "{{ event.payload.body.ref }}"]),
            ])
        #expect(try read(document("")).first?.triggers == [])
    }

    @Test func `What is expected of runs is read`() throws {
        let level = try read(document("sla: {late: 10m, duration: 1h, missing: 25h}")).first?.serviceLevel
        #expect(
            level == ServiceLevel(late: .seconds(600), duration: .seconds(3600), missing: .longerThan(.seconds(90_000)))
        )
        let daily = try read(document("sla: {missing: {by: 07:00, timezone: Europe/Berlin, days: mon-fri}}")).first
        let time = try DailyTime("07:00", zoneName: "Europe/Berlin", days: "mon-fri")
        #expect(daily?.serviceLevel == ServiceLevel(missing: .by(time)))
        #expect(try read(document("sla: {}")).first?.serviceLevel == nil)
        #expect(try read(document("")).first?.serviceLevel == nil)
    }

    private static let choice =
        "a trigger has one of 'after', another deployment, 'event', the name of an event, 'file', a path, and 'hook', the "
        + "name of a hook"

    @Test(arguments: [
        ("triggers: x", "4:11 'triggers' is a list of triggers, not 'x'"),
        ("triggers: [x]", "4:12 a trigger is a mapping of keys to values, not 'x'"),
        ("triggers: [{}]", "4:12 \(choice)"),
        ("triggers: [{after: a/b, event: c}]", "4:12 \(choice)"),
        ("triggers: [{hook: a, event: c}]", "4:12 \(choice)"),
        ("triggers: [{hook: a, match: {b: c}}]", "4:22 'match' goes with 'event'"),
        ("triggers: [{after: b}]", "4:20 'after' is FLOW/DEPLOYMENT, not 'b'"),
        ("triggers: [{after: etl/daily}]", "4:20 a deployment that starts after itself never ends"),
        ("triggers: [{after: a/b, state: faild}]", "4:32 'state' cannot be 'faild'; did you mean 'failed'?"),
        ("triggers: [{after: a/b, within: 1h}]", "4:25 'within' goes with 'event'"),
        ("triggers: [{event: a, state: failed}]", "4:23 'state' goes with 'after'"),
        ("triggers: [{event: a, parameters: 1}]", "4:35 'parameters' is a mapping, not '1'"),
        (
            "triggers: [{file: in/a.csv}]",
            "4:19 'file' is the absolute path of a file, such as /data/in/*.csv, not 'in/a.csv'"
        ),
        (
            "triggers: [{file: /data/*/a.csv}]",
            "4:19 in 'file' only * is a pattern, and only in the last part: '/data/*/a.csv'"
        ),
        ("sla: {late: 5s}", "4:13 'late' is 10s or more, not '5s'"),
        ("sla: {missing: 5s}", "4:16 'missing' is 10s or more, not '5s'"),
        (
            "sla: {missing: {by: 7am}}",
            "4:21 'by' cannot be '7am': it is a time of day from 00:00 to 23:59, such as 07:00"
        ),
        (
            "sla: {missing: {by: 07:00, days: 1 2}}",
            "4:21 'by' cannot be '07:00': its days are days of the week as in cron, such as mon-fri"
        ),
        (
            "sla: {missing: {timezone: UTC}}",
            "4:16 'missing' says not by when: {by: \"07:00\", timezone: Europe/Berlin}, or a time such as 25h"
        ),
        ("sla: {lat: 1h}", "4:7 'sla' has no key 'lat'; did you mean 'late'?"),
    ])
    func `What makes no sense is told`(_ text: String, _ problem: String) {
        #expect(problems(document(text)) == [problem])
    }
}
