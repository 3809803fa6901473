import JSON
import TestSupport
import Testing

@testable import SluiceCLI

@Suite struct AutomationCommandTests {
    private static let automation: JSONValue = [
        "id": "01a1fbdd-5e19-7d24-b32f-3f1de5513202", "name": "noted", "enabled": true,
        "trigger": ["type": "event", "posture": "Proactive", "expect": ["lab.tick"], "threshold": 1, "within": 60],
        "actions": [["type": "do-nothing"]],
    ]
    private static let letter: JSONValue = [
        "id": "01a1fbdd-0000-7d24-b32f-3f1de5513202", "state": "DEAD", "automation_name": "noted", "tries": 9,
        "action": ["type": "call-webhook"], "event": ["event": "lab.tick"], "reason": "the service answered 500",
    ]

    private func server(_ automations: [JSONValue] = [automation]) throws -> FakeServer {
        try FakeServer { request in
            switch (request.method, request.path.dropFirst("/api".count)) {
            case ("POST", "/automations/filter"): CannedAnswer(200, automations.json.serialized())
            case ("POST", "/automations/"): CannedAnswer(201, Self.automation.serialized())
            case ("PUT", _), ("PATCH", _), ("DELETE", _), ("POST", "/events"): CannedAnswer(204)
            case ("GET", "/automations/01a1fbdd-5e19-7d24-b32f-3f1de5513202"):
                CannedAnswer(200, Self.automation.serialized())
            case ("GET", "/block_types/slug/slack-webhook/block_documents/name/alerts"):
                CannedAnswer(200, #"{"id": "b1"}"#)
            case ("POST", "/automations/deliveries/filter"): CannedAnswer(200, "[\(Self.letter.serialized())]")
            case ("POST", let path) where path.hasSuffix("/retry"): CannedAnswer(202, Self.letter.serialized())
            default: nil
            }
        }
    }

    private static let file = """
        name: noted
        trigger: {posture: Reactive, expect: [x]}
        actions:
          - {type: run-deployment, deployment: etl/daily, parameters: {a: "{{ event.id }}"}}
          - {type: send-notification, block: slack-webhook/alerts, body: hello}
        """

    @Test func `A file is made an automation, with ids for names`() async throws {
        let file = try TemporaryFile("a.yaml", Self.file)
        let fake = try server([])
        let outcome = await fake.harness.run("automation", "create", file.path)
        #expect(outcome.code == 0 && outcome.output.contains("'noted' is there"), "\(outcome)")
        let actions = fake.bodies("POST", "/automations/").first?["actions"]
        #expect(actions?[0]?["deployment_id"] == "d1" && actions?[0]?["deployment"] == nil)
        #expect(actions?[0]?["parameters"] == ["a": "{{ event.id }}"])
        #expect(actions?[1]?["block_document_id"] == "b1")
    }

    @Test func `What is there is replaced only if that is wanted`() async throws {
        let file = try TemporaryFile("a.yaml", Self.file)
        let fake = try server()
        let refused = await fake.harness.run("automation", "create", file.path)
        #expect(refused.code == 1 && refused.errors.contains("--replace"), "\(refused)")
        #expect(await fake.harness.run("automation", "create", file.path, "--replace").code == 0)
        #expect(fake.bodies("PUT", "/automations/01a1fbdd-5e19-7d24-b32f-3f1de5513202").count == 1)
        #expect(fake.bodies("POST", "/automations/").isEmpty)
    }

    @Test(arguments: [
        ("name: {{ x }}", "put it in quotes"), ("[1]", "an automation is a mapping"), ("", "nothing"),
        ("name: x\nactions: [{type: a, deployment: etl}]", "not FLOW/DEPLOYMENT"),
        ("name: x\nactions: [{type: a, block: pigeon}]", "not TYPE/NAME"),
    ])
    func `A file that is none is refused`(_ text: String, _ message: String) async throws {
        let file = try TemporaryFile("a.yaml", text)
        let fake = try server()
        let outcome = await fake.harness.run("automation", "create", file.path)
        #expect(outcome.code == 2 && outcome.errors.contains(message), "\(outcome)")
    }

    @Test func `Automations are listed, shown and paused`() async throws {
        let fake = try server()
        let list = await fake.harness.run("automation", "ls")
        #expect(list.output.contains("noted") && list.output.contains("no lab.tick in 1m"), "\(list)")
        let shown = await fake.harness.run("automation", "show", "noted")
        #expect(shown.output.contains("Dead letters") && shown.output.contains("do-nothing"), "\(shown)")
        #expect(await fake.harness.run("automation", "pause", "01a1").code == 0)
        let path = "/automations/01a1fbdd-5e19-7d24-b32f-3f1de5513202"
        #expect(fake.bodies("PATCH", path) == [["enabled": false]])
        let wrong = await fake.harness.run("automation", "resume", "notd")
        #expect(wrong.code == 1 && wrong.errors.contains("did you mean 'noted'?"), "\(wrong)")
        #expect(await fake.harness.run("automation", "rm", "noted", "--yes").code == 0)
    }

    @Test func `Dead letters are listed, shown, sent again and dropped`() async throws {
        let fake = try server()
        let list = await fake.harness.run("automation", "dead", "ls")
        #expect(list.output.contains("the service") && list.output.contains("call-webhook"), "\(list)")
        #expect(fake.bodies("POST", "/automations/deliveries/filter").first?["state"] == "DEAD")
        let shown = await fake.harness.run("automation", "dead", "show", "01a1fbdd-0000")
        #expect(shown.output.contains("lab.tick"), "\(shown)")
        let sent = await fake.harness.run("automation", "dead", "retry", "--all")
        #expect(sent.output == "1 message to be sent again.\n", "\(sent)")
        #expect(await fake.harness.run("automation", "dead", "rm", "01a1", "-y").code == 0)
        let wrong = await fake.harness.run("automation", "dead", "show", "ffff")
        #expect(wrong.code == 1 && wrong.errors.contains("there is no message"), "\(wrong)")
    }

    @Test func `An event is told`() async throws {
        let fake = try server()
        let outcome = await fake.harness.run(
            "event", "emit", "lab.tick", "--resource", "lab.1", "-l", "a=b", "--payload", #"{"n": 1}"#)
        #expect(outcome.code == 0 && outcome.output.contains("lab.tick is told"), "\(outcome)")
        let told = fake.bodies("POST", "/events").first?[0]
        #expect(told?["event"] == "lab.tick" && told?["payload"] == ["n": 1])
        #expect(told?["resource"] == ["prefect.resource.id": "lab.1", "a": "b"])
    }
}
