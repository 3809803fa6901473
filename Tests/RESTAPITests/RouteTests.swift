import Domain
import HTTPClient
import JSON
import Testing

/// One request and what is to be answered. In paths and bodies, `{name}` stands for what an earlier line remembered.
private struct Line: Sendable {
    let method: HTTPMethod
    let path: String
    var body: JSONValue?
    let status: Int
    /// Remember the answer's `id` under this name.
    var remember: String?
    /// What the answer has, among other things.
    var expect: JSONObject = [:]

    init(
        _ method: HTTPMethod, _ path: String, _ body: JSONValue? = nil, _ status: Int, remember: String? = nil,
        expect: JSONObject = [:]
    ) {
        self.method = method
        self.path = path
        self.body = body
        self.status = status
        self.remember = remember
        self.expect = expect
    }
}

/// Every route, and what it refuses, as a story.
@Suite struct RouteTests {
    private static let nobody = "00000000-0000-7000-8000-000000000000"

    private static let server: [Line] = [
        Line(.get, "/api/health", nil, 200), Line(.get, "/api/health/", nil, 200), Line(.get, "/api/ready", nil, 200),
        Line(.get, "/api/hello", nil, 200), Line(.get, "/api/version", nil, 200),
        Line(.get, "/api/admin/version", nil, 200), Line(.get, "/metrics", nil, 200),
        Line(.get, "/api/csrf-token?client=x", nil, 422, expect: ["detail": "CSRF protection is disabled."]),
        Line(
            .get, "/api/sluice", nil, 200,
            expect: ["version": "1.2.3", "agent_endpoint": "127.0.0.1:4201", "public_url": .null]),
    ]

    private static let flows: [Line] = [
        Line(.post, "/api/flows/", ["name": "etl", "tags": ["a"], "labels": ["x": 1]], 201, remember: "flow"),
        Line(.post, "/api/flows", ["name": "etl"], 200, expect: ["tags": ["a"]]),
        Line(.post, "/api/flows/", ["name": "spare"], 201, remember: "spare"),
        Line(.post, "/api/flows/", ["name": "a/b"], 422), Line(.post, "/api/flows/", [:], 422),
        Line(.get, "/api/flows/{flow}", nil, 200, expect: ["name": "etl"]),
        Line(.get, "/api/flows/\(nobody)", nil, 404), Line(.get, "/api/flows/not-an-id", nil, 404),
        Line(.get, "/api/flows/name/etl", nil, 200), Line(.get, "/api/flows/name/nix", nil, 404),
        Line(.post, "/api/flows/filter", nil, 200), Line(.post, "/api/flows/filter", ["limit": 201], 422),
        Line(.post, "/api/flows/count", ["flows": ["name": ["any_": ["etl"]]]], 200),
        Line(.post, "/api/flows/paginate", ["limit": 1, "page": 2], 200, expect: ["page": 2, "pages": 2, "count": 2]),
        Line(.post, "/api/flows/paginate", ["page": 0], 422),
        Line(.delete, "/api/flows/{spare}", nil, 204), Line(.delete, "/api/flows/{spare}", nil, 404),
    ]

    private static let places: [Line] = [
        Line(.post, "/api/work_pools/", ["name": "gpu", "type": "process"], 201, expect: ["status": "NOT_READY"]),
        Line(.post, "/api/work_pools/", ["name": "gpu"], 409),
        Line(.post, "/api/work_pools/", ["name": "bad", "concurrency_limit": -1], 422),
        Line(.get, "/api/work_pools/gpu", nil, 200, expect: ["concurrency_limit": .null, "is_paused": false]),
        Line(.post, "/api/work_pools/", ["name": "bad", "rate_limit": "often"], 422),
        Line(.post, "/api/work_pools/", ["name": "bad", "rate_limit": 10], 422),
        Line(.post, "/api/work_pools/", ["name": "bad", "ageing": -1], 422),
        Line(.get, "/api/work_pools/gpu", nil, 200, expect: ["rate_limit": .null, "ageing": 600.0]),
        Line(.patch, "/api/work_pools/gpu", ["rate_limit": "10/minute", "ageing": 0], 204),
        Line(.get, "/api/work_pools/gpu", nil, 200, expect: ["rate_limit": "10/m", "ageing": 0.0]),
        Line(.patch, "/api/work_pools/gpu", ["rate_limit": .null, "ageing": .null], 204),
        Line(.get, "/api/work_pools/gpu", nil, 200, expect: ["rate_limit": .null, "ageing": 600.0]),
        Line(.get, "/api/work_pools/nix", nil, 404),
        Line(.patch, "/api/work_pools/gpu", ["is_paused": true, "concurrency_limit": 3], 204),
        Line(.get, "/api/work_pools/gpu", nil, 200, expect: ["concurrency_limit": 3, "status": "PAUSED"]),
        Line(.patch, "/api/work_pools/gpu", ["concurrency_limit": .null], 204),
        Line(.get, "/api/work_pools/gpu", nil, 200, expect: ["concurrency_limit": .null, "is_paused": true]),
        Line(.patch, "/api/work_pools/nix", [:], 404),
        Line(.post, "/api/work_pools/filter", ["work_pools": ["name": ["any_": ["gpu"]]]], 200),
        Line(.post, "/api/work_pools/count", nil, 200),
        Line(.post, "/api/work_pools/gpu/queues", ["name": "high", "priority": 1], 201, remember: "queue"),
        Line(.post, "/api/work_pools/gpu/queues", ["name": "high"], 409),
        Line(.post, "/api/work_pools/nix/queues", ["name": "high"], 404),
        Line(.post, "/api/work_pools/gpu/queues/filter", nil, 200),
        Line(.post, "/api/work_pools/nix/queues/filter", nil, 404),
        Line(.get, "/api/work_pools/gpu/queues/high", nil, 200, expect: ["work_pool_name": "gpu", "runs": [:]]),
        Line(.get, "/api/work_pools/gpu/queues/nix", nil, 404),
        Line(.patch, "/api/work_pools/gpu/queues/high", ["concurrency_limit": 2], 204),
        Line(.get, "/api/work_queues/{queue}", nil, 200, expect: ["concurrency_limit": 2, "active_slots": 0]),
        Line(.patch, "/api/work_queues/{queue}", ["rate_limit": "5/30s burst 2"], 204),
        Line(.get, "/api/work_queues/{queue}", nil, 200, expect: ["rate_limit": "5/30s burst 2"]),
        Line(.patch, "/api/work_queues/{queue}", ["rate_limit": "5/2d"], 422),
        Line(.patch, "/api/work_queues/{queue}", ["priority": 0], 422),
        Line(.patch, "/api/work_queues/{queue}", ["is_paused": true], 204),
        Line(.get, "/api/work_queues/{queue}/status", nil, 200, expect: ["healthy": false, "late_runs_count": 0]),
        Line(.get, "/api/work_queues/\(nobody)/status", nil, 404), Line(.get, "/api/work_queues/x", nil, 404),
        Line(
            .post, "/api/work_queues/", ["name": "own"], 201, remember: "own",
            expect: ["work_pool_name": "default-agent-pool", "priority": 2]),
        Line(.post, "/api/work_queues/", ["name": "own"], 409), Line(.get, "/api/work_queues/name/own", nil, 200),
        Line(.get, "/api/work_queues/name/nix", nil, 404), Line(.post, "/api/work_queues/{own}/get_runs", nil, 200),
        Line(.post, "/api/work_queues/\(nobody)/get_runs", nil, 404),
        Line(.post, "/api/work_queues/{own}/concurrency_status", nil, 200, expect: ["count": 0, "pages": 0]),
        Line(.post, "/api/work_queues/\(nobody)/concurrency_status", nil, 404),
        Line(.post, "/api/work_queues/filter", nil, 200), Line(.delete, "/api/work_queues/{own}", nil, 204),
        Line(.delete, "/api/work_pools/gpu/queues/default", nil, 409),
        Line(.delete, "/api/work_pools/gpu/queues/high", nil, 204),
        Line(.delete, "/api/work_pools/gpu", nil, 204), Line(.delete, "/api/work_pools/gpu", nil, 404),
    ]

    private static let workers: [Line] = [
        Line(.post, "/api/work_pools/", ["name": "wp"], 201, expect: ["type": "prefect-agent", "status": .null]),
        Line(.post, "/api/work_pools/wp/get_scheduled_flow_runs", nil, 200),
        Line(.post, "/api/work_pools/wp/get_scheduled_flow_runs", ["work_queue_names": ["nix"]], 404),
        Line(.post, "/api/work_pools/nix/get_scheduled_flow_runs", nil, 404),
        Line(.post, "/api/work_pools/wp/get_scheduled_flow_runs", ["limit": 201], 422),
        Line(.post, "/api/work_pools/wp/concurrency_status", nil, 200, expect: ["active_slots": 0, "count": 1]),
        Line(.post, "/api/work_pools/nix/concurrency_status", nil, 404),
        Line(.post, "/api/work_pools/wp/workers/heartbeat", ["name": "w1"], 204),
        Line(.post, "/api/work_pools/wp/workers/heartbeat", [:], 422),
        Line(.post, "/api/work_pools/nix/workers/heartbeat", ["name": "w1"], 404),
        Line(.post, "/api/work_pools/wp/workers/filter", nil, 200),
        Line(.post, "/api/work_pools/nix/workers/filter", nil, 404),
        Line(.delete, "/api/work_pools/wp/workers/w1", nil, 204),
        Line(.delete, "/api/work_pools/wp/workers/w1", nil, 404),
        Line(.post, "/api/deployments/get_scheduled_flow_runs", ["deployment_ids": []], 200),
        Line(.post, "/api/deployments/get_scheduled_flow_runs", nil, 422),
        Line(.post, "/api/work_pools/", ["name": "Prefect-x"], 403),
        Line(.patch, "/api/work_pools/prefect-x", ["description": "d"], 403),
        Line(.patch, "/api/work_pools/prefect-x", ["is_paused": true], 404),
        Line(.delete, "/api/work_pools/prefect-x", nil, 403), Line(.post, "/api/work_pools/", ["name": "a/b"], 422),
    ]

    private static let schema: JSONValue = [
        "type": "object", "properties": ["a": ["type": "integer"]], "required": ["a"],
    ]

    private static let deployments: [Line] = [
        Line(
            .post, "/api/deployments/",
            [
                "name": "nightly", "flow_id": "{flow}", "work_pool_name": "default", "work_queue_name": "high",
                "parameter_openapi_schema": schema, "concurrency_limit": 2, "entrypoint": "b.py:typed",
                "execution": ["command": ["echo", "{{ parameters.a }}"]], "unknown_key": 1,
                "retention": ["age": 3600, "count": "all"],
            ], 201, remember: "deployment",
            expect: [
                "work_queue_name": "high", "concurrency_limit": .null, "retention": ["age": 3600.0, "count": "all"],
            ]),
        Line(
            .post, "/api/deployments/", ["name": "nightly", "flow_id": "{flow}", "work_pool_name": "default"], 200,
            expect: ["entrypoint": "b.py:typed", "execution": .null, "work_queue_name": "default"]),
        Line(.patch, "/api/deployments/{deployment}", ["retention": ["count": 5]], 204),
        Line(.get, "/api/deployments/{deployment}", nil, 200, expect: ["retention": ["count": 5]]),
        Line(.patch, "/api/deployments/{deployment}", ["retention": ["count": -1]], 422),
        Line(.patch, "/api/deployments/{deployment}", ["retention": .null], 204),
        Line(.get, "/api/deployments/{deployment}", nil, 200, expect: ["retention": .null]),
        Line(.post, "/api/deployments/", ["name": "x", "flow_id": "\(nobody)"], 404),
        Line(.post, "/api/deployments/", ["name": "x", "flow_id": "{flow}", "work_pool_name": "nix"], 404),
        Line(.post, "/api/deployments/", ["name": "x", "flow_id": "{flow}", "schedules": [["schedule": [:]]]], 422),
        Line(
            .patch, "/api/deployments/{deployment}",
            [
                "execution": ["command": ["echo", "{{ parameters.a }}"]], "parameter_openapi_schema": schema,
                "description": "d",
            ], 204),
        Line(.patch, "/api/deployments/{deployment}", ["parameters": ["a": "text"]], 409),
        Line(.patch, "/api/deployments/\(nobody)", [:], 404),
        Line(.get, "/api/deployments/{deployment}", nil, 200, expect: ["flow_name": "etl", "description": "d"]),
        Line(.get, "/api/deployments/name/etl/nightly", nil, 200, expect: ["paused": false]),
        Line(.get, "/api/deployments/name/etl/nix", nil, 404), Line(.get, "/api/deployments/nix", nil, 404),
        Line(.post, "/api/deployments/filter", ["flows": ["name": ["any_": ["etl"]]]], 200),
        Line(.post, "/api/deployments/count", nil, 200), Line(.post, "/api/deployments/paginate", nil, 200),
        Line(.post, "/api/deployments/{deployment}/pause_deployment", nil, 200),
        Line(.get, "/api/deployments/{deployment}", nil, 200, expect: ["paused": true]),
        Line(.post, "/api/deployments/{deployment}/resume_deployment", nil, 200),
        Line(.get, "/api/deployments/{deployment}/versions", nil, 200),
        Line(.get, "/api/deployments/{deployment}/versions?before=x", nil, 422),
        Line(.get, "/api/deployments/\(nobody)/versions", nil, 404),
        Line(.post, "/api/deployments/{deployment}/rollback", ["version": 1], 200),
        Line(.post, "/api/deployments/{deployment}/rollback", ["version": 99], 404),
        Line(.post, "/api/deployments/{deployment}/rollback", ["version": .integer(.max)], 404),
        Line(.post, "/api/deployments/{deployment}/rollback", ["version": "x"], 422),
        Line(.post, "/api/deployments/\(nobody)/rollback", nil, 404),
    ]

    private static let runs: [Line] = [
        Line(
            .post, "/api/deployments/{deployment}/create_flow_run",
            ["parameters": ["a": 1], "name": "first", "priority": 7, "idempotency_key": "k"], 201, remember: "run",
            expect: ["state_type": "SCHEDULED", "priority": 7, "is_served": false, "deployment_name": "nightly"]),
        Line(
            .post, "/api/deployments/{deployment}/create_flow_run", ["parameters": ["a": 9], "idempotency_key": "k"],
            200, expect: ["name": "first", "parameters": ["a": 1]]),
        Line(
            .post, "/api/deployments/{deployment}/create_flow_run", ["parameters": ["a": "notanint"]], 409,
            expect: [
                "detail": """
                Error creating flow run: Validation failed for field 'a'. Failure reason: 'notanint' is not of \
                type 'integer'
                """
            ]),
        Line(.post, "/api/deployments/\(nobody)/create_flow_run", [:], 404),
        Line(
            .post, "/api/deployments/{deployment}/create_flow_run",
            ["parameters": ["a": 1], "work_queue_name": "no-such"], 404),
        Line(
            .post, "/api/flow_runs/", ["flow_id": "{flow}", "state": ["type": "PENDING"], "tags": ["t"]], 201,
            remember: "own", expect: ["state_type": "PENDING", "tags": ["t"], "flow_name": "etl"]),
        Line(.post, "/api/flow_runs/", ["flow_id": "\(nobody)"], 404), Line(.post, "/api/flow_runs/", [:], 422),
        Line(.post, "/api/flow_runs/", ["flow_id": "{flow}", "state": ["type": "LOST"]], 422),
        Line(.get, "/api/flow_runs/{run}", nil, 200, expect: ["name": "first", "attempt": 0, "agent_id": .null]),
        Line(.get, "/api/flow_runs/\(nobody)", nil, 404), Line(.get, "/api/flow_runs/1234", nil, 404),
        Line(.patch, "/api/flow_runs/{run}", ["name": "renamed", "infrastructure_pid": "17"], 204),
        Line(.get, "/api/flow_runs/{run}", nil, 200, expect: ["name": "renamed", "infrastructure_pid": "17"]),
        Line(.patch, "/api/flow_runs/\(nobody)", [:], 404),
        Line(.post, "/api/flow_runs/filter", nil, 200), Line(.post, "/api/flow_runs/count", nil, 200),
        Line(.post, "/api/flow_runs/paginate", ["sort": "START_TIME_DESC"], 200, expect: ["count": 2]),
        Line(.post, "/api/flow_runs/filter", ["sort": "BY_MOOD"], 422),
        Line(.get, "/api/flow_runs/find/{run}", nil, 200), Line(.get, "/api/flow_runs/find/renamed", nil, 200),
        Line(.get, "/api/flow_runs/find/nobody", nil, 404),
        Line(.get, "/api/flow_runs/{run}/explain", nil, 200), Line(.get, "/api/flow_runs/\(nobody)/explain", nil, 404),
        Line(.get, "/api/flow_runs/{run}/attempts", nil, 200),
        Line(.get, "/api/flow_runs/{run}/logs", nil, 200),
        Line(.get, "/api/flow_runs/{run}/logs?after=nonsense", nil, 422),
        Line(.get, "/api/flow_runs/\(nobody)/logs", nil, 404),
        Line(.get, "/api/flow_runs/\(nobody)/attempts", nil, 404),
        Line(.get, "/api/flow_run_states/?flow_run_id={run}", nil, 200), Line(.get, "/api/flow_run_states/", nil, 422),
        Line(.get, "/api/flow_run_states/\(nobody)", nil, 404),
        Line(
            .post, "/api/flow_runs/{own}/set_state", ["state": ["type": "RUNNING"], "force": false], 201,
            expect: ["status": "ACCEPT", "details": ["type": "accept_details"]]),
        Line(
            .post, "/api/flow_runs/{own}/set_state", ["state": ["type": "PENDING"]], 200, expect: ["status": "ABORT"]),
        Line(.post, "/api/flow_runs/\(nobody)/set_state", ["state": ["type": "RUNNING"]], 404),
        Line(.post, "/api/flow_runs/{own}/set_state", [:], 422),
        Line(
            .post, "/api/flow_runs/{own}/resume", nil, 200,
            expect: [
                "state": .null, "status": "ABORT",
                "details": ["type": "abort_details", "reason": "Cannot resume a flow run that is not paused."],
            ]),
        Line(.post, "/api/flow_runs/\(nobody)/resume", nil, 404),
        Line(.post, "/api/flow_runs/{run}/retry", nil, 409), Line(.post, "/api/flow_runs/\(nobody)/retry", nil, 404),
        Line(.post, "/api/flow_runs/{run}/cancel", ["reason": "why not"], 200),
        Line(.post, "/api/flow_runs/{run}/retry", ["reason": "again"], 200),
        Line(.post, "/api/flow_runs/{own}/retry", nil, 409),
        Line(.post, "/api/flow_runs/{run}/cancel", nil, 200),
        Line(.post, "/api/flow_runs/{run}/cancel", nil, 409), Line(.post, "/api/flow_runs/\(nobody)/cancel", nil, 404),
        Line(.get, "/api/flow_runs/\(nobody)/follow", nil, 404),
        Line(.get, "/api/flow_runs/{run}/follow?after=nonsense", nil, 422),
        Line(.delete, "/api/flow_runs/{run}", nil, 204), Line(.delete, "/api/flow_runs/{run}", nil, 404),
    ]

    private static let rest: [Line] = [
        Line(
            .post, "/api/logs/",
            [
                [
                    "name": "app", "level": 20, "message": "hello", "timestamp": "2026-01-01T00:00:00Z",
                    "flow_run_id": "{own}", "task_run_id": .null,
                ]
            ], 201),
        Line(.post, "/api/logs/", [["name": "app"]], 422), Line(.post, "/api/logs/filter", nil, 200),
        Line(.post, "/api/logs/filter", ["limit": 1000], 422),
        Line(.post, "/api/agents/filter", ["limit": 5], 200), Line(.get, "/api/agents/\(nobody)", nil, 404),
        Line(.post, "/api/batches/filter", nil, 200), Line(.get, "/api/batches/\(nobody)", nil, 404),
        Line(.post, "/api/batches/\(nobody)/cancel", nil, 404), Line(.get, "/api/batches/\(nobody)/follow", nil, 404),
        Line(.get, "/api/batches/find/nobody", nil, 404), Line(.post, "/api/batches/\(nobody)/retry", nil, 404),
        Line(.post, "/api/batches/\(nobody)/pause", nil, 404), Line(.post, "/api/batches/\(nobody)/resume", nil, 404),
        Line(.delete, "/api/agents/\(nobody)", nil, 404), Line(.get, "/api/bundles/abc", nil, 422),
        Line(.get, "/api/bundles/" + String(repeating: "a", count: 64), nil, 404),
        Line(.delete, "/api/deployments/{deployment}", nil, 204),
        Line(.delete, "/api/deployments/{deployment}", nil, 404),
    ]

    @Test func everyRouteAnswers() async throws {
        try await withServer { server in
            var known: [String: String] = [:]
            for line in Self.server + Self.flows + Self.places + Self.workers + Self.deployments + Self.runs + Self.rest
            {
                let body = line.body.map { Self.fill($0, known) }
                let answer = try await server.json(line.method, Self.fill(line.path, known), body)
                #expect(answer.status == line.status, "\(line.method) \(line.path): \(answer.text)")
                if let name = line.remember { known[name] = answer.json["id"]?.stringValue }
                for (key, value) in line.expect {
                    #expect(answer.json[key] == value, "\(key) of \(line.method) \(line.path)")
                }
            }
        }
    }

    private static func fill(_ text: String, _ known: [String: String]) -> String {
        known.reduce(text) {
            $0.split(separator: "{\($1.key)}", omittingEmptySubsequences: false).joined(separator: $1.value)
        }
    }

    private static func fill(_ value: JSONValue, _ known: [String: String]) -> JSONValue {
        switch value {
        case .string(let text): .string(fill(text, known))
        case .array(let elements): .array(elements.map { fill($0, known) })
        case .object(let object): .object(JSONObject(object.map { ($0.key, fill($0.value, known)) }))
        default: value
        }
    }
}
