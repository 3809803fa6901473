import JSON
import Synchronization
import TestSupport
import Testing

@testable import SluiceCLI

/// The automations that a document states.
@Suite struct DeployTriggerTests {
    private static let document = """
        flow: etl
        name: report
        command: [sh, run.sh]
        code: none
        triggers:
          - {after: etl/load, state: [failed, completed], parameters: {run: "{{ flow_run.id }}"}}
          - {event: a.b, within: 90s}
        sla: {duration: 1h}

        """

    /// A server that has the deployment, and keeps automations.
    private final class Keeper: Sendable {
        let automations = Mutex<[JSONObject]>([])

        func answer(_ request: CannedRequest) -> CannedAnswer? {
            let body = (try? JSONValue(parsing: request.body))?.objectValue ?? [:]
            let path = request.path.dropFirst("/api".count)
            switch (request.method, path) {
            case ("GET", "/deployments/name/etl/report"), ("POST", "/deployments/"):
                return CannedAnswer(201, #"{"id": "d9", "name": "report", "flow_name": "etl"}"#)
            case ("POST", "/flows/"): return CannedAnswer(200, #"{"id": "f"}"#)
            case ("GET", "/automations/related-to/prefect.deployment.d9"):
                return CannedAnswer(200, automations.withLock { JSONValue.array($0.map { .object($0) }).serialized() })
            case ("POST", "/automations/"):
                let made = automations.withLock { kept in
                    kept.append(body.merging(["id": .string("a\(kept.count)")]))
                    return kept[kept.count - 1]
                }
                return CannedAnswer(201, JSONValue.object(made).serialized())
            case (let method, _) where path.hasPrefix("/automations/a"):
                let id = JSONValue.string(String(path.split(separator: "/").last ?? ""))
                return automations.withLock { kept in
                    guard let index = kept.firstIndex(where: { $0["id"] == id }) else { return CannedAnswer(404) }
                    if method == "DELETE" { kept.remove(at: index) }
                    if method == "PUT" { kept[index] = body.merging(["id": id]) }
                    return method == "GET"
                        ? CannedAnswer(200, JSONValue.object(kept[index]).serialized()) : CannedAnswer(204)
                }
            default: return nil
            }
        }
    }

    @Test func `Triggers become automations of the deployment, and follow the document`() async throws {
        let keeper = Keeper()
        let fake = try FakeServer { keeper.answer($0) }
        let folder = try TemporaryFile("sluice.yaml", Self.document)
        let first = await fake.harness.run("deploy", folder.folder)
        #expect(first.code == 0 && first.output.contains("triggers, sla"), "\(first)")
        let made = fake.bodies("POST", "/automations/")
        #expect(made.count == 3 && made.allSatisfy { $0["owner_resource"] == "prefect.deployment.d9" })
        #expect(
            made.map { $0["name"] } == [
                "etl/report after etl/load", "etl/report on a.b", "SLA of etl/report: duration",
            ])
        #expect(made[0]["trigger"]?["expect"] == ["prefect.flow-run.Completed", "prefect.flow-run.Failed"])
        #expect(made[0]["actions"]?[0]?["parameters"] == ["run": "{{ flow_run.id }}"])
        #expect(made[0]["actions"]?[0]?["deployment_id"] == "d9")
        #expect(made[1]["trigger"]?["within"] == 90.0)
        #expect(made[2]["actions"]?[0]?["event"] == "sluice.sla.violated")
        #expect(made[2]["trigger"]?["posture"] == "Proactive" && made[2]["trigger"]?["within"] == 3600.0)

        _ = await fake.harness.run("deploy", folder.folder)
        #expect(fake.bodies("POST", "/automations/").count == 3, "what is there stays")
        try folder.write(
            "sluice.yaml", Self.document.replacing("90s", with: "2m").replacing("sla: {duration: 1h}", with: ""))
        let second = await fake.harness.run("deploy", folder.folder)
        #expect(second.output.contains("triggers, sla"), "\(second)")
        #expect(
            keeper.automations.withLock { $0.map { $0["name"] } } == ["etl/report after etl/load", "etl/report on a.b"])
        #expect(fake.bodies("PUT", "/automations/a1").first?["trigger"]?["within"] == 120.0)
    }

    @Test func `What the server adds is no difference`() {
        let wanted: JSONValue = ["a": 1, "b": [["c": "d"]], "n": .null]
        #expect(DeploymentAutomations.covers(["a": 1.0, "b": [["c": "d", "e": 1]], "f": 2], wanted))
        #expect(!DeploymentAutomations.covers(["a": 2, "b": [["c": "d"]]], wanted))
        #expect(!DeploymentAutomations.covers(["a": 1, "b": []], wanted))
    }
}
