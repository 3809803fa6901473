import Domain
import HTTPClient
import JSON
import Orchestration
import TestSupport
import Testing

/// What is expected of deployments, and what starts their runs, over REST.
@Suite struct ServiceLevelRouteTests {
    @Test func `What is expected comes with the deployment, and what was not kept is listed`() async throws {
        try await withServer { server in
            let level: JSONValue = ["duration": 60.0, "missing": 10.0]
            let deployment = try await server.deploy(more: ["sla": level])
            let shown = try await server.get("/api/deployments/\(deployment)").json["sla"] ?? .null
            #expect(shown.isMathematicallyEqual(to: level))
            let (orchestrator, path) = (server.orchestrator, "/api/deployments/\(deployment)/sla_breaches")
            #expect(try await server.get(path).json == [])
            let run = try await server.run(deployment)
            try await server.force(run, "RUNNING")
            let now = orchestrator.now
            _ = try await LevelWatcher(orchestrator, startedAt: now).tick(at: now + .seconds(100))
            let breaches = try await server.get(path).json.arrayValue ?? []
            #expect(Set(breaches.compactMap { $0["sla"]?.stringValue }) == ["duration", "missing"])
            #expect(try await server.get("\(path)?limit=1").json.arrayValue?.count == 1)
            let ofRun = try await server.get("/api/flow_runs/\(run)").json["sla_breaches"]?.arrayValue ?? []
            #expect(ofRun.count == 1 && ofRun.first?["sla"] == "duration" && ofRun.first?["since"]?.stringValue != nil)
            let listed = try await server.post("/api/flow_runs/filter").json[0]?["sla_breaches"]
            #expect(listed == .array(ofRun))
            for limit in ["0", "201", "x"] {
                #expect(try await server.get("\(path)?limit=\(limit)").status == 422)
            }
            // Without a word of it, it is gone: a deployment of Sluice's own is what is said of it.
            _ = try await server.deploy()
            #expect(try await server.get("/api/deployments/\(deployment)").json["sla"] == .null)
        }
    }

    @Test(
        arguments: [
            ["sla": ["late": 1]], ["sla": ["missing": ["by": "25:00"]]],
            ["sla": ["missing": ["by": "07:00", "timezone": "X/Y"]]],
            ["sla": ["when": 60]], ["triggers": [["name": "a", "hook": "none"]]], ["triggers": [["name": "a"]]],
            ["triggers": 5],
        ] as [JSONObject])
    func `What makes no sense is refused, and nothing is deployed`(_ more: JSONObject) async throws {
        try await withServer { server in
            let answer = try await server.deploy(more: more)
            #expect(answer.contains("422"))
            #expect(try await server.get("/api/deployments/name/etl/nightly").status == 404)
        }
    }

    @Test func `Triggers become automations with the deployment`() async throws {
        try await withServer { server in
            let trigger: JSONValue = [
                "name": "heard", "trigger": ["type": "event", "posture": "Reactive", "expect": ["x"]],
                "schedule_after": 60,
            ]
            let deployment = try await server.deploy(more: ["triggers": [trigger]])
            let path = "/api/automations/related-to/prefect.deployment.\(deployment)"
            let made = try await server.get(path).json
            #expect(made[0]?["name"] == "heard" && made[0]?["actions"]?[0]?["deployment_id"] == .string(deployment))
            #expect(made[0]?["actions"]?[0]?["schedule_after"] == 60.0)
            _ = try await server.deploy(more: ["triggers": []])
            #expect(try await server.get(path).json == [])
        }
    }
}
