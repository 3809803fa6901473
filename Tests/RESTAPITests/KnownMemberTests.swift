import JSON
import Testing

/// Parts of bodies that are kept as they come, but for what the API says that they are.
@Suite struct KnownMemberTests {
    @Test func whatIsToBeANumberIsOne() async throws {
        try await withServer { server in
            let flow = try await server.post("/api/flows", ["name": "etl"]).json["id"] ?? .null
            let policy: JSONValue = ["retries": "3", "retry_delay": .null, "mine": "kept"]
            let run = try await server.post("/api/flow_runs", ["flow_id": flow, "empirical_policy": policy])
            #expect(run.json["empirical_policy"]?["retries"] == 3)
            #expect(run.json["empirical_policy"]?["mine"] == "kept")
            let refused = try await server.post(
                "/api/flow_runs", ["flow_id": flow, "empirical_policy": ["retries": "often"]])
            #expect(refused.status == 422)
        }
    }

    @Test(arguments: [
        ("transition_id", "x" as JSONValue), ("pause_timeout", "soon"), ("deferred", 7), ("cache_key", 1),
    ])
    func detailsOfAStateAreWhatTheyShouldBe(_ key: String, _ value: JSONValue) async throws {
        try await withServer { server in
            let flow = try await server.post("/api/flows", ["name": "etl"]).json["id"] ?? .null
            let state: JSONValue = ["type": "PENDING", "state_details": .object(JSONObject([(key, value)]))]
            let answer = try await server.post("/api/flow_runs", ["flow_id": flow, "state": state])
            #expect(answer.status == 422)
            #expect(
                answer.json["exception_detail"]?.arrayValue?.first?["loc"] == [
                    "body", "state", "state_details", .string(key),
                ])
        }
    }

    @Test func pullStepsAreAListOfObjects() async throws {
        try await withServer { server in
            let flow = try await server.post("/api/flows", ["name": "etl"]).json["id"] ?? .null
            let body: JSONObject = ["name": "nightly", "flow_id": flow]
            for steps: JSONValue in ["x", ["x"], [["prefect.deployments.steps.set_working_directory": []]]] {
                let answer = try await server.post("/api/deployments", .object(body.merging(["pull_steps": steps])))
                #expect(answer.status == (steps.arrayValue?.first?.objectValue == nil ? 422 : 201))
            }
        }
    }

    @Test func aLogLinesTaskRunIsAnID() async throws {
        try await withServer { server in
            let line: JSONValue = [
                "name": "flow", "level": 20, "message": "hi", "timestamp": "2026-01-01T00:00:00Z", "task_run_id": "AAA",
            ]
            let answer = try await server.post("/api/logs", [line])
            #expect(answer.status == 422)
        }
    }
}
