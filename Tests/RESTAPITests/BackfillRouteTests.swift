import Domain
import HTTPClient
import JSON
import Testing

/// Previews of schedules and backfills over HTTP.
@Suite struct BackfillRouteTests {
    @Test func aPreviewMarksWhereClocksChange() async throws {
        try await withServer { server in
            let answer = try await server.post(
                "/api/schedules/preview",
                [
                    "schedule": ["cron": "30 2 * * *", "timezone": "Europe/Paris"], "count": 2,
                    "daylight_saving": ["left_out": "skip"], "start": "2027-03-27T12:00:00Z",
                ])
            #expect(answer.status == 200)
            let fires = answer.json.arrayValue ?? []
            #expect(fires.map { $0["fate"] } == ["left_out", "ordinary", "ordinary"])
            #expect(fires.map { $0["fires"] } == [false, true, true])
            #expect(fires.first?["clock_change"] == 3600)
            #expect(fires.last?["local"] == "2027-03-30T02:30:00")
        }
    }

    @Test func aYearIsMadeOverHTTP() async throws {
        try await withServer { server in
            let deployment = try await server.deploy()
            let body: JSONValue = [
                "from": "2025-01-01", "to": "2025-12-31", "every": 86_400, "max_concurrent": 4, "name": "2025",
            ]
            let answer = try await server.post("/api/deployments/\(deployment)/backfill", body)
            #expect(answer.status == 200)
            #expect(answer.json["runs"] == 365 && answer.json["batch"]?["size"] == 365)
            #expect(answer.json["batch"]?["max_concurrent"] == 4)
            let filter: JSONValue = ["limit": 1, "sort": "EXPECTED_START_TIME_ASC"]
            let first = try await server.post("/api/flow_runs/filter", filter).json.arrayValue?.first
            #expect(first?["data_interval_start"] == "2025-01-01T00:00:00.000000Z")
            #expect(first?["data_interval_end"] == "2025-01-02T00:00:00.000000Z")
            let again = try await server.post("/api/deployments/\(deployment)/backfill", body)
            #expect(again.json["batch"] == .null && again.json["skipped"]?["under_way"] == 365)
        }
    }

    @Test(
        arguments: [
            [:], ["from": "2025-01-01"], ["from": "x", "to": "2025-01-01"],
            ["from": "2025-01-02", "to": "2025-01-01", "every": 60], ["from": "2025-01-01", "to": "2025-01-02"],
            ["from": "2025-01-01", "to": "2025-01-02", "every": 0],
            ["from": "2025-01-01", "to": "2025-01-02", "every": 3600, "max_concurrent": 0],
            ["from": "2025-01-01", "to": "2025-01-02", "every": 3600, "rerun": "never"],
            ["from": "2025-01-01", "to": "2025-01-02", "every": 1e300],
        ] as [JSONValue])
    func whatIsNoneIsRefused(body: JSONValue) async throws {
        try await withServer { server in
            let deployment = try await server.deploy()
            #expect(try await server.post("/api/deployments/\(deployment)/backfill", body).status == 422)
        }
    }

    @Test(
        arguments: [
            [:], ["schedule": ["cron": "@daily"], "count": 0], ["schedule": ["cron": "@daily"], "count": 1001],
            ["schedule": ["cron": "@daily", "timezone": "Mars/Olympus"]],
        ] as [JSONValue])
    func whatIsNoScheduleIsNotPreviewed(body: JSONValue) async throws {
        try await withServer { server in
            let answer = try await server.post("/api/schedules/preview", body)
            #expect(answer.status == 422)
        }
    }
}
