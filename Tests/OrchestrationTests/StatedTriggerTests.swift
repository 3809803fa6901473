import Domain
import JSON
import Storage
import TestSupport
import Testing

@testable import Orchestration

/// What starts runs of a deployment, sent with the deployment.
@Suite struct StatedTriggerTests {
    private static func triggers(_ json: JSONValue) throws -> [StatedTrigger]? {
        try StatedTriggers(reading: JSONReader(["triggers": json])).triggers
    }

    private static let heard: JSONValue = [
        "name": "heard", "trigger": ["type": "event", "posture": "Reactive", "expect": ["x"]],
        "parameters": ["a": "{{ event.resource.id }}"],
    ]

    @Test func `They are made, changed and deleted with the deployment`() async throws {
        let stage = try await Stage()
        let triggers = try Self.triggers([Self.heard])
        let deployment = try await stage.deploy { $0.triggers = triggers }
        let made = try await stage.stated(deployment)
        #expect(made.map(\.name) == ["heard"] && made.first?.isEnabled == true)
        try await stage.orchestrator.setEnabled(false, automation: try #require(made.first).id)
        let paused = try await stage.stated(deployment)
        _ = try await stage.deploy { $0.triggers = triggers }
        #expect(try await stage.stated(deployment) == paused, "the same once more changes nothing")

        let others = try Self.triggers([
            Self.heard.merging(["parameters": ["a": 2]]),
            ["name": "other", "trigger": ["type": "event", "posture": "Reactive", "expect": ["y"]]],
        ])
        _ = try await stage.deploy { $0.triggers = others }
        let changed = try await stage.stated(deployment)
        #expect(changed.map(\.name) == ["heard", "other"] && changed.first?.id == made.first?.id)
        #expect(changed.map(\.isEnabled) == [false, true], "one that is paused stays so")
        _ = try await stage.deploy()
        #expect(try await stage.stated(deployment).count == 2, "who says nothing changes nothing")
        _ = try await stage.deploy { $0.triggers = [] }
        #expect(try await stage.stated(deployment) == [])
    }

    @Test func `A hook's deliveries start runs, also after the hook has changed`() async throws {
        let stage = try await Stage()
        _ = try await stage.orchestrator.createHook(try Self.hook("pushes", event: "git.{{ body.kind }}"))
        let triggers = try Self.triggers([["name": "by hook", "hook": "pushes"]])
        let deployment = try await stage.deploy { $0.triggers = triggers }
        #expect(try await stage.expected(deployment) == ["git.*"])
        let delivery = HookDelivery(body: Array(#"{"kind": "push"}"#.utf8), headers: [:], query: [:])
        _ = try await stage.orchestrator.receive(delivery, at: "pushes")
        _ = try await stage.runner().tick(at: stage.clock.time)
        #expect(try await stage.orchestrator.runs(of: deployment) == 1)

        _ = try await stage.orchestrator.createHook(try Self.hook("others", event: "git.x"))
        _ = try await stage.orchestrator.receive(delivery, at: "others")
        _ = try await stage.runner().tick(at: stage.clock.time)
        #expect(try await stage.orchestrator.runs(of: deployment) == 1, "that was another hook")

        _ = try await stage.orchestrator.replaceHook(
            named: "pushes", with: try Self.hook("pulls", event: "pulled"))
        #expect(try await stage.expected(deployment) == ["pulled"])
        _ = try await stage.orchestrator.receive(delivery, at: "pulls")
        _ = try await stage.runner().tick(at: stage.clock.time)
        #expect(try await stage.orchestrator.runs(of: deployment) == 2)
    }

    @Test func `An unknown hook is told, and nothing is kept`() async throws {
        let stage = try await Stage()
        let triggers = try Self.triggers([["name": "by hook", "hook": "pushes"]])
        await #expect {
            try await stage.deploy { $0.triggers = triggers }
        } throws: { error in
            "\(error)".contains("the hook \"pushes\", which does not exist")
                && "\(error)".contains("sluice hook create")
        }
        #expect(try await stage.orchestrator.count(in: .deployment, .always) == 0)
    }

    @Test(
        arguments: [
            [["name": "a"]], [["hook": "a"]], [["name": "a", "hook": "b"], ["name": "a", "hook": "c"]],
            [["name": "a", "trigger": ["type": "compound", "triggers": [], "require": "any"]]],
            [["name": "a", "hook": "b", "schedule_after": -1]], [["name": "a", "hook": "b", "schedule_after": 1e300]],
            [["name": "a", "hook": "b", "what": 1]],
        ] as [JSONValue])
    func `What makes no sense is refused`(_ json: JSONValue) {
        #expect(throws: JSONReadingError.self) { try Self.triggers(json) }
    }

    private static func hook(_ name: String, event: String) throws -> HookRequest {
        try HookRequest(
            reading: JSONReader([
                "name": .string(name), "signature": ["scheme": "none"], "event": ["name": .string(event)],
            ]))
    }
}

extension Stage {
    fileprivate func stated(_ deployment: Deployment) async throws -> [Automation] {
        try await orchestrator.automations(relatedTo: "prefect.deployment.\(deployment.id)").sorted {
            $0.name < $1.name
        }
    }

    fileprivate func expected(_ deployment: Deployment) async throws -> Set<String> {
        guard case .event(let trigger) = try await stated(deployment).first?.trigger else { return [] }
        return trigger.expect
    }
}

extension Orchestrator {
    fileprivate func runs(of deployment: Deployment) async throws -> Int {
        try await database.read { store in
            try store.count(in: .run, .test("run.deployment_id = ?", [.id(deployment.id)]))
        }
    }
}

extension JSONValue {
    fileprivate func merging(_ more: JSONObject) -> JSONValue { .object((objectValue ?? [:]).merging(more)) }
}
