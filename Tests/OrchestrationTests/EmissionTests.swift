import Domain
import JSON
import Storage
import TestSupport
import Testing

@testable import Orchestration

/// The action that tells an event, and what is built of it: levels of service.
@Suite struct EmissionTests {
    @Test func anActionTellsAnEventOnce() async throws {
        let stage = try await Stage()
        try await stage.automate(
            ["expect": ["x"]],
            [
                [
                    "type": "emit-event", "event": "{{ event.event }}.twice",
                    "resource": ["prefect.resource.id": "{{ event.resource.id }}", "n": "{{ 1 + 1 }}"],
                    "payload": ["n": "{{ 1 + 1 }}"],
                ]
            ])
        try await stage.automate(["expect": ["x.twice"]])
        try await stage.orchestrator.take([stage.event("x")])
        let (runner, now) = (stage.runner(), stage.clock.time)
        async let one = runner.tick(at: now)
        async let other = runner.tick(at: now)
        _ = try await (one, other)
        #expect(try await stage.events("prefect.automation.action.failed").map(\.payload) == [])
        let told = try await stage.events("x.twice")
        #expect(told.count == 1 && told.first?.resource.labels == ["prefect.resource.id": "lab.1", "n": "2"])
        #expect(told.first?.payload == ["n": 2])
        #expect(try await stage.events("prefect.automation.triggered").count == 2, "others hear of it")
    }

    @Test func automationsThatTellEachOtherEnd() async throws {
        let stage = try await Stage()
        for (heard, told) in [("a", "b"), ("b", "a")] {
            try await stage.automate(
                ["expect": [.string(heard)]],
                [["type": "emit-event", "event": .string(told), "resource": ["prefect.resource.id": "r"]]])
        }
        try await stage.orchestrator.take([stage.event("a")])
        for _ in 0..<20 { _ = try await stage.runner().tick(at: stage.clock.time) }
        let (a, b) = (try await stage.events("a").count, try await stage.events("b").count)
        #expect(a + b <= 5 && b >= 1)
    }

    @Test(
        arguments: [
            ["type": "emit-event", "event": "x", "resource": [:]],
            ["type": "emit-event", "event": "x", "resource": ["prefect.resource.id": 1]],
            ["type": "emit-event", "resource": ["prefect.resource.id": "a"]],
        ] as [JSONValue])
    func whatMakesNoSenseIsRefused(_ action: JSONValue) {
        #expect(throws: JSONReadingError.self) { try AutomationAction(reading: JSONReader(action)) }
    }

    /// A run that executes for too long, as `sla: {duration: 1h}` of a document has it.
    @Test func aRunThatTakesTooLongIsTold() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deploy()
        _ = try await stage.welcomeAgent()
        try await stage.automate(
            [
                "posture": "Proactive", "after": ["prefect.flow-run.Running"], "for_each": ["prefect.resource.id"],
                "expect": ["prefect.flow-run.Completed", "prefect.flow-run.Failed"], "threshold": 1, "within": 3600,
                "match_related": [
                    ["prefect.resource.role": "deployment", "prefect.resource.name": "plain"],
                    ["prefect.resource.role": "flow", "prefect.resource.name": "sample"],
                ],
            ],
            [
                [
                    "type": "emit-event", "event": "sluice.sla.violated",
                    "resource": ["prefect.resource.id": "d"], "payload": ["flow_run": "{{ event.resource.name }}"],
                ]
            ])
        let quick = try await stage.submit(deployment)
        try await stage.finish(try #require(try await stage.claim().first))
        let slow = try await stage.submit(deployment)
        let grant = try #require(try await stage.claim().first)
        _ = try await stage.report(grant, 1, .started(at: stage.clock.time))
        stage.clock.advance(by: .seconds(3601))
        _ = try await TriggerSweeper(stage.orchestrator).tick(at: stage.clock.time)
        _ = try await stage.runner().tick(at: stage.clock.time)
        let told = try await stage.events("sluice.sla.violated")
        #expect(told.map { $0.payload["flow_run"] } == [.string(slow.name)], "\(quick.name) was in time")
        #expect(told.first?.related(inRole: "flow-run")?.id == "prefect.flow-run.\(slow.id)")
    }

    @Test func whatBelongsToADeploymentIsGoneWithIt() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deploy()
        let body: JSONValue = [
            "name": "owned", "trigger": ["posture": "Reactive", "expect": ["x"]], "actions": [["type": "do-nothing"]],
            "owner_resource": .string("prefect.deployment.\(deployment.id)"),
        ]
        let owned = try await stage.orchestrator.createAutomation(AutomationRequest(reading: JSONReader(body)))
        try await stage.automate(["expect": ["y"]])
        try await stage.orchestrator.deleteDeployment(deployment.id)
        await #expect(throws: OrchestrationError.self) { try await stage.orchestrator.automation(owned.id) }
        #expect(try await stage.orchestrator.countAutomations() == 1)
    }
}
