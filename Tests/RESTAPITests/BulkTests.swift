import JSON
import Testing

/// Prefect's way to queue many runs with one request.
@Suite struct BulkTests {
    private static let schema: JSONObject = [
        "parameter_openapi_schema": ["type": "object", "properties": ["a": ["type": "integer"]]],
        "enforce_parameter_schema": true,
    ]

    @Test func eachOfManyRunsIsAnsweredForItself() async throws {
        try await withServer { server in
            let path = "/api/deployments/\(try await server.deploy(more: Self.schema))/create_flow_run/bulk"
            let results = try await server.post(
                path,
                [
                    ["parameters": ["a": 1], "idempotency_key": "k"], ["parameters": ["a": "x"]],
                    ["parameters": ["a": 2], "idempotency_key": "k"],
                    ["parameters": ["a": 3], "work_queue_name": "nowhere"],
                ]
            ).json["results"]
            let first = try #require(results?[0]?["flow_run_id"]?.stringValue)
            #expect(results?[0] == ["flow_run_id": .string(first), "status": "CREATED", "error": .null])
            #expect(results?[2] == results?[0], "a repeated key is the same run")
            for index in [1, 3] {
                #expect(results?[index]?["status"] == "FAILED")
                #expect(results?[index]?["flow_run_id"] == .null)
            }
            #expect(results?[1]?["error"]?.stringValue?.hasPrefix("Parameter validation failed: ") == true)
            #expect(results?[3]?["error"]?.stringValue?.contains("nowhere") == true)
            #expect(try await server.post("/api/flow_runs/count").json == 1)
            #expect(try await server.get("/api/flow_runs/\(first)").json["parameters"] == ["a": 1])
        }
    }

    @Test func aHundredAtOnceAndNoMore() async throws {
        try await withServer { server in
            let path = "/api/deployments/\(try await server.deploy())/create_flow_run/bulk"
            let run: JSONValue = ["parameters": ["a": 1]]
            let tooMany = try await server.post(path, .array(Array(repeating: run, count: 101)))
            #expect(tooMany.status == 400)
            #expect(tooMany.json["detail"] == "Cannot create more than 100 flow runs at once.")
            #expect(try await server.post("/api/flow_runs/count").json == 0)
            #expect(try await server.post(path, .array(Array(repeating: run, count: 100))).status == 200)
            #expect(try await server.post("/api/flow_runs/count").json == 100)
            #expect(try await server.post(path, []).json["results"] == [])
            #expect(try await server.post(path, ["parameters": [:]]).status == 422)
            let nobody = "/api/deployments/00000000-0000-0000-0000-000000000000/create_flow_run/bulk"
            #expect(try await server.post(nobody, []).status == 404)
        }
    }
}
