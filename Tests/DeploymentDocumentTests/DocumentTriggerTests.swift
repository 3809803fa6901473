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
            ])
        #expect(try read(document("")).first?.triggers == [])
    }

    @Test func `What is expected of runs is read`() throws {
        let level = try read(document("sla: {late: 10m, duration: 1h, missing: 25h}")).first?.serviceLevel
        #expect(level == ServiceLevel(late: .seconds(600), duration: .seconds(3600), missing: .seconds(90_000)))
        #expect(try read(document("")).first?.serviceLevel == nil)
    }

    @Test(arguments: [
        ("triggers: x", "4:11 'triggers' is a list of triggers, not 'x'"),
        ("triggers: [x]", "4:12 a trigger is a mapping of keys to values, not 'x'"),
        (
            "triggers: [{}]",
            "4:12 a trigger has one of 'after', another deployment, 'event', the name of an event, and 'object', a place "
                + "in a store"
        ),
        (
            "triggers: [{after: a/b, event: c}]",
            "4:12 a trigger has one of 'after', another deployment, 'event', the name of an event, and 'object', a place "
                + "in a store"
        ),
        ("triggers: [{after: b}]", "4:20 'after' is FLOW/DEPLOYMENT, not 'b'"),
        ("triggers: [{after: etl/daily}]", "4:20 a deployment that starts after itself never ends"),
        ("triggers: [{after: a/b, state: faild}]", "4:32 'state' cannot be 'faild'; did you mean 'failed'?"),
        ("triggers: [{after: a/b, within: 1h}]", "4:25 'within' goes with 'event'"),
        ("triggers: [{event: a, state: failed}]", "4:23 'state' goes with 'after'"),
        ("triggers: [{event: a, parameters: 1}]", "4:35 'parameters' is a mapping, not '1'"),
        ("sla: {late: 5s}", "4:13 'late' is 10s or more, not '5s'"),
        ("sla: {lat: 1h}", "4:7 'sla' has no key 'lat'; did you mean 'late'?"),
    ])
    func `What makes no sense is told`(_ text: String, _ problem: String) {
        #expect(problems(document(text)) == [problem])
    }
}
