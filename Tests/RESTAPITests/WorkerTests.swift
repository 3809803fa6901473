import Domain
import HTTPClient
import JSON
import TestSupport
import Testing

/// What Prefect's workers and served flows ask and are told.
@Suite struct WorkerTests {
    private static let template: JSONValue = [
        "job_configuration": ["command": "{{ command }}", "env": ["{{ prefect.variables.x }}", "{{ $HOME }}"]],
        "variables": [
            "type": "object", "required": ["command"],
            "properties": ["command": ["type": "string"], "n": ["type": "integer", "default": 2]],
        ],
    ]

    /// A deployment that a worker of the pool `wp` executes.
    private func deploy(_ server: TestServer, _ more: JSONObject = [:]) async throws -> String {
        _ = try await server.post("/api/work_pools/", ["name": "wp", "type": "process"])
        let flow = try await server.post("/api/flows/", ["name": "typed"]).json["id"] ?? .null
        let body: JSONObject = ["name": "dep", "flow_id": flow, "work_pool_name": "wp", "entrypoint": "b.py:typed"]
        return try await server.post("/api/deployments/", .object(body.merging(more))).json["id"]?.stringValue ?? ""
    }

    private func claim(_ server: TestServer, _ run: String, by worker: String) async throws -> Answer {
        let body: JSONValue = ["state": ["type": "PENDING", "name": "Pending"], "force": false]
        return try await server.send(
            .post, "/api/flow_runs/\(run)/set_state", .bytes(body.serializedBytes()),
            ["Content-Type": "application/json", "X-Prefect-Worker-Name": worker])
    }

    @Test func aWorkerIsOfferedARunAndClaimsIt() async throws {
        try await withServer { server in
            let run = try await server.run(try await deploy(server, ["concurrency_limit": 1]))
            // As the client writes it: a blank, six decimals, an offset.
            let soon = (server.clock.time + .seconds(10)).description.split(separator: "T")
            let poll: JSONValue = ["scheduled_before": .string("\(soon[0]) \(soon[1].dropLast())+00:00")]
            let offers = try await server.post("/api/work_pools/wp/get_scheduled_flow_runs", poll).json
            let offer = try #require(offers[0])
            let pool = try await server.get("/api/work_pools/wp").json
            #expect(offer["flow_run"]?["id"] == .string(run))
            #expect(offer["work_pool_id"] == pool["id"])
            #expect(offer["work_queue_id"] == pool["default_queue_id"])

            let claimed = try await claim(server, run, by: "w1")
            #expect(claimed.status == 201)
            #expect(claimed.json["status"] == "ACCEPT")
            let due = offer["flow_run"]?["next_scheduled_start_time"]
            #expect(claimed.json["state"]?["state_details"]?["scheduled_time"] == due)
            #expect(try await claim(server, run, by: "w2").json["status"] == "ABORT")
            #expect(try await server.get("/api/flow_runs/\(run)").json["agent_name"] == "w1")
            #expect(try await server.post("/api/work_pools/wp/get_scheduled_flow_runs", poll).json == [])

            let status = try await server.post("/api/work_pools/wp/concurrency_status").json
            #expect(status["active_slots"] == 1)
            let holder = try #require(status["queues"]?[0]?["flow_runs"]?[0])
            #expect(Set(try #require(holder.objectValue).map(\.key)) == PrefectKeys.slotSummary)
            #expect(holder["id"] == .string(run))
            let queue = pool["default_queue_id"]?.stringValue ?? ""
            let ofQueue = try await server.post("/api/work_queues/\(queue)/concurrency_status").json
            #expect(ofQueue["flow_runs"]?[0]?["id"] == .string(run))
        }
    }

    @Test func heartbeatsMakeAPoolReadyAndPollsItsQueue() async throws {
        try await withServer { server in
            let deployment = try await deploy(server)
            let heartbeat: JSONValue = ["name": "w1", "heartbeat_interval_seconds": 10]
            _ = try await server.post("/api/work_pools/wp/workers/heartbeat", heartbeat)
            let worker = try #require(try await server.post("/api/work_pools/wp/workers/filter").json[0])
            #expect(Set(try #require(worker.objectValue).map(\.key)) == PrefectKeys.worker)
            #expect(worker["status"] == "ONLINE" && worker["heartbeat_interval_seconds"] == 10)
            #expect(try await server.get("/api/work_pools/wp").json["status"] == "READY")
            #expect(try await server.get("/api/work_pools/wp/queues/default").json["status"] == "NOT_READY")

            let queue = try await server.get("/api/work_pools/wp/queues/default").json["id"]?.stringValue ?? ""
            let look = HTTPBody.bytes(JSONValue.object([:]).serializedBytes())
            let headers: HTTPHeaders = ["Content-Type": "application/json", "X-Prefect-UI": "true"]
            _ = try await server.send(.post, "/api/work_queues/\(queue)/get_runs", look, headers)
            #expect(try await server.get("/api/work_queues/\(queue)").json["last_polled"] == .null, "only looked at")
            _ = try await server.post("/api/work_pools/wp/get_scheduled_flow_runs")
            #expect(try await server.get("/api/work_queues/\(queue)").json["status"] == "READY")
            #expect(try await server.get("/api/work_queues/\(queue)/status").json["healthy"] == true)
            #expect(try await server.get("/api/deployments/\(deployment)").json["status"] == "READY")
            #expect(try await server.get("/api/deployments/\(deployment)").json["last_polled"] != .null)

            server.clock.advance(by: .seconds(61))
            #expect(try await server.get("/api/work_pools/wp").json["status"] == "NOT_READY")
            #expect(try await server.get("/api/work_queues/\(queue)").json["status"] == "NOT_READY")
            #expect(try await server.get("/api/deployments/\(deployment)").json["status"] == "NOT_READY")
            #expect(try await server.post("/api/work_pools/wp/workers/filter").json[0]?["status"] == "OFFLINE")
        }
    }

    @Test func prioritiesOfAPoolsQueuesStayApart() async throws {
        try await withServer { server in
            _ = try await deploy(server)
            func create(_ name: String, _ priority: JSONValue) async throws {
                _ = try await server.post("/api/work_pools/wp/queues", ["name": .string(name), "priority": priority])
            }
            func order() async throws -> [String] {
                let queues = try await server.post("/api/work_pools/wp/queues/filter").json.arrayValue ?? []
                return queues.map { "\($0["name"]?.stringValue ?? "") \($0["priority"]?.intValue ?? 0)" }
            }
            try await create("high", 1)
            try await create("low", 5)
            try await create("free", .null)
            #expect(try await order() == ["high 1", "default 2", "free 3", "low 5"])
            _ = try await server.json(.patch, "/api/work_pools/wp/queues/free", ["priority": 1])
            #expect(try await order() == ["free 1", "high 2", "default 3", "low 5"])
            let renamed = try await server.json(.patch, "/api/work_pools/wp/queues/free", ["name": "low"])
            #expect(renamed.status == 409)
        }
    }

    @Test func jobVariablesHaveToSuitThePool() async throws {
        try await withServer { server in
            func create(_ name: String, _ template: JSONValue) async throws -> Answer {
                let body: JSONValue = ["name": .string(name), "type": "process", "base_job_template": template]
                return try await server.post("/api/work_pools/", body)
            }
            #expect(try await create("wp", Self.template).status == 201)
            let undeclared = try await create(
                "a", ["job_configuration": ["c": "{{ nix }}"], "variables": ["properties": [:]]])
            #expect(undeclared.status == 422 && undeclared.text.contains("undeclared variable(s): nix."))
            #expect(try await create("a", ["job_configuration": ["c": "x"]]).status == 422)
            let broken: JSONValue = [
                "job_configuration": ["c": "x"],
                "variables": ["properties": ["c": ["type": "string", "default": 3]]],
            ]
            #expect(try await create("a", broken).detail.contains("job variable defaults"))

            let flow = try await server.post("/api/flows/", ["name": "typed"]).json["id"] ?? .null
            func deploy(_ variables: JSONValue) async throws -> Answer {
                try await server.post(
                    "/api/deployments/",
                    ["name": "d", "flow_id": flow, "work_pool_name": "wp", "job_variables": variables])
            }
            let refused = try await deploy(["n": "text"])
            #expect(refused.status == 422 && refused.detail.hasPrefix("Error creating deployment: "))
            let deployment = try await deploy(["n": 3]).json["id"]?.stringValue ?? ""
            let path = "/api/deployments/\(deployment)"
            #expect(try await server.json(.patch, path, ["job_variables": ["n": "text"]]).status == 422)
            let incomplete = try await server.post("\(path)/create_flow_run")
            #expect(incomplete.status == 422 && incomplete.detail.contains("'command' is a required property"))
            let complete: JSONValue = ["job_variables": ["command": "x"]]
            #expect(try await server.post("\(path)/create_flow_run", complete).status == 201)
        }
    }

    @Test func whatAPrefectClientDoesNotSpeakOfStays() async throws {
        try await withServer { server in
            let deployment = try await deploy(
                server,
                [
                    "tags": ["t"], "job_variables": ["n": 1], "concurrency_limit": 2, "parameters": ["a": 1],
                    "concurrency_options": ["collision_strategy": "CANCEL_NEW"],
                ])
            _ = try await deploy(server, ["description": "again"])
            let kept = try await server.get("/api/deployments/\(deployment)").json
            #expect(kept["tags"] == ["t"] && kept["job_variables"] == ["n": 1] && kept["description"] == "again")
            #expect(kept["global_concurrency_limit"]?["limit"] == 2 && kept["parameters"] == [:])
            #expect(
                kept["concurrency_options"] == ["collision_strategy": "CANCEL_NEW", "grace_period_seconds": .null])
            let changes: JSONValue = ["work_pool_name": .null, "concurrency_limit": .null, "description": .null]
            #expect(try await server.json(.patch, "/api/deployments/\(deployment)", changes).status == 204)
            let left = try await server.get("/api/deployments/\(deployment)").json
            #expect(left["work_queue_id"] == .null && left["global_concurrency_limit"] == .null)
            #expect(left["description"] == .null && left["tags"] == ["t"])
            let unknown: JSONValue = ["concurrency_options": ["collision_strategy": "X"]]
            #expect(try await server.json(.patch, "/api/deployments/\(deployment)", unknown).status == 422)
        }
    }

    /// Prefect 2's words: job variables by their former name, a schema that is there to be read, a queue by itself.
    @Test func deploymentsOfTheSecondSeriesAreTaken() async throws {
        try await withServer { server in
            let flow = try await server.post("/api/flows/", ["name": "typed"]).json["id"] ?? .null
            let block = "3d54ad77-a9da-480d-8b26-24ec57eccc82"
            let body: JSONValue = [
                "name": "d", "flow_id": flow, "infra_overrides": ["env": ["A": "b"]], "work_queue_name": "agentq",
                "infrastructure_document_id": .string(block), "manifest_path": .null, "schedule": .null,
                "parameter_openapi_schema": ["properties": ["a": ["type": "integer"]]],
            ]
            let deployment = try await server.post("/api/deployments/", body).json
            #expect(deployment["work_pool_name"] == "default-agent-pool")
            #expect(deployment["infra_overrides"] == ["env": ["A": "b"]])
            #expect(deployment["job_variables"] == ["env": ["A": "b"]])
            #expect(deployment["enforce_parameter_schema"] == false)
            let run = try await server.run(deployment["id"]?.stringValue ?? "", ["parameters": ["a": "text"]])
            let queue = try await server.get("/api/work_queues/name/agentq").json["id"]?.stringValue ?? ""
            let offered = try await server.post("/api/work_queues/\(queue)/get_runs", ["limit": 10]).json[0]
            #expect(offered?["id"] == .string(run))
            #expect(offered?["infrastructure_document_id"] == .string(block))
        }
    }
}
