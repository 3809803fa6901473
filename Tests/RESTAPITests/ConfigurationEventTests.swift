import HTTPClient
import JSON
import Testing

/// What is told of configuration that changes, and where artifacts are seen.
@Suite struct ConfigurationEventTests {
    private func events(_ server: TestServer, _ prefix: String) async throws -> [JSONValue] {
        let filter: JSONValue = [
            "filter": [
                "event": ["prefix": [.string(prefix)]], "order": "ASC",
                "occurred": ["since": "2020-01-01T00:00:00Z", "until": "2040-01-01T00:00:00Z"],
            ]
        ]
        return try await server.post("/api/events/filter", filter).json["events"]?.arrayValue ?? []
    }

    @Test func variablesAreTold() async throws {
        try await withServer { server in
            let id =
                try await server.post("/api/variables/", ["name": "a", "value": [1]]).json["id"]?.stringValue ?? ""
            _ = try await server.json(.patch, "/api/variables/name/a", ["value": "x"])
            _ = try await server.send(.delete, "/api/variables/\(id)")
            let told = try await events(server, "prefect.variable.")
            #expect(
                told.map { $0["event"] } == ["created", "updated", "deleted"].map { .string("prefect.variable.\($0)") })
            #expect(told[1]["payload"] == ["name": "a", "value": "x", "tags": []])
            #expect(told[0]["resource"]?["prefect.resource.id"] == .string("prefect.variable.\(id)"))
        }
    }

    @Test func blocksAreToldWithoutTheirSecrets() async throws {
        try await withServer { server in
            let type = try await server.post("/api/block_types/", ["name": "T", "slug": "t"]).json["id"] ?? .null
            let schema = try await server.post(
                "/api/block_schemas/", ["block_type_id": type, "fields": ["secret_fields": ["token", "deep.*"]]])
            let ids: JSONObject = ["block_type_id": type, "block_schema_id": schema.json["id"] ?? .null]
            let data: JSONValue = ["token": "hidden", "url": "u", "n": 1, "deep": ["x": "hidden"]]
            let block = try await server.post(
                "/api/block_documents/", .object(ids.merging(["name": "one", "data": data])))
            _ = try await server.post(
                "/api/block_documents/", .object(ids.merging(["is_anonymous": true, "data": data])))
            let path = "/api/block_documents/\(block.json["id"]?.stringValue ?? "")"
            _ = try await server.json(.patch, path, ["data": ["url": "v"]])
            _ = try await server.send(.delete, path)
            let told = try await events(server, "prefect.block-document.")
            #expect(told.map { $0["payload"]?["data"] } == [["url": "u"], ["url": "v"], ["url": "v"]])
            #expect(told.allSatisfy { !$0.serialized().contains("hidden") })
            let roles = told[0]["related"]?.arrayValue?.map { $0["prefect.resource.role"] }
            #expect(roles == ["block-type", "block-schema"])
            #expect(try await events(server, "prefect.block-type.").map { $0["payload"]?["slug"] } == ["t"])
        }
    }

    @Test func artifactsAreToldByTheirKeys() async throws {
        try await withServer { server in
            var ids: [String] = []
            for number in 1...2 {
                let made = try await server.post("/api/artifacts/", ["key": "k", "data": JSONValue(number)])
                ids.append(made.json["id"]?.stringValue ?? "")
            }
            _ = try await server.post("/api/artifacts/", ["data": "no key, nothing to tell"])
            for id in ids.reversed() { _ = try await server.send(.delete, "/api/artifacts/\(id)") }
            let told = try await events(server, "prefect.artifact-collection.")
            let fates = told.map { $0["event"]?.stringValue?.split(separator: ".").last.map(String.init) }
            #expect(fates == ["created", "updated", "updated", "deleted"])
            #expect(told.map { $0["payload"]?["data"] } == [1, 2, 1, 1])
            #expect(
                told[1]["related"]?[0]?["prefect.resource.id"] == .string("prefect.artifact.\(ids[1])"))
        }
    }

    @Test func theGraphShowsWhatARunShows() async throws {
        try await withServer { server in
            let run = try await server.run(try await server.deploy())
            let task = try await server.post(
                "/api/task_runs/",
                ["flow_run_id": .string(run), "task_key": "t", "dynamic_key": "0", "name": "t-0"])
            let own: JSONObject = ["flow_run_id": .string(run), "task_run_id": task.json["id"] ?? .null]
            _ = try await server.post(
                "/api/artifacts/", .object(own.merging(["type": "progress", "data": 50.0, "key": "p"])))
            _ = try await server.post("/api/artifacts/", .object(own.merging(["type": "result", "data": 1])))
            for data: JSONValue in ["old", "new"] {
                let body: JSONValue = ["flow_run_id": .string(run), "type": "markdown", "key": "k", "data": data]
                _ = try await server.post("/api/artifacts/", body)
            }
            let graph = try await server.get("/api/flow_runs/\(run)/graph-v2").json
            #expect(graph["artifacts"]?.arrayValue?.map { $0["is_latest"] } == [false, true], "\(graph)")
            #expect(graph["artifacts"]?[0]?["data"]?.isNull == true)
            let shown = graph["nodes"]?[0]?[1]?["artifacts"]
            #expect(shown?.arrayValue?.count == 1 && shown?[0]?["data"] == 50.0)
            let byTask = try await server.post(
                "/api/artifacts/filter", ["task_runs": ["name": ["any_": ["t-0"]]]])
            #expect(byTask.json.arrayValue?.count == 2)
        }
    }
}
