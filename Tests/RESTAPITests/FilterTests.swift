import JSON
import TestSupport
import Testing

/// What filters mean, by what is found.
@Suite struct FilterTests {
    /// Three runs: `one` of etl/nightly with tags, due later; `two` of etl/weekly, running; `three` of report/nightly.
    private func withRuns(_ body: @Sendable @escaping (TestServer) async throws -> Void) async throws {
        try await withServer { server in
            let nightly = try await server.deploy("nightly", flow: "etl", more: ["tags": ["prod"]])
            let weekly = try await server.deploy("weekly", flow: "etl", more: ["work_queue_name": "slow"])
            let report = try await server.deploy("nightly", flow: "report")
            let later: JSONValue = [
                "type": "SCHEDULED", "state_details": ["scheduled_time": "2026-06-01T00:00:00Z"],
            ]
            _ = try await server.run(nightly, ["name": "one", "tags": ["a", "x,y", "q\"z"], "state": later])
            server.clock.advance(by: .seconds(10))
            let two = try await server.run(weekly, ["name": "two", "tags": ["ab"]])
            try await server.force(two, "RUNNING")
            server.clock.advance(by: .seconds(10))
            _ = try await server.run(report, ["name": "Three"])
            try await body(server)
        }
    }

    private static let runFilters: [(JSONValue, Set<String>)] = [
        ([:], ["one", "two", "Three"]),
        (["flow_runs": .null, "sort": .null, "limit": .null], ["one", "two", "Three"]),
        (["flow_runs": ["name": ["any_": ["one", "Three", "nobody"]]]], ["one", "Three"]),
        (["flow_runs": ["name": ["any_": []]]], []), (["flow_runs": ["id": ["any_": []]]], []),
        (["flow_runs": ["id": ["not_any_": []]]], ["one", "two", "Three"]),
        (["flow_runs": ["id": ["before_": "00000000-0000-0000-0000-000000000000"]]], []),
        (["flow_runs": ["id": ["after_": "00000000-0000-0000-0000-000000000000"]]], ["one", "two", "Three"]),
        (["flow_runs": ["name": ["like_": "THR"]]], ["Three"]), (["flow_runs": ["name": ["like_": "%"]]], []),
        (["flow_runs": ["state": ["type": ["any_": ["RUNNING"]]]]], ["two"]),
        (["flow_runs": ["state": ["type": ["not_any_": ["RUNNING"]]]]], ["one", "Three"]),
        (["flow_runs": ["state": ["name": ["any_": ["Scheduled", "Late"]]]]], ["one", "Three"]),
        (["flow_runs": ["tags": ["all_": ["a"]]]], ["one"]), (["flow_runs": ["tags": ["all_": ["A"]]]], []),
        (["flow_runs": ["tags": ["all_": ["a", "prod"]]]], ["one"]),
        (["flow_runs": ["tags": ["all_": ["x,y", "q\"z"]]]], ["one"]), (["flow_runs": ["tags": ["all_": ["x"]]]], []),
        (["flow_runs": ["tags": ["all_": [","]]]], []),
        (["flow_runs": ["tags": ["all_": []]]], ["one", "two", "Three"]),
        (["flow_runs": ["tags": ["any_": ["a", "ab"]]]], ["one", "two"]),
        (["flow_runs": ["tags": ["is_null_": true]]], ["Three"]),
        (
            ["flow_runs": ["operator": "or_", "name": ["any_": ["one"]], "state": ["type": ["any_": ["RUNNING"]]]]],
            ["one", "two"]
        ),
        (
            [
                "flow_runs": [
                    "state": ["operator": "or_", "type": ["any_": ["RUNNING"]], "name": ["any_": ["Scheduled"]]]
                ]
            ], ["one", "two", "Three"]
        ),
        (["flow_runs": ["expected_start_time": ["before_": "2026-01-01T00:00:10Z"]]], ["two"]),
        (["flow_runs": ["expected_start_time": ["after_": "2026-06-01T00:00:00.000Z"]]], ["one"]),
        (["flow_runs": ["start_time": ["is_null_": true]]], ["one", "Three"]),
        (["flow_runs": ["start_time": ["is_null_": false]]], ["two"]),
        (["flow_runs": ["next_scheduled_start_time": ["after_": "2026-02-01T00:00:00Z"]]], ["one"]),
        (["flow_runs": ["parent_task_run_id": ["is_null_": true]]], ["one", "two", "Three"]),
        (["flow_runs": ["work_queue_name": ["any_": ["slow"]]]], ["two"]),
        (["flows": ["name": ["any_": ["etl"]]]], ["one", "two"]),
        (["deployments": ["name": ["any_": ["nightly"]]]], ["one", "Three"]),
        (["flows": ["name": ["any_": ["etl"]]], "deployments": ["name": ["any_": ["nightly"]]]], ["one"]),
        (["deployments": ["tags": ["all_": ["prod"]]]], ["one"]),
        (["work_pools": ["name": ["any_": ["default"]]]], ["one", "two", "Three"]),
        (["work_pools": ["name": ["any_": ["other"]]]], []),
        (["work_pool_queues": ["name": ["any_": ["slow"]]]], ["two"]),
        (["work_queues": ["name": ["startswith_": ["sl"]]]], ["two"]),
        (["task_runs": ["state": ["type": ["any_": ["RUNNING"]]]]], []),
        (["task_runs": ["operator": "and_", "id": .null]], ["one", "two", "Three"]),
    ]

    @Test func runs() async throws {
        try await withRuns { server in
            for (body, expected) in Self.runFilters {
                let answer = try await server.post("/api/flow_runs/filter", body)
                let found = Set((answer.json.arrayValue ?? []).compactMap { $0["name"]?.stringValue })
                #expect(found == expected, "\(body): \(answer.status)")
                #expect(try await server.post("/api/flow_runs/count", body).json.intValue == expected.count, "\(body)")
            }
        }
    }

    @Test func flowsAndDeployments() async throws {
        try await withRuns { server in
            let flows: [(JSONValue, [String])] = [
                ([:], ["etl", "report"]), (["flows": ["name": ["like_": "EP"]]], ["report"]),
                (["flow_runs": ["state": ["type": ["any_": ["RUNNING"]]]]], ["etl"]),
                (["deployments": ["name": ["any_": ["weekly"]]]], ["etl"]),
                (["work_queues": ["name": ["any_": ["slow"]]]], ["etl"]),
                (["flows": ["deployment": ["is_null_": true]]], []),
                (["sort": "NAME_DESC"], ["report", "etl"]), (["limit": 1, "offset": 1], ["report"]), (["limit": 0], []),
            ]
            for (body, expected) in flows {
                let found = try await server.post("/api/flows/filter", body).json.arrayValue ?? []
                #expect(found.map { $0["name"]?.stringValue } == expected, "\(body)")
            }
            let deployments: [(JSONValue, Int)] = [
                ([:], 3), (["flows": ["name": ["any_": ["etl"]]]], 2), (["deployments": ["paused": ["eq_": true]]], 0),
                (["deployments": ["flow_or_deployment_name": ["like_": "repo"]]], 1),
                (["deployments": ["flow_or_deployment_name": ["like_": "NIGHT"]]], 2),
                (["deployments": ["work_queue_name": ["any_": ["slow"]]]], 1),
                (["flow_runs": ["name": ["any_": ["one"]]]], 1), (["deployments": ["tags": ["all_": ["prod"]]]], 1),
            ]
            for (body, expected) in deployments {
                #expect(try await server.post("/api/deployments/count", body).json.intValue == expected, "\(body)")
                let found = try await server.post("/api/deployments/filter", body)
                #expect(found.json.arrayValue?.count == expected, "\(body): \(found.text)")
            }
        }
    }

    @Test(arguments: [
        ("ID_DESC", ["Three", "two", "one"]), ("NAME_ASC", ["Three", "one", "two"]),
        ("NAME_DESC", ["two", "one", "Three"]), ("EXPECTED_START_TIME_ASC", ["two", "Three", "one"]),
        ("EXPECTED_START_TIME_DESC", ["one", "Three", "two"]), ("START_TIME_DESC", ["one", "Three", "two"]),
        ("START_TIME_ASC", ["two", "Three", "one"]), ("NEXT_SCHEDULED_START_TIME_ASC", ["Three", "one", "two"]),
        ("END_TIME_DESC", ["Three", "two", "one"]),
    ])
    func orders(_ sort: String, _ expected: [String]) async throws {
        try await withRuns { server in
            let found = try await server.post("/api/flow_runs/filter", ["sort": .string(sort)])
            #expect(found.json.arrayValue?.map { $0["name"]?.stringValue } == expected, "\(found.text)")
        }
    }

    @Test func badFiltersAreRefused() async throws {
        try await withServer { server in
            let bodies: [JSONValue] = [
                ["flow_runs": ["id": ["any_": ["x"]]]], ["flow_runs": ["name": ["any_": "x"]]], ["flow_runs": 7],
                ["flow_runs": ["operator": "xor_"]], ["flow_runs": ["start_time": ["before_": "yesterday"]]],
                ["limit": -1], ["limit": 201], ["limit": "many"], ["offset": -1], ["sort": "UP"], [1],
            ]
            for body in bodies {
                let answer = try await server.post("/api/flow_runs/filter", body)
                #expect(answer.status == 422, "\(body)")
            }
        }
    }

    @Test func runsAreFoundByWhatPeopleRemember() async throws {
        try await withRuns { server in
            let runs = try await server.post("/api/flow_runs/filter", ["sort": "NAME_ASC"]).json
            let id = runs[0]?["id"]?.stringValue ?? ""
            #expect(try await server.get("/api/flow_runs/find/\(id)").json["name"] == "Three")
            #expect(try await server.get("/api/flow_runs/find/\(id.dropLast(2).uppercased())").json["name"] == "Three")
            #expect(try await server.get("/api/flow_runs/find/two").json["name"] == "two")
            // All ids begin with the same milliseconds.
            #expect(try await server.get("/api/flow_runs/find/0").status == 409)
            #expect(try await server.get("/api/flow_runs/find/ffff").status == 404)
        }
    }

    @Test func logs() async throws {
        try await withRuns { server in
            let run = try await server.get("/api/flow_runs/find/two").json["id"] ?? .null
            let lines: [JSONValue] = [(10, 0), (20, 1), (40, 2)].map { level, second in
                [
                    "name": "app", "level": .integer(level), "message": "line \(second)",
                    "timestamp": "2026-01-01T00:00:0\(second)Z", "flow_run_id": run,
                ]
            }
            #expect(try await server.post("/api/logs/", .array(lines)).status == 201)
            let cases: [(JSONValue, [String])] = [
                (["logs": ["flow_run_id": ["any_": [run]]]], ["line 0", "line 1", "line 2"]),
                (["logs": ["flow_run_id": ["any_": []]]], []),
                (["logs": ["level": ["ge_": 20]]], ["line 1", "line 2"]),
                (["logs": ["level": ["le_": 20], "timestamp": .null]], ["line 0", "line 1"]),
                (["logs": ["timestamp": ["after_": "2026-01-01T00:00:02Z"]]], ["line 2"]),
                (["logs": ["timestamp": ["before_": "2026-01-01T00:00:01Z"]]], ["line 0", "line 1"]),
                (["sort": "TIMESTAMP_DESC", "limit": 1], ["line 2"]), (["offset": 2], ["line 2"]),
                (["logs": ["task_run_id": ["is_null_": false]]], []), (["logs": ["text": ["query": "2"]]], ["line 2"]),
            ]
            for (body, expected) in cases {
                let found = try await server.post("/api/logs/filter", body).json.arrayValue ?? []
                #expect(found.map { $0["message"]?.stringValue } == expected, "\(body)")
            }
        }
    }
}
