import JSON
import Synchronization
import TestSupport
import Testing

@testable import SluiceCLI

/// The triggers and the level of service that a document states.
@Suite struct DeployTriggerTests {
    private static let document = """
        flow: etl
        name: report
        command: [sh, run.sh]
        code: none
        triggers:
          - {after: etl/load, state: [failed, completed], parameters: {run: "{{ flow_run.id }}"}}
          - {event: a.b, within: 90s}
          - {hook: pushes}
        sla: {duration: 1h, missing: {by: 07:00, timezone: Europe/Berlin}}

        """

    /// A server that keeps the deployment and makes automations of its triggers, as the real one does.
    private final class Keeper: Sendable {
        private let deployment = Mutex<JSONObject?>(nil)

        func answer(_ request: CannedRequest) -> CannedAnswer? {
            let body = (try? JSONValue(parsing: request.body))?.objectValue ?? [:]
            let fixed: JSONObject = ["id": "d9", "flow_name": "etl"]
            switch (request.method, request.path.dropFirst("/api".count)) {
            case ("GET", "/deployments/name/etl/report"):
                guard let known = deployment.withLock({ $0 }) else {
                    return CannedAnswer(404, #"{"detail": "Deployment not found"}"#)
                }
                return CannedAnswer(200, JSONValue.object(known).serialized())
            case ("POST", "/deployments/"):
                let limit: JSONObject = ["global_concurrency_limit": .null]
                let made = body.merging(fixed).merging(limit)
                deployment.withLock { $0 = made }
                return CannedAnswer(201, JSONValue.object(made).serialized())
            case ("POST", "/flows/"): return CannedAnswer(200, #"{"id": "f"}"#)
            case ("GET", "/automations/related-to/prefect.deployment.d9"):
                let triggers = deployment.withLock { $0?["triggers"]?.arrayValue ?? [] }
                return CannedAnswer(200, JSONValue.array(triggers.map(Self.automation)).serialized())
            default: return nil
            }
        }

        private static func automation(_ stated: JSONValue) -> JSONValue {
            let hook: JSONValue = [
                "expect": ["sluice.hook.received"],
                "match_related": [
                    "prefect.resource.role": "hook", "prefect.resource.name": stated["hook"] ?? .null,
                ],
            ]
            return [
                "id": "a", "name": stated["name"] ?? .null, "enabled": true, "tags": ["sluice:document"],
                "trigger": stated["trigger"] ?? hook,
                "actions": [
                    [
                        "type": "run-deployment", "source": "selected", "deployment_id": "d9",
                        "parameters": stated["parameters"] ?? [:], "schedule_after": stated["schedule_after"] ?? 0,
                    ]
                ],
            ]
        }
    }

    @Test func `Triggers and level go with the deployment, in one request, when they differ`() async throws {
        let keeper = Keeper()
        let fake = try FakeServer { keeper.answer($0) }
        let folder = try TemporaryFile("sluice.yaml", Self.document)
        let first = await fake.harness.run("deploy", folder.folder)
        #expect(first.code == 0, "\(first)")
        let sent = try #require(fake.bodies("POST", "/deployments/").first)
        let triggers = sent["triggers"]?.arrayValue ?? []
        #expect(
            triggers.map { $0["name"] } == [
                "etl/report after etl/load", "etl/report on a.b", "etl/report by hook pushes",
            ])
        #expect(triggers[0]["trigger"]?["expect"] == ["prefect.flow-run.Completed", "prefect.flow-run.Failed"])
        #expect(triggers[0]["parameters"] == ["run": "{{ flow_run.id }}"])
        #expect(triggers[1]["trigger"]?["within"] == 90.0)
        #expect(triggers[2]["hook"] == "pushes")
        #expect(sent["sla"]?["missing"] == ["by": "07:00", "timezone": "Europe/Berlin"])
        #expect(sent["sla"]?["duration"] == 3600.0)

        let same = await fake.harness.run("deploy", folder.folder)
        #expect(same.output.contains("unchanged"), "\(same)")
        #expect(fake.bodies("POST", "/deployments/").count == 1, "what is there stays")
        try folder.write("sluice.yaml", Self.document.replacing("90s", with: "2m"))
        let second = await fake.harness.run("deploy", folder.folder)
        #expect(second.output.contains("triggers") && !second.output.contains("sla"), "\(second)")
        try folder.write("sluice.yaml", Self.document.replacing("90s", with: "2m").replacing("1h", with: "2h"))
        let third = await fake.harness.run("deploy", folder.folder)
        #expect(third.output.contains("sla") && !third.output.contains("triggers"), "\(third)")
        let automations = fake.server.requests.map(\.path).filter { $0.hasPrefix("/api/automations/") }
        #expect(automations.allSatisfy { $0.contains("related-to") }, "the server makes them itself")
    }

    @Test func `What the server adds is no difference`() {
        let wanted: JSONValue = ["a": 1, "b": [["c": "d"]], "n": .null]
        #expect(StatedTriggers.covers(["a": 1.0, "b": [["c": "d", "e": 1]], "f": 2], wanted))
        #expect(!StatedTriggers.covers(["a": 2, "b": [["c": "d"]]], wanted))
        #expect(!StatedTriggers.covers(["a": 1, "b": []], wanted))
    }
}
