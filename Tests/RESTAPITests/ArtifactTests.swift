import HTTPClient
import JSON
import TestSupport
import Testing

@Suite struct ArtifactTests {
    private static let nobody = "00000000-0000-7000-8000-000000000000"

    private func make(_ server: TestServer, _ body: JSONObject) async throws -> JSONValue {
        server.clock.advance(by: .seconds(1))
        let answer = try await server.post("/api/artifacts/", .object(body))
        #expect(answer.status == 201 && Set(answer.json.objectValue?.keys ?? []) == PrefectKeys.artifact)
        return answer.json["id"] ?? .null
    }

    private func path(_ id: JSONValue) -> String { "/api/artifacts/\(id.stringValue ?? "")" }

    @Test func theLatestOfAKeyIsShown() async throws {
        try await withServer { server in
            let first = try await make(server, ["key": "k", "data": "one", "metadata_": ["a": "b"]])
            let second = try await make(server, ["key": "k", "data": "two"])
            let latest = try await server.get("/api/artifacts/k/latest").json
            #expect(latest["data"] == "two" && Set(latest.objectValue?.keys ?? []) == PrefectKeys.artifact)
            let list = try await server.post("/api/artifacts/latest/filter").json
            #expect(list.arrayValue?.count == 1 && list[0]?["latest_id"] == second && list[0]?["id"] == latest["id"])
            #expect(Set(list[0]?.objectValue?.keys ?? []) == PrefectKeys.artifact.union(["latest_id"]))
            #expect(list[0]?["created"] != list[0]?["updated"])

            #expect(try await server.json(.patch, path(second), ["data": 50.0, "description": "d"]).status == 204)
            let changed = try await server.get("/api/artifacts/k/latest").json
            #expect(changed["data"] == 50.0 && changed["description"] == "d")
            #expect(try await server.json(.patch, path(second), ["description": .null]).status == 204)
            #expect(try await server.get(path(second)).json["description"]?.isNull == true)

            #expect(try await server.send(.delete, path(second)).status == 204)
            let former = try await server.get("/api/artifacts/k/latest").json
            #expect(former["data"] == "one" && former["metadata_"] == ["a": "b"] && former["id"] == latest["id"])
            #expect(try await server.send(.delete, path(first)).status == 204)
            #expect(try await server.get("/api/artifacts/k/latest").status == 404)
            #expect(try await server.post("/api/artifacts/latest/count").json == 0)
            for id in [first, .string(Self.nobody), "x"] {
                #expect(try await server.get(path(id)).status == 404)
                #expect(try await server.send(.delete, path(id)).status == 404)
                #expect(try await server.json(.patch, path(id), [:]).status == 404)
            }
        }
    }

    @Test func deletingAnOlderOneLeavesTheLatest() async throws {
        try await withServer { server in
            let first = try await make(server, ["key": "k", "data": 1])
            let second = try await make(server, ["key": "k", "data": 2])
            #expect(try await server.send(.delete, path(first)).status == 204)
            let list = try await server.post("/api/artifacts/latest/filter").json
            #expect(list[0]?["latest_id"] == second)
        }
    }

    @Test func longMetadataAreCutAndWrongOnesRefused() async throws {
        try await withServer { server in
            let long = String(repeating: "x", count: 501)
            let id = try await make(server, ["metadata_": ["a": .string(long)]])
            let text = try await server.get(path(id)).json["metadata_"]?["a"]?.stringValue
            #expect(text == String(repeating: "x", count: 500) + "...")
            for body: JSONValue in [
                ["metadata_": ["a": 1]], ["key": "K"], ["flow_run_id": "x"], ["task_run_id": "x"], ["type": 1],
            ] {
                #expect(try await server.post("/api/artifacts/", body).status == 422, "\(body)")
            }
        }
    }

    @Test func filters() async throws {
        try await withServer { server in
            let run = try await server.run(try await server.deploy())
            _ = try await make(server, ["key": "b", "type": "table", "data": 1, "flow_run_id": .string(run)])
            _ = try await make(server, ["key": "a", "type": "markdown", "data": 2, "task_run_id": .string(run)])
            _ = try await make(server, ["type": "result", "data": 3])
            let cases: [(body: JSONValue, all: [JSONValue], latest: [JSONValue])] = [
                ([:], [3, 2, 1], [2, 1]),
                (["sort": "KEY_ASC", "artifacts": ["key": ["exists_": true]]], [2, 1], [2, 1]),
                (["sort": "KEY_DESC", "artifacts": ["key": ["exists_": true]]], [1, 2], [1, 2]),
                (["sort": "CREATED_DESC", "limit": 1], [3], [2]),
                (["sort": .null, "limit": .null], [3, 2, 1], [2, 1]),
                (["artifacts": ["key": ["exists_": false]]], [3], []),
                (["artifacts": ["type": ["not_any_": ["table"]]]], [3, 2], [2]),
                (["artifacts": ["type": ["any_": ["table"]]]], [1], [1]),
                (["artifacts": ["key": ["like_": "A"]]], [2], [2]), (["artifacts": ["key": ["any_": ["b"]]]], [1], [1]),
                (["artifacts": ["flow_run_id": ["any_": [.string(run)]]]], [1], [1]),
                (["artifacts": ["task_run_id": ["any_": [.string(run)]]]], [2], [2]),
                (["flow_runs": ["id": ["any_": [.string(run)]]]], [1], [1]), (["flow_runs": [:]], [1], [1]),
                (["flows": ["name": ["any_": ["etl"]]]], [1], [1]), (["flows": ["name": ["any_": ["x"]]]], [], []),
                (["deployments": ["name": ["any_": ["nightly"]]]], [1], [1]),
            ]
            for each in cases {
                for (kind, expected) in [("", each.all), ("latest/", each.latest)] {
                    let found = try await server.post("/api/artifacts/\(kind)filter", each.body)
                    #expect(found.json.arrayValue?.map { $0["data"] } == expected, "\(kind) \(each.body)")
                    guard each.body["limit"]?.intValue == nil else { continue }
                    let count = try await server.post("/api/artifacts/\(kind)count", each.body)
                    #expect(count.json.intValue == expected.count, "\(kind) \(each.body)")
                }
            }
        }
    }
}
