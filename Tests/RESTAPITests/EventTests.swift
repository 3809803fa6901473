import Domain
import HTTPClient
import JSON
import TestSupport
import Testing

@Suite struct EventTests {
    private func event(_ number: Int, _ name: String, at time: Timestamp) -> JSONValue {
        var generator = SeededGenerator(seed: UInt64(number))
        return [
            "id": ID<Event>(at: time, from: &generator).json, "occurred": time.json, "event": .string(name),
            "resource": ["prefect.resource.id": .string("lab.\(number % 2)"), "prefect.resource.name": "lab"],
            "related": [["prefect.resource.id": "lab.all", "prefect.resource.role": "group"]],
        ]
    }

    private func fill(_ server: TestServer, _ count: Int) async throws {
        let events = (0..<count).map {
            event($0, $0 % 3 == 0 ? "lab.third" : "lab.other", at: server.clock.time - .seconds(count - $0))
        }
        #expect(try await server.post("/api/events", .array(events)).status == 204)
    }

    /// Not what the server tells of pools, flows and deployments.
    private static let ofLabsAndRuns: JSONValue = ["event": ["prefix": ["lab.", "prefect.flow-run."]]]

    @Test func pagesFollowOneAnotherWithoutGaps() async throws {
        try await withServer { server in
            try await fill(server, 25)
            let run = try await server.run(try await server.deploy())
            var page = try await server.post("/api/events/filter", ["filter": Self.ofLabsAndRuns, "limit": 7]).json
            var seen: [String] = []
            while true {
                #expect(page["total"] == 26, "on each page")
                seen += (page["events"]?.arrayValue ?? []).compactMap { $0["id"]?.stringValue }
                guard let next = page["next_page"]?.stringValue else { break }
                let path = String(next.dropFirst(server.base.count))
                page = try await server.get(path).json
            }
            #expect(seen.count == 26 && Set(seen).count == 26)
            let newest = try await server.post(
                "/api/events/filter", ["filter": Self.ofLabsAndRuns, "limit": 1]
            ).json["events"]?.arrayValue?.first
            #expect(newest?["resource"]?["prefect.resource.id"]?.stringValue == "prefect.flow-run.\(run)")
            #expect(try await server.get("/api/events/filter/next?page-token=abc").status == 403)
        }
    }

    @Test func whatHappenedToADeletedRunStaysKnown() async throws {
        try await withServer { server in
            let run = try await server.run(try await server.deploy())
            let request: JSONValue = ["filter": ["resource": ["id": [.string("prefect.flow-run.\(run)")]]]]
            let before = try await server.post("/api/events/filter", request).json["events"]
            #expect(before?.arrayValue?.map { $0["event"] } == ["prefect.flow-run.Scheduled"])
            #expect(try await server.send(.delete, "/api/flow_runs/\(run)").status == 204)
            #expect(try await server.post("/api/events/filter", request).json["events"] == before)
        }
    }

    @Test(arguments: [
        (#"{"event": {"name": ["lab.third"]}}"#, 4), (#"{"resource": {"id": ["lab.1"]}}"#, 5),
        (#"{"any_resource": {"id": ["lab.all"]}}"#, 10), (#"{"related": {"id": ["lab.all"]}}"#, 10),
        (#"{"related": {"id": ["lab.1"]}}"#, 0), (#"{"event": {"prefix": ["prefect.flow-run."]}}"#, 1),
        (#"{"event": {"exclude_prefix": ["prefect."]}}"#, 10),
        (#"{"any_resource": {"id_prefix": ["prefect.flow-run."]}}"#, 1),
    ])
    func filtersNarrowDown(filter: String, count: Int) async throws {
        try await withServer { server in
            try await fill(server, 10)
            _ = try await server.run(try await server.deploy())
            let body: JSONValue = ["filter": try JSONValue(parsing: filter)]
            #expect(try await server.post("/api/events/filter", body).json["total"] == .integer(Int64(count)))
        }
    }

    @Test func eventsAreCounted() async throws {
        try await withServer { server in
            try await fill(server, 10)
            let labs: JSONValue = ["filter": ["event": ["prefix": ["lab."]]]]
            let names = try await server.post("/api/events/count-by/event", labs).json.arrayValue ?? []
            #expect(names.map { $0["count"] } == [6, 4])
            #expect(names.first?["label"] == "lab.other")
            let resources = try await server.post("/api/events/count-by/resource", labs).json.arrayValue
            #expect(resources?.count == 2)
            let filter: JSONValue = [
                "occurred": ["since": (server.clock.time - .seconds(60)).json], "event": ["prefix": ["lab."]],
            ]
            let body: JSONValue = ["filter": filter, "time_unit": "second", "time_interval": 10]
            let spans = try await server.post("/api/events/count-by/time", body).json.arrayValue ?? []
            #expect(spans.reduce(0) { $0 + ($1["count"]?.intValue ?? 0) } == 10)
            #expect((6...7).contains(spans.count))
            let many: JSONValue = ["filter": filter, "time_unit": "second", "time_interval": 0.01]
            #expect(try await server.post("/api/events/count-by/time", many).status == 422)
            #expect(try await server.post("/api/events/count-by/nothing", body).status == 422)
        }
    }

    @Test func badEventsAreRefusedWhole() async throws {
        try await withServer { server in
            let good = event(1, "lab.a", at: server.clock.time)
            let answer = try await server.post("/api/events", [good, ["event": "x"]])
            #expect(answer.status == 422)
            let labs: JSONValue = ["filter": ["event": ["prefix": ["lab."]]]]
            #expect(try await server.post("/api/events/filter", labs).json["total"] == 0)
            #expect(try await server.post("/api/events/filter", ["limit": 51]).status == 422)
        }
    }
}
