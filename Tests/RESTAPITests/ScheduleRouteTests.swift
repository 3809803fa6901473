import Domain
import HTTPClient
import JSON
import Orchestration
import Testing

/// Schedules over HTTP, as the clients of both Prefects use them.
@Suite struct ScheduleRouteTests {
    @Test func aScheduleIsMadeChangedAndDeleted() async throws {
        try await withServer { server in
            let deployment = "/api/deployments/\(try await server.deploy())"
            let created = try await server.post(
                "\(deployment)/schedules",
                [
                    [
                        "schedule": ["cron": "*/30 * * * *", "timezone": "UTC", "day_or": true], "active": true,
                        "max_scheduled_runs": .null, "parameters": ["a": 1], "slug": .null, "replaces": .null,
                    ]
                ])
            #expect(created.status == 201)
            let schedule = created.json.arrayValue?.first ?? .null
            #expect(PrefectKeys.schedule.isSubset(of: schedule.objectValue?.keys ?? []))
            #expect(schedule["schedule"] == ["cron": "*/30 * * * *", "timezone": "UTC", "day_or": true])
            let path = "\(deployment)/schedules/\(schedule["id"]?.stringValue ?? "")"
            #expect(try await server.json(.patch, path, ["active": false]).status == 204)
            let changed = try await server.get(deployment).json["schedules"]?.arrayValue?.first
            #expect(changed?["active"] == false)
            #expect(changed?["parameters"] == ["a": 1])
            #expect(try await server.get("\(deployment)/schedules").json.arrayValue?.count == 1)
            #expect(try await server.send(.delete, path).status == 204)
            #expect(try await server.send(.delete, path).status == 404)
            #expect(try await server.json(.patch, path, [:]).status == 404)
        }
    }

    @Test(
        arguments: [
            ["schedule": ["cron": "61 * * * *"]], ["schedule": [:]], ["active": true], ["schedule": ["interval": 0]],
            ["schedule": ["cron": "@daily", "timezone": "Mars/Olympus"]], ["schedule": ["rrule": "FREQ=NEVER"]],
            ["schedule": ["cron": "@daily"], "max_scheduled_runs": 51],
            ["schedule": ["cron": "@daily"], "daylight_saving": ["left_out": "maybe"]],
        ] as [JSONValue])
    func whatIsNoneIsRefused(body: JSONValue) async throws {
        try await withServer { server in
            let deployment = "/api/deployments/\(try await server.deploy())"
            #expect(try await server.post("\(deployment)/schedules", [body]).status == 422)
            let flow = try await server.post("/api/flows/", ["name": "etl"]).json["id"] ?? .null
            let answer = try await server.post(
                "/api/deployments/", ["name": "x", "flow_id": flow, "schedules": [body]])
            #expect(answer.status == 422)
        }
    }

    @Test func aDeploymentIsMadeWithItsSchedules() async throws {
        try await withServer { server in
            let id = try await server.deploy(more: [
                "schedules": [
                    ["schedule": ["cron": "0 0 * * *", "timezone": "Europe/Paris"], "slug": "c1"],
                    ["schedule": ["interval": 3600.0, "timezone": "UTC"], "slug": "i1"],
                    ["schedule": ["rrule": "FREQ=DAILY;COUNT=5"], "parameters": ["a": 9], "slug": "r1"],
                ]
            ])
            let found = try await server.get("/api/deployments/\(id)").json
            // The last one first, as Prefect's server answers.
            #expect(found["schedules"]?.arrayValue?.map { $0["slug"] } == ["r1", "i1", "c1"])
            #expect(found["schedule"] == ["rrule": "DTSTART:20200101T000000\nFREQ=DAILY;COUNT=5", "timezone": "UTC"])
            #expect(found["is_schedule_active"] == true)
        }
    }

    @Test func slugsTellWhichScheduleIsMeant() async throws {
        try await withServer { server in
            let id = try await server.deploy(more: [
                "schedules": [
                    ["schedule": ["cron": "@daily"], "slug": "a", "parameters": ["x": 1]],
                    ["schedule": ["cron": "@weekly"], "slug": "b"],
                ]
            ])
            let path = "/api/deployments/\(id)"
            func patch(_ schedules: JSONValue) async throws -> Int {
                try await server.json(.patch, path, ["schedules": schedules]).status
            }
            func slugs() async throws -> Set<String> {
                let schedules = try await server.get("\(path)/schedules").json.arrayValue ?? []
                return Set(schedules.compactMap { $0["slug"]?.stringValue })
            }
            #expect(try await patch([["slug": "a", "schedule": ["cron": "@hourly"]]]) == 204)
            #expect(try await slugs() == ["a", "b"])
            #expect(try await patch([["schedule": ["cron": "@hourly"]]]) == 422)
            #expect(try await patch([["slug": "c"]]) == 422)
            #expect(try await patch([["slug": "c", "schedule": ["cron": "@hourly"]]]) == 204)
            #expect(try await patch([["slug": "b", "replaces": "a"], ["slug": "a", "replaces": "b"]]) == 204)
            #expect(try await slugs() == ["a", "b", "c"])
            #expect(try await patch([["slug": "b", "replaces": "c"]]) == 422)
            #expect(try await patch([["slug": "d", "replaces": "a"], ["slug": "e", "replaces": "a"]]) == 422)
            let taken = try await server.post("\(path)/schedules", [["schedule": ["cron": "@daily"], "slug": "a"]])
            #expect(taken.status == 409)
            #expect(taken.detail == "Schedule slugs must be unique within a deployment.")
        }
    }

    @Test func clientsOfPrefect2KnowOneSchedule() async throws {
        try await withServer { server in
            let id = try await server.deploy(more: ["schedule": ["cron": "@daily"], "is_schedule_active": false])
            let path = "/api/deployments/\(id)"
            #expect(try await server.get(path).json["paused"] == true)
            #expect(try await server.get(path).json["schedules"]?.arrayValue?.count == 1)
            #expect(try await server.json(.patch, path, ["is_schedule_active": true]).status == 204)
            #expect(try await server.get(path).json["paused"] == false)
            #expect(try await server.json(.patch, path, ["schedule": ["cron": "@hourly"]]).status == 204)
            #expect(try await server.get(path).json["schedule"]?["cron"] == "@hourly")
            #expect(try await server.json(.patch, path, ["schedule": .null]).status == 204)
            #expect(try await server.get(path).json["schedules"] == [])
            #expect(try await server.post("\(path)/set_schedule_inactive").status == 200)
            #expect(try await server.get(path).json["is_schedule_active"] == false)
        }
    }

    @Test func runsAreMadeWhenTheyAreAskedFor() async throws {
        try await withServer { server in
            let id = try await server.deploy(more: ["schedules": [["schedule": ["cron": "@hourly"]]]])
            let answer = try await server.post("/api/deployments/\(id)/schedule", ["min_runs": 7, "max_runs": 7])
            #expect(answer.status == 200)
            let filter: JSONValue = ["deployments": ["id": ["any_": [.string(id)]]]]
            let runs = try await server.post("/api/flow_runs/filter", filter).json.arrayValue ?? []
            #expect(runs.count == 7)
            #expect(runs.allSatisfy { $0["auto_scheduled"] == true && $0["created_by"]?["type"] == "SCHEDULE" })
            #expect(try await server.post("/api/deployments/\(id)/schedule", ["max_runs": 1_000_000]).status == 422)
        }
    }
}
