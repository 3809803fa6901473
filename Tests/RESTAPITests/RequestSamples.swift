import Domain
import HTTPClient
import JSON

/// A sound request for every route, about things that are there.
struct RequestSamples {
    private let ids: [String: String]
    private let configuration: ConfigurationSamples

    /// Makes the things that the requests are about.
    init(_ server: TestServer) async throws {
        let deployment = try await server.deploy(more: [
            "parameter_openapi_schema": ["type": "object", "properties": ["n": ["type": "integer"]]]
        ])
        let run = try await server.run(deployment)
        let flow = try await server.get("/api/flows/name/etl").json["id"]?.stringValue ?? ""
        let queues = try await server.post("/api/work_queues/filter", [:])
        let states = try await server.get("/api/flow_run_states/?flow_run_id=\(run)")
        let batch = try await server.send(
            .post, "/api/batches?deployment_id=\(deployment)", .text("{\"parameters\":{\"n\":1}}\n"),
            ["Content-Type": "application/x-ndjson"])
        let agent = try await server.welcomeAgent()
        configuration = try await ConfigurationSamples(server, run: run)
        ids = [
            "deployment": deployment, "run": run, "flow": flow, "agent": "\(agent.id)",
            "queue": queues.json[0]?["id"]?.stringValue ?? "", "state": states.json[0]?["id"]?.stringValue ?? "",
            "batch": batch.json["id"]?.stringValue ?? "",
        ]
    }

    private func id(_ kind: String) -> String { ids[kind] ?? "" }
    private func text(_ kind: String) -> JSONValue { .string(id(kind)) }

    /// The lists that are to be shown when all is over.
    var lists: [String] {
        [
            "/api/flows/filter", "/api/deployments/filter", "/api/flow_runs/filter", "/api/work_pools/filter",
            "/api/work_queues/filter", "/api/batches/filter", "/api/agents/filter", "/api/logs/filter",
            "/api/v2/concurrency_limits/filter", "/api/concurrency_limits/filter",
        ] + configuration.lists
    }

    var withBodies: [(HTTPMethod, String, JSONValue)] {
        creations + changes + filters + limits + sets + configuration.withBodies
    }

    private var limits: [(HTTPMethod, String, JSONValue)] {
        let slots: JSONObject = ["names": ["db", "tag:db"], "slots": 1, "mode": "concurrency"]
        let lease: JSONObject = [
            "lease_duration": 90.5, "holder": ["type": "flow_run", "id": text("run")],
        ]
        let task: JSONValue = ["names": ["db"], "task_run_id": text("run")]
        return [
            (.post, "/api/v2/concurrency_limits/", ["name": "db", "limit": 3, "slot_decay_per_second": 0.5]),
            (.patch, "/api/v2/concurrency_limits/db", ["limit": 4, "active_slots": 1, "slot_decay_per_second": 2]),
            (.post, "/api/v2/concurrency_limits/filter", ["limit": 3, "offset": 0]),
            (.post, "/api/v2/concurrency_limits/increment", .object(slots)),
            (.post, "/api/v2/concurrency_limits/increment-with-lease", .object(slots.merging(lease))),
            (.post, "/api/v2/concurrency_limits/decrement", .object(slots.merging(["occupancy_seconds": 1.5]))),
            (.post, "/api/v2/concurrency_limits/decrement-with-lease", ["lease_id": text("run")]),
            (.post, "/api/v2/concurrency_limits/leases/\(id("run"))/renew", ["lease_duration": 60]),
            (.post, "/api/concurrency_limits/", ["tag": "db", "concurrency_limit": 2]),
            (.post, "/api/concurrency_limits/filter", ["limit": 3]),
            (.post, "/api/concurrency_limits/tag/db/reset", ["slot_override": [text("run")]]),
            (.post, "/api/concurrency_limits/increment", task), (.post, "/api/concurrency_limits/decrement", task),
        ]
    }

    private var sets: [(HTTPMethod, String, JSONValue)] {
        let runs: JSONObject = ["flow_runs": ["id": ["any_": [text("run")]]], "limit": 3]
        let span: JSONObject = [
            "history_start": "2026-01-01T00:00:00Z", "history_end": "2026-01-02T00:00:00Z",
            "history_interval_seconds": 3600.5,
        ]
        return [
            (.post, "/api/flow_runs/bulk_set_state", .object(runs.merging(["state": ["type": "PENDING"]]))),
            (.post, "/api/flow_runs/history", .object(runs.merging(span))),
            (.post, "/api/task_runs/history", .object(runs.merging(span))),
            (.post, "/api/flow_runs/lateness", .object(runs)),
            (.post, "/api/ui/flow_runs/history", .object(runs.merging(["sort": "ID_DESC", "offset": 0]))),
            (.post, "/api/ui/flows/count-deployments", ["flow_ids": [text("flow")]]),
            (.post, "/api/ui/flows/next-runs", ["flow_ids": [text("flow")]]),
            (.patch, "/api/flow_runs/\(id("run"))/labels", ["a": 1, "b": "c"]),
            (.patch, "/api/flows/\(id("flow"))", ["tags": ["a"]]),
            (.post, "/api/flow_runs/bulk_delete", .object(runs)),
            (.post, "/api/deployments/bulk_delete", ["deployments": ["name": ["any_": ["none"]]], "limit": 2]),
            (.post, "/api/flows/bulk_delete", ["flows": ["name": ["any_": ["none"]]], "limit": 2]),
        ]
    }

    private var creations: [(HTTPMethod, String, JSONValue)] {
        let state: JSONValue = [
            "type": "SCHEDULED", "name": "Late", "message": "m", "data": [:],
            "state_details": [
                "scheduled_time": "2026-11-21T01:58:33.279977Z", "pause_timeout": "2026-11-21T02:00:00Z",
            ],
        ]
        let run: JSONObject = [
            "parameters": ["n": 1], "name": "n", "tags": ["a"], "labels": ["k": "v"], "context": [:],
            "job_variables": [:], "empirical_policy": ["retries": 3, "retry_delay": 2], "idempotency_key": "k",
            "work_queue_name": "default", "priority": 3, "state": state,
        ]
        return [
            (.post, "/api/flows/", ["name": "etl", "tags": ["a"], "labels": ["k": "v"]]),
            (.post, "/api/deployments/", deployment),
            (.post, "/api/deployments/\(id("deployment"))/create_flow_run", .object(run)),
            (.post, "/api/flow_runs/", .object(run.merging(["flow_id": text("flow")]))),
            (.post, "/api/logs/", [log, log]),
            (.post, "/api/work_pools/", ["name": "p", "type": "process", "concurrency_limit": 3, "is_paused": false]),
            (.post, "/api/work_queues/", ["name": "q", "priority": 2, "concurrency_limit": 3]),
            (.post, "/api/work_pools/default/queues", ["name": "q2", "priority": 2, "description": "d"]),
            (
                .post, "/api/work_pools/",
                [
                    "name": "t", "storage_configuration": ["bundle_upload_step": [:]],
                    "base_job_template": [
                        "job_configuration": ["command": "{{ command }}"],
                        "variables": ["properties": ["command": ["type": "string", "default": "x"]]],
                    ],
                ]
            ),
            (
                .post, "/api/work_pools/default/workers/heartbeat",
                ["name": "w", "heartbeat_interval_seconds": 30]
            ),
        ]
    }

    private var log: JSONValue {
        [
            "name": "app", "level": 20, "message": "m", "timestamp": "2026-01-01T00:00:00Z",
            "flow_run_id": text("run"), "task_run_id": "t",
        ]
    }

    private var deployment: JSONValue {
        [
            "name": "d", "flow_id": text("flow"), "work_pool_name": "default", "work_queue_name": "default",
            "tags": ["a"], "parameters": ["n": 1], "concurrency_limit": 2, "enforce_parameter_schema": true,
            "parameter_openapi_schema": [
                "type": "object", "required": ["n"],
                "properties": ["n": ["type": "integer", "minimum": 0], "s": ["pattern": "^(a+)+$"]],
            ],
            "execution": [
                "command": ["echo", "{{ parameters.n }}"], "env": ["A": "b"], "working_directory": "w",
                "retries": ["limit": 3, "delay": 1.5, "backoff": 2, "jitter": 0.1], "crash_retries": 2,
                "timeout": 30, "grace": 3, "lease": 30, "priority": 5,
                "python": ["version": "3.11", "requirements": ["x"]],
                "bundle": ["digest": .string(String(repeating: "a", count: 64)), "size": 3],
            ],
        ]
    }

    private var changes: [(HTTPMethod, String, JSONValue)] {
        [
            (.patch, "/api/deployments/\(id("deployment"))", deployment),
            (.patch, "/api/flow_runs/\(id("run"))", ["name": "x", "tags": ["b"], "parameters": ["n": 2]]),
            (.patch, "/api/work_pools/default", ["description": "d", "concurrency_limit": 9, "is_paused": false]),
            (.patch, "/api/work_queues/\(id("queue"))", ["description": "d", "priority": 3, "concurrency_limit": 4]),
            (.patch, "/api/work_pools/default/queues/default", ["description": "d", "is_paused": false]),
            (
                .post, "/api/flow_runs/\(id("run"))/set_state",
                ["state": ["type": "RUNNING", "name": "Running", "state_details": [:]], "force": false]
            ),
            (.post, "/api/flow_runs/\(id("run"))/resume", ["run_input": ["a": 1]]),
            (.post, "/api/flow_runs/\(id("run"))/cancel", ["reason": "r"]),
            (.post, "/api/batches/\(id("batch"))/cancel", ["reason": "r"]),
            (
                .post, "/api/deployments/\(id("deployment"))/schedules",
                [
                    [
                        "schedule": ["cron": "0 9 * * 1", "timezone": "Europe/Paris"], "active": true, "slug": .null,
                        "max_scheduled_runs": 5, "parameters": ["n": 1], "daylight_saving": ["left_out": "skip"],
                        "missed": ["within": 7200], "overlap": "queue", "jitter": 30,
                    ]
                ]
            ), (.post, "/api/deployments/\(id("deployment"))/schedule", ["min_time": 60, "max_runs": 3]),
            (.post, "/api/deployments/\(id("deployment"))/pause_deployment", [:]),
            (.post, "/api/deployments/\(id("deployment"))/resume_deployment", [:]),
        ]
    }

    private var filters: [(HTTPMethod, String, JSONValue)] {
        let time: JSONValue = ["before_": "2027-01-01T00:00:00Z", "after_": "2025-01-01T00:00:00Z"]
        let filter: JSONValue = [
            "flows": [
                "name": ["any_": ["etl"], "like_": "e"], "tags": ["all_": ["a"]], "id": ["any_": [text("flow")]],
            ],
            "deployments": ["name": ["like_": "n"], "paused": ["eq_": false], "id": ["any_": [text("deployment")]]],
            "flow_runs": [
                "operator": "and_", "id": ["any_": [text("run")]], "name": ["like_": "x"], "start_time": time,
                "state": ["type": ["any_": ["SCHEDULED"]], "name": ["any_": ["Late"]]], "expected_start_time": time,
            ],
            "work_pools": ["name": ["any_": ["default"]]], "sort": "NAME_ASC", "limit": 10, "offset": 0, "page": 1,
            "work_queues": ["name": ["any_": ["default"]]], "agents": ["name": ["any_": ["anna"]]],
            "batches": ["id": ["any_": [text("batch")]]], "task_runs": [:],
        ]
        let runs = ["filter", "count", "paginate"].map { ("/api/flow_runs/\($0)", filter) }
        let others = [
            "flows/filter", "flows/count", "flows/paginate", "deployments/filter", "deployments/count",
            "deployments/paginate", "work_pools/filter", "work_pools/count", "work_pools/default/queues/filter",
            "work_queues/filter", "agents/filter", "batches/filter",
        ].map { ("/api/\($0)", filter) }
        let logs: JSONValue = [
            "logs": [
                "flow_run_id": ["any_": [text("run")]], "level": ["ge_": 10, "le_": 50], "timestamp": time,
                "text": ["query": "a -b \"c d\""],
            ], "sort": "TIMESTAMP_ASC", "limit": 10, "offset": 1,
        ]
        return (runs + others + polls(time) + [("/api/logs/filter", logs)]).map { (HTTPMethod.post, $0.0, $0.1) }
    }

    /// What workers ask, and who looks at what they do.
    private func polls(_ time: JSONValue) -> [(String, JSONValue)] {
        let poll: JSONValue = [
            "work_queue_names": ["default"], "scheduled_before": "2027-01-01 00:00:00.000000+00:00",
            "scheduled_after": "2025-01-01T00:00:00Z", "limit": 10, "deployment_ids": [text("deployment")],
        ]
        let polls = [
            "work_pools/default/get_scheduled_flow_runs", "work_queues/\(id("queue"))/get_runs",
            "deployments/get_scheduled_flow_runs",
        ].map { ("/api/\($0)", poll) }
        let holders: JSONValue = ["page": 1, "limit": 10, "flow_run_limit": 5]
        let places: [(String, JSONValue)] = [
            ("/api/work_pools/default/concurrency_status", holders),
            ("/api/work_queues/\(id("queue"))/concurrency_status", holders),
            (
                "/api/work_pools/default/workers/filter",
                ["workers": ["status": ["any_": ["ONLINE"]], "last_heartbeat_time": time], "limit": 5]
            ),
        ]
        return polls + places
    }

    var withoutBodies: [(String, String)] {
        let paths = [
            "/api/flows/\(id("flow"))", "/api/flows/name/etl", "/api/deployments/\(id("deployment"))",
            "/api/deployments/name/etl/nightly", "/api/flow_runs/\(id("run"))", "/api/flow_runs/find/\(id("run"))",
            "/api/flow_runs/\(id("run"))/explain", "/api/flow_runs/\(id("run"))/attempts",
            "/api/flow_runs/\(id("run"))/logs?after=1.1&x=y", "/api/flow_runs/\(id("run"))/logs/download",
            "/api/deployments/\(id("deployment"))/work_queue_check", "/api/v2/concurrency_limits/db",
            "/api/v2/concurrency_limits/\(id("run"))", "/api/concurrency_limits/tag/db",
            "/api/concurrency_limits/\(id("run"))", "/api/flow_run_states/?flow_run_id=\(id("run"))",
            "/api/flow_run_states/\(id("state"))", "/api/work_pools/default", "/api/work_pools/default/queues/default",
            "/api/work_queues/\(id("queue"))", "/api/work_queues/\(id("queue"))/status", "/api/agents/\(id("agent"))",
            "/api/batches/\(id("batch"))", "/api/bundles/\(String(repeating: "a", count: 64))", "/metrics",
        ]
        return (paths + configuration.withoutBodies).map { ("GET", $0) } + paths.suffix(6).map { ("HEAD", $0) }
            + paths.prefix(6).map { ("DELETE", $0) }
    }

    /// Without what would end the target, or the line.
    static func target(_ text: String) -> String {
        "/"
            + text.utf8.dropFirst().map { byte in
                byte > 0x20 && byte < 0x7F ? String(UnicodeScalar(byte)) : "%\(String(byte, radix: 16))"
            }.joined()
    }
}
