import Domain
import JSON
import Orchestration
import TestSupport
import Testing

@Suite struct ViewTests {
    /// Has every key of Prefect's, none of them null that must not be, and of others only Sluice's own.
    private func check(
        _ value: JSONValue?, _ keys: Set<String>, and additions: Set<String> = [], _ what: Comment
    ) {
        let found = Set(value?.objectValue?.keys ?? [])
        #expect(keys.subtracting(found) == [], what)
        #expect(found.subtracting(keys) == additions, what)
        for key in found where PrefectKeys.neverNull.contains(key) {
            #expect(value?[key]?.isNull == false, "\(what): \(key)")
        }
    }

    @Test func answersHaveTheKeysOfPrefects() async throws {
        try await withServer { server in
            let deployment = try await server.deploy(more: [
                "concurrency_limit": 2, "schedules": [["schedule": ["cron": "@daily"]]],
            ])
            let run = try await server.run(deployment)
            let answer = try await server.get("/api/flow_runs/\(run)").json
            let additions: Set<String> = [
                "flow_name", "deployment_name", "batch_id", "priority", "attempt", "agent_id", "agent_name",
                "deployment_version_number", "data_interval_start", "data_interval_end", "sla_breaches",
            ]
            check(answer, PrefectKeys.run, and: additions, "run")
            check(answer["state"], PrefectKeys.state, "state")
            check(answer["state"]?["state_details"], PrefectKeys.stateDetails, "details")
            check(answer["empirical_policy"], PrefectKeys.policy, "policy")
            #expect(answer["state"]?["state_details"]?["flow_run_id"] == .string(run))

            check(try await server.get("/api/flows/name/etl").json, PrefectKeys.flow, "flow")
            let deployed = try await server.get("/api/deployments/\(deployment)").json
            let ours: Set<String> = ["flow_name", "execution", "retention", "version_number", "sla"]
            let older: Set<String> = ["schedule", "is_schedule_active", "infra_overrides", "manifest_path"]
            check(deployed, PrefectKeys.deployment, and: ours.union(older), "deployment")
            let schedule = deployed["schedules"]?.arrayValue?.first
            check(
                schedule, PrefectKeys.schedule,
                and: ["daylight_saving", "missed", "overlap", "jitter", "max_active_runs", "catchup"], "schedule")
            check(deployed["global_concurrency_limit"], PrefectKeys.limit, "limit")
            check(
                try await server.get("/api/work_pools/default").json, PrefectKeys.pool,
                and: ["agents_online", "ageing", "rate_limit"],
                "pool")
            let queue = try await server.get("/api/work_pools/default/queues/default").json
            check(queue, PrefectKeys.queue, and: ["runs", "agents_online", "rate_limit"], "queue")
            let id = queue["id"]?.stringValue ?? ""
            check(try await server.get("/api/work_queues/\(id)/status").json, PrefectKeys.queueStatus, "status")
            check(try await server.post("/api/flow_runs/paginate").json, PrefectKeys.page, "page")
            _ = try await server.post("/api/logs/", [Self.line(run)])
            check(try await server.post("/api/logs/filter").json[0], PrefectKeys.log, "log")
        }
    }

    @Test func limitsAndStatisticsHaveTheKeysOfPrefects() async throws {
        try await withServer { server in
            let made = try await server.post("/api/v2/concurrency_limits/", ["name": "db", "limit": 2]).json
            check(made, PrefectKeys.wholeLimit, "a new limit")
            check(try await server.get("/api/v2/concurrency_limits/db").json, PrefectKeys.limit, "limit")
            let onTag = try await server.post("/api/concurrency_limits/", ["tag": "t", "concurrency_limit": 2]).json
            check(onTag, PrefectKeys.tagLimit, "a limit on a tag")

            let deployment = try await server.deploy()
            _ = try await server.run(deployment)
            let span = try await server.post(
                "/api/flow_runs/history",
                [
                    "history_start": server.clock.time.json, "history_end": server.clock.time.json,
                    "history_interval_seconds": 60,
                ]
            ).json[0]
            check(span, PrefectKeys.history, "history")
            check(span?["states"]?[0], PrefectKeys.historyState, "state of a history")
            check(try await server.post("/api/ui/flow_runs/history", [:]).json[0], PrefectKeys.runMark, "mark")
            let flow = try await server.get("/api/flows/name/etl").json["id"]?.stringValue ?? ""
            let next = try await server.post("/api/ui/flows/next-runs", ["flow_ids": [.string(flow)]]).json
            check(next[flow], PrefectKeys.nextRun, "next run")
        }
    }

    private static func line(_ run: String) -> JSONValue {
        [
            "name": "app", "level": 20, "message": "hello", "timestamp": "2026-01-01T00:00:00Z",
            "flow_run_id": .string(run),
        ]
    }

    @Test func lateAndRunningTimesGrowWithTheClock() async throws {
        try await withServer { server in
            let run = try await server.run(try await server.deploy())
            server.clock.advance(by: .milliseconds(1500))
            #expect(
                try await server.get("/api/flow_runs/\(run)").json["estimated_start_time_delta"]?.doubleValue == 1.5)
            try await server.force(run, "RUNNING")
            server.clock.advance(by: .seconds(2))
            let running = try await server.get("/api/flow_runs/\(run)").json
            #expect(running["estimated_run_time"]?.doubleValue == 2)
            #expect(running["total_run_time"]?.doubleValue == 0)
            #expect(running["estimated_start_time_delta"]?.doubleValue == 1.5)
            #expect(running["next_scheduled_start_time"] == .null)
            #expect(running["start_time"] == "2026-01-01T00:00:01.500000Z")
            try await server.force(run, "COMPLETED")
            server.clock.advance(by: .seconds(2))
            #expect(try await server.get("/api/flow_runs/\(run)").json["estimated_run_time"]?.doubleValue == 2)
        }
    }

    @Test func aStateIsAnsweredAsItWasProposed() async throws {
        try await withServer { server in
            let run = try await server.run(try await server.deploy())
            let proposed: JSONValue = [
                "type": "RUNNING", "name": "Special", "message": "m", "data": ["storage_key": "k"],
                "state_details": [
                    "transition_id": "01890f3a-7f4e-7b2e-8000-000000000001", "cache_key": .null, "traceparent": "00-1",
                ],
            ]
            let answer = try await server.post(
                "/api/flow_runs/\(run)/set_state", ["state": proposed, "force": true])
            let state = answer.json["state"]
            #expect(state?["name"] == "Special")
            #expect(state?["data"] == ["storage_key": "k"])
            #expect(state?["state_details"]?["transition_id"] == "01890f3a-7f4e-7b2e-8000-000000000001")
            #expect(try await server.get("/api/flow_runs/\(run)").json["state"] == state)
            let id = state?["id"]?.stringValue ?? ""
            #expect(try await server.get("/api/flow_run_states/\(id)").json == state)
            let history = try await server.get("/api/flow_run_states/?flow_run_id=\(run)").json
            #expect(history.arrayValue?.map { $0["type"]?.stringValue } == ["SCHEDULED", "RUNNING"])
        }
    }

    @Test(arguments: [(true, "SCHEDULED", "Resuming"), (false, "RUNNING", "Running")])
    func aPausedRunIsResumed(_ isRescheduled: Bool, _ type: String, _ name: String) async throws {
        try await withServer { server in
            let run = try await server.run(try await server.deploy())
            try await server.force(run, "RUNNING")
            let paused: JSONValue = ["type": "PAUSED", "state_details": ["pause_reschedule": .bool(isRescheduled)]]
            _ = try await server.post("/api/flow_runs/\(run)/set_state", ["state": paused, "force": true])
            let answer = try await server.post("/api/flow_runs/\(run)/resume")
            #expect(answer.status == 201, "\(answer.text)")
            #expect(answer.json["status"] == "ACCEPT")
            #expect(answer.json["state"]?["type"] == .string(type))
            #expect(answer.json["state"]?["name"] == .string(name))
        }
    }

    @Test func agentsMakePlacesReady() async throws {
        try await withServer { server in
            let deployment = try await server.deploy()
            #expect(try await server.get("/api/work_pools/default").json["status"] == "NOT_READY")
            let agent = try await server.welcomeAgent()
            #expect(try await server.get("/api/work_pools/default").json["status"] == "READY")
            #expect(try await server.get("/api/deployments/\(deployment)").json["status"] == "READY")
            let queue = try await server.get("/api/work_pools/default/queues/default").json
            #expect(queue["status"] == "READY")
            #expect(queue["agents_online"] == 1)
            #expect(queue["last_polled"] == server.clock.time.json)
            let run = try await server.post("/api/deployments/\(deployment)/create_flow_run").json
            #expect(run["is_served"] == true)
            let listed = try await server.post("/api/agents/filter").json[0]
            let read = try await server.get("/api/agents/\(agent.id)").json
            #expect(listed == read)
            #expect(listed?["status"] == "ONLINE")
            #expect(listed?["pool_name"] == "default")
            #expect(listed?["labels"] == ["zone": "a"])
            server.clock.advance(by: .seconds(60))
            #expect(try await server.get("/api/agents/\(agent.id)").json["status"] == "OFFLINE")
            #expect(try await server.get("/api/work_pools/default").json["status"] == "NOT_READY")
        }
    }

    @Test func aHeldRunNamesItsAgentAndItsAttempts() async throws {
        try await withServer { server in
            let run = try await server.run(try await server.deploy())
            let agent = try await server.welcomeAgent()
            let seat = Seat(agentID: agent.id, poolID: agent.poolID, queueNames: [], credit: 1)
            let grant = try #require(try await server.orchestrator.claim(for: [seat]).first)
            let held = try await server.get("/api/flow_runs/\(run)").json
            #expect(held["state_type"] == "PENDING")
            #expect(held["agent_name"] == "anna")
            #expect(held["attempt"] == 1)
            #expect(try await server.get("/api/agents/\(agent.id)").json["held"] == 1)
            let end = AttemptEnd(
                .exited(code: 3), at: server.clock.time, message: "boom", cpu: .milliseconds(250), peakMemoryBytes: 4096
            )
            let report = AttemptReport(
                name: AttemptName(run: grant.run.id, attempt: 1), sequence: 1, fact: .ended(end))
            _ = try await server.orchestrator.take([report], from: agent.id)
            let attempt = try await server.get("/api/flow_runs/\(run)/attempts").json[0]
            #expect(attempt?["outcome"] == "FAILED")
            #expect(attempt?["exit_code"] == 3)
            #expect(attempt?["cpu_seconds"]?.doubleValue == 0.25)
            #expect(attempt?["peak_memory_bytes"] == 4096)
            #expect(attempt?["agent_name"] == "anna")
            let explained = try await server.get("/api/flow_runs/\(run)/explain").json
            #expect(explained["reasons"]?[0]?["code"] == "ended")
        }
    }
}
