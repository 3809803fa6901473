import Domain
import HTTPClient
import JSON
import Orchestration
import TestSupport
import Testing

/// Many things changed at once, and summed up.
@Suite struct RunSetTests {
    private func only(_ runs: [String], _ more: JSONObject = [:]) -> JSONValue {
        let filter: JSONObject = ["flow_runs": ["id": ["any_": .array(runs.map { .string($0) })]]]
        return .object(filter.merging(more))
    }

    @Test func statesAreSetAndRunsDeletedInBulk() async throws {
        try await withServer { server in
            let deployment = try await server.deploy()
            let runs = [try await server.run(deployment), try await server.run(deployment)]
            let set = try await server.post(
                "/api/flow_runs/bulk_set_state", only(runs, ["state": ["type": "CANCELLED", "message": "m"]]))
            #expect(set.json["results"]?.arrayValue?.map { $0["status"] } == ["ACCEPT", "ACCEPT"])
            #expect(try await server.get("/api/flow_runs/\(runs[0])").json["state_type"] == "CANCELLED")
            let again = try await server.post(
                "/api/flow_runs/bulk_set_state", only([runs[0]], ["state": ["type": "CANCELLING"]]))
            #expect(again.json["results"]?[0]?["status"] == "ABORT")
            #expect(again.json["results"]?[0]?["flow_run_id"] == .string(runs[0]))
            #expect(try await server.post("/api/flow_runs/bulk_set_state", only(runs)).status == 422)
            let deleted = try await server.post("/api/flow_runs/bulk_delete", only([runs[0], deployment])).json
            #expect(deleted == ["deleted": [.string(runs[0])]])
            #expect(try await server.get("/api/flow_runs/\(runs[0])").status == 404)
            #expect(try await server.post("/api/flow_runs/bulk_delete", ["limit": 51]).status == 422)
            #expect(try await server.post("/api/flow_runs/bulk_delete", ["limit": 0]).status == 422)
        }
    }

    @Test func whatIsExecutedIsNotDeleted() async throws {
        try await withServer { server in
            let deployment = try await server.deploy()
            let run = try await server.run(deployment)
            let agent = try await server.welcomeAgent()
            let pool = try await server.orchestrator.pool(named: "default")
            let seat = Seat(agentID: agent.id, poolID: pool.id, queueNames: [], credit: 1)
            #expect(try await server.orchestrator.claim(for: [seat]).count == 1)
            #expect(try await server.post("/api/flow_runs/bulk_delete", only([run])).json == ["deleted": []])
            #expect(try await server.post("/api/flows/bulk_delete", [:]).json == ["deleted": []])
            #expect(try await server.get("/api/flow_runs/\(run)").status == 200)
        }
    }

    @Test func aFlowGoesWithItsDeploymentsAndRuns() async throws {
        try await withServer { server in
            let deployment = try await server.deploy()
            let run = try await server.run(deployment)
            let flow = try await server.get("/api/flows/name/etl").json["id"] ?? .null
            let own = try await server.post("/api/flow_runs/", ["flow_id": flow]).json["id"]?.stringValue ?? ""
            let other = try await server.deploy("other", flow: "spare")
            let deleted = try await server.post("/api/flows/bulk_delete", ["flows": ["id": ["any_": [flow]]]])
            #expect(deleted.json == ["deleted": [flow]])
            for path in ["flows/name/etl", "deployments/\(deployment)", "flow_runs/\(run)", "flow_runs/\(own)"] {
                #expect(try await server.get("/api/\(path)").status == 404, "\(path)")
            }
            let gone = try await server.post("/api/deployments/bulk_delete", [:]).json
            #expect(gone == ["deleted": [.string(other)]])
            #expect(try await server.get("/api/flows/name/spare").status == 200)
        }
    }

    @Test func labelsAreLaidOverThoseThatARunHas() async throws {
        try await withServer { server in
            let run = try await server.run(try await server.deploy(), ["labels": ["a": 1, "b": 1]])
            let path = "/api/flow_runs/\(run)/labels"
            #expect(try await server.json(.patch, path, ["b": 2, "c": "x"]).status == 204)
            let labels = try await server.get("/api/flow_runs/\(run)").json["labels"]
            #expect(labels?["a"] == 1 && labels?["b"] == 2 && labels?["c"] == "x")
            for bad: JSONValue in [["a": ["b": 1]], ["a": [1]], ["a": .null], [1]] {
                #expect(try await server.json(.patch, path, bad).status == 422, "\(bad)")
            }
            #expect(try await server.json(.patch, "/api/flow_runs/none/labels", [:]).status == 404)
        }
    }

    @Test func runsAreCountedWhereTheyAreExpected() async throws {
        try await withServer { server in
            let deployment = try await server.deploy()
            let start = server.clock.time
            func due(_ seconds: Int) -> JSONValue {
                let time = start + .seconds(seconds)
                return ["state": ["type": "SCHEDULED", "state_details": ["scheduled_time": time.json]]]
            }
            for seconds in [0, 10, 59, 60, 170] { _ = try await server.run(deployment, due(seconds)) }
            server.clock.advance(by: .seconds(30))
            let request: JSONValue = [
                "history_start": start.json, "history_end": (start + .seconds(150)).json,
                "history_interval_seconds": 60,
            ]
            let spans = try await server.post("/api/flow_runs/history", request).json.arrayValue ?? []
            #expect(spans.map { $0["states"]?[0]?["count_runs"] } == [3, 1, 1], "the last span reaches behind the end")
            #expect(spans[0]["states"]?[0]?["sum_estimated_lateness"] == 50.0)
            #expect(spans[1]["interval_start"] == (start + .seconds(60)).json)
            #expect(try await server.post("/api/flow_runs/lateness", [:]).json == 10.0)
            let none = try await server.post("/api/flow_runs/lateness", ["flow_runs": ["id": ["any_": []]]])
            #expect(none.json == .null)
            for (interval, count) in [(1.0, 151), (0.001, 0), (1e300, 1)] {
                var body = request.objectValue ?? [:]
                body["history_interval_seconds"] = interval.json
                body["history_end"] = (start + .milliseconds(150_500)).json
                let answer = try await server.post("/api/flow_runs/history", .object(body))
                #expect(answer.json.arrayValue?.count ?? 0 == count, "\(interval)")
            }
            let marks = try await server.post("/api/ui/flow_runs/history", ["sort": "EXPECTED_START_TIME_ASC"]).json
            #expect(marks.arrayValue?.map { $0["lateness"] } == [30.0, 20.0, 0.0, 0.0, 0.0])
            #expect(try await server.post("/api/ui/flow_runs/history", ["limit": 1001]).status == 422)
        }
    }

    @Test func stepsAreSummedUpByTheTimeTheyAreExpected() async throws {
        try await withServer { server in
            let start = server.clock.time
            for (number, seconds) in [0, 10, 60].enumerated() {
                let due: JSONValue = ["scheduled_time": (start + .seconds(seconds)).json]
                let step = try await server.post(
                    "/api/task_runs/",
                    [
                        "task_key": "step", "dynamic_key": .string("\(number)"), "flow_run_id": .null,
                        "state": ["type": "SCHEDULED", "state_details": due],
                    ])
                #expect(step.status == 201)
            }
            server.clock.advance(by: .seconds(30))
            let request: JSONValue = [
                "history_start": start.json, "history_end": (start + .seconds(120)).json,
                "history_interval_seconds": 60,
            ]
            let spans = try await server.post("/api/task_runs/history", request).json.arrayValue ?? []
            #expect(spans.map { $0["states"]?[0]?["count_runs"] } == [2, 1])
            #expect(spans[0]["states"]?[0]?["state_type"] == "SCHEDULED")
            #expect(spans[0]["states"]?[0]?["sum_estimated_lateness"] == 50.0)
            #expect(spans[1]["states"]?[0]?["sum_estimated_run_time"] == 0.0)
        }
    }

    @Test func flowsAreSummedUp() async throws {
        try await withServer { server in
            let deployment = try await server.deploy()
            _ = try await server.deploy("second")
            _ = try await server.post("/api/flows/", ["name": "idle"])
            let flow = try await server.get("/api/flows/name/etl").json["id"] ?? .null
            let idle = try await server.get("/api/flows/name/idle").json["id"] ?? .null
            let ids: JSONValue = ["flow_ids": [flow, idle]]
            let first = try await server.run(deployment)
            server.clock.advance(by: .seconds(1))
            _ = try await server.run(deployment)
            let counts = try await server.post("/api/ui/flows/count-deployments", ids).json
            #expect(counts[flow.stringValue ?? ""] == 2 && counts[idle.stringValue ?? ""] == 0)
            let next = try await server.post("/api/ui/flows/next-runs", ids).json
            #expect(next[flow.stringValue ?? ""]?["id"] == .string(first))
            #expect(next[idle.stringValue ?? ""] == .null)
            #expect(try await server.post("/api/ui/flows/next-runs", [:]).status == 422)
            let queues = try await server.get("/api/deployments/\(deployment)/work_queue_check").json
            #expect(queues[0]?["name"] == "default")
            #expect(
                try await server.json(.patch, "/api/flows/\(flow.stringValue ?? "")", ["tags": ["x"]]).status == 204)
            #expect(try await server.get("/api/flows/name/etl").json["tags"] == ["x"])
        }
    }

    @Test func aLogIsDownloadedAsATable() async throws {
        try await withServer { server in
            let run = try await server.run(try await server.deploy(), ["name": "a \"run\""])
            let line: JSONValue = [
                "name": "app", "level": 20, "message": "he said \"x\", ok", "timestamp": "2026-01-01T00:00:00.123456Z",
                "flow_run_id": .string(run),
            ]
            _ = try await server.post("/api/logs/", [line])
            let table = try await server.get("/api/flow_runs/\(run)/logs/download")
            #expect(table.headers["Content-Type"] == "text/csv; charset=utf-8")
            #expect(table.headers["Content-Disposition"]?.hasSuffix("''a%20%22run%22-logs.csv") == true)
            let expected = """
                timestamp,level,flow_run_id,task_run_id,message\r
                2026-01-01 00:00:00.123456+00:00,20,\(run),,"he said ""x"", ok"\r

                """
            #expect(table.text == expected)
        }
    }
}
