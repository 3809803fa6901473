import HTTPClient
import JSON
import TestSupport
import Testing

/// Saved searches, inputs of runs, and settings of the server.
@Suite struct SettingTests {
    private static let nobody = "00000000-0000-7000-8000-000000000000"

    @Test func searchesAreSavedByName() async throws {
        try await withServer { server in
            let filter: JSONObject = [
                "object": "flow", "property": "name", "type": "string", "operation": "equals", "value": [1, .null],
            ]
            let body: JSONObject = ["name": "mine", "filters": [.object(filter.merging(["more": 1]))]]
            let made = try await server.json(.put, "/api/saved_searches/", .object(body))
            #expect(made.status == 201 && Set(made.json.objectValue?.keys ?? []) == PrefectKeys.savedSearch)
            #expect(made.json["filters"] == [.object(filter)])
            let again = try await server.json(.put, "/api/saved_searches/", ["name": "mine"])
            #expect(again.status == 200 && again.json["id"] == made.json["id"] && again.json["filters"] == [])
            let broken: JSONValue = ["name": "x", "filters": [["object": "flow"]]]
            #expect(try await server.json(.put, "/api/saved_searches/", broken).status == 422)
            _ = try await server.json(.put, "/api/saved_searches/", ["name": "a"])
            let all = try await server.post("/api/saved_searches/filter").json.arrayValue ?? []
            #expect(all.map { $0["name"] } == ["a", "mine"])
            let path = "/api/saved_searches/\(made.json["id"]?.stringValue ?? "")"
            #expect(try await server.get(path).json == again.json)
            #expect(try await server.send(.delete, path).status == 204)
            #expect(try await server.send(.delete, path).status == 404)
            #expect(try await server.get(path).status == 404)
        }
    }

    @Test func runsAreGivenInputs() async throws {
        try await withServer { server in
            let run = "/api/flow_runs/\(try await server.run(try await server.deploy()))"
            for (key, value) in [("a-2", "{\"x\": 1}"), ("a-1", "é"), ("b", "")] as [(JSONValue, JSONValue)] {
                server.clock.advance(by: .seconds(1))
                let given = try await server.post("\(run)/input", ["key": key, "value": value, "sender": "s"])
                #expect(given.status == 201 && given.json.isNull)
            }
            #expect(try await server.post("\(run)/input", ["key": "b", "value": "x"]).status == 409)
            for body: JSONValue in [["key": "B", "value": "x"], ["key": "c"], ["key": "c", "value": 1], [:]] {
                #expect(try await server.post("\(run)/input", body).status == 422, "\(body)")
            }
            let text = try await server.get("\(run)/input/a-2")
            #expect(text.text == "{\"x\": 1}" && text.headers["Content-Type"] == "text/plain; charset=utf-8")
            #expect(try await server.get("\(run)/input/a-1").text == "é")
            let cases: [(JSONValue, [JSONValue])] = [
                (["prefix": "a"], ["a-2"]), (["prefix": "a", "limit": 9], ["a-2", "a-1"]),
                (["prefix": "a", "limit": 9, "exclude_keys": ["a-2"]], ["a-1"]), (["prefix": "", "limit": 0], []),
                (["prefix": "z", "limit": 9], []), (["prefix": "", "limit": 9], ["a-2", "a-1", "b"]),
            ]
            for (body, keys) in cases {
                let found = try await server.post("\(run)/input/filter", body).json.arrayValue ?? []
                #expect(found.map { $0["key"] } == keys, "\(body)")
                #expect(found.allSatisfy { Set($0.objectValue?.keys ?? []) == PrefectKeys.input })
            }
            #expect(try await server.post("\(run)/input/filter").status == 422)
            #expect(try await server.send(.delete, "\(run)/input/a-1").status == 204)
            #expect(try await server.send(.delete, "\(run)/input/a-1").status == 404)
            #expect(try await server.get("\(run)/input/a-1").status == 404)
            let stranger = "/api/flow_runs/\(Self.nobody)/input"
            #expect(try await server.post(stranger, ["key": "a", "value": "x"]).status == 404)
        }
    }

    /// What was handed to a run goes with it; what it has shown stays, as with Prefect's server.
    @Test func whatADeletedRunLeaves() async throws {
        try await withServer { server in
            let run = try await server.run(try await server.deploy())
            _ = try await server.post("/api/flow_runs/\(run)/input", ["key": "a", "value": "x"])
            let shown = try await server.post("/api/artifacts/", ["key": "k", "flow_run_id": .string(run)])
            #expect(try await server.send(.delete, "/api/flow_runs/\(run)").status == 204)
            #expect(try await server.get("/api/flow_runs/\(run)/input/a").status == 404)
            let left = try await server.get("/api/artifacts/\(shown.json["id"]?.stringValue ?? "")")
            #expect(left.json["flow_run_id"] == .string(run))
        }
    }

    @Test func resultsHaveAStorage() async throws {
        try await withServer { server in
            let path = "/api/admin/storage"
            let none: JSONValue = ["default_result_storage_block_id": .null]
            #expect(try await server.get(path).json == none)
            let type = try await server.post("/api/block_types/", ["name": "F", "slug": "f"]).json["id"] ?? .null
            func block(_ name: JSONValue, _ capabilities: JSONValue) async throws -> JSONObject {
                let schema = try await server.post(
                    "/api/block_schemas/", ["block_type_id": type, "version": name, "capabilities": capabilities])
                let block = try await server.post(
                    "/api/block_documents/",
                    ["name": name, "block_type_id": type, "block_schema_id": schema.json["id"] ?? .null])
                return ["default_result_storage_block_id": block.json["id"] ?? .null]
            }
            let mute = try await block("mute", ["read-path"])
            #expect(try await server.json(.put, path, .object(mute)).status == 422)
            let unknown: JSONValue = ["default_result_storage_block_id": .string(Self.nobody)]
            #expect(try await server.json(.put, path, unknown).status == 404)
            let good = try await block("good", ["write-path"])
            let set = try await server.json(.put, path, .object(good))
            #expect(set.status == 200 && set.json == .object(good))
            #expect(try await server.get(path).json == .object(good))
            let id = good["default_result_storage_block_id"]?.stringValue ?? ""
            #expect(try await server.send(.delete, "/api/block_documents/\(id)").status == 204)
            #expect(try await server.get(path).json == none, "a block that is gone stores nothing")
            let other = try await block("other", ["write-path"])
            _ = try await server.json(.put, path, .object(other))
            #expect(try await server.send(.delete, path).status == 204)
            #expect(try await server.get(path).json == none)
        }
    }

    @Test func settingsAndKindsOfWorkers() async throws {
        try await withServer { server in
            let settings = try await server.get("/api/admin/settings").json
            #expect(settings["server"]?["api"]?["default_limit"] == 200)
            #expect(settings["sluice"]?["version"] == "1.2.3")
            let kinds = try await server.get("/api/collections/views/aggregate-worker-metadata").json
            let template = kinds["prefect"]?["process"]?["default_base_job_configuration"]
            let variables = template?["variables"]?["properties"]?.objectValue ?? [:]
            #expect(Set(variables.keys) == Set(template?["job_configuration"]?.objectValue?.keys ?? []))
            #expect(kinds["prefect"]?["process"]?["type"] == "process")
            #expect(try await server.get("/api/collections/views/nothing").status == 404)
        }
    }
}
