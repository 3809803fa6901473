import Domain
import HTTPClient
import JSON
import TestSupport
import Testing

/// Look-outs for objects over REST.
@Suite struct SensorTests {
    private static let body: JSONValue = [
        "name": "landing", "every": 60,
        "s3": ["bucket": "b", "prefix": "in/", "access_key": "A", "secret_key": "{{ secrets.key }}"],
    ]

    @Test func sensorsAreMadeListedPausedAndDeleted() async throws {
        try await withServer { server in
            let made = try await server.post("/api/sensors", Self.body)
            #expect(made.status == 201 && made.json["s3"] == Self.body["s3"], "\(made.json)")
            #expect(made.json["every"]?.doubleValue == 60 && made.json["is_primed"] == false)
            #expect(made.json["next_look"] == server.clock.time.json && made.json["error"] == .null)
            #expect(try await server.post("/api/sensors", Self.body).status == 409)
            let id = try #require(made.json["id"]?.stringValue)
            #expect(try await server.get("/api/sensors/\(id)").json == made.json)
            #expect(try await server.post("/api/sensors/filter", [:]).json.arrayValue?.count == 1)
            let paused = try await server.json(.patch, "/api/sensors/\(id)", ["enabled": false])
            #expect(paused.status == 200 && paused.json["next_look"] == .null && paused.json["enabled"] == false)
            #expect(try await server.send(.delete, "/api/sensors/\(id)").status == 204)
            for gone in [
                try await server.get("/api/sensors/\(id)"), try await server.send(.delete, "/api/sensors/\(id)"),
                try await server.json(.patch, "/api/sensors/\(id)", ["enabled": true]),
            ] {
                #expect(gone.status == 404)
            }
            #expect(try await server.post("/api/sensors/filter", [:]).json == [])
        }
    }

    @Test(
        arguments: [
            (["name": "x"], "s3"), (["name": "", "s3": ["bucket": "b"]], "name"),
            (["name": "x", "s3": ["bucket": "b"], "every": 1], "every"),
            (["name": "x", "s3": ["bucket": "b", "access_key": "A", "secret_key": "hush"]], "sluice secret set"),
        ] as [(JSONValue, String)])
    func whatMakesNoSenseIsRefused(_ body: JSONValue, _ words: String) async throws {
        try await withServer { server in
            let answer = try await server.post("/api/sensors", body)
            #expect(answer.status == 422 && answer.json.serialized().contains(words), "\(answer.json)")
        }
    }

    @Test func aDeploymentBringsItsSensors() async throws {
        try await withServer { server in
            let deployment = try await server.deploy(more: ["sensors": [Self.body]])
            let sensors = try await server.post("/api/sensors/filter", [:]).json
            #expect(sensors[0]?["deployment_id"] == .string(deployment) && sensors[0]?["name"] == "landing")
            _ = try await server.send(.delete, "/api/deployments/\(deployment)")
            #expect(try await server.post("/api/sensors/filter", [:]).json == [])
        }
    }
}
