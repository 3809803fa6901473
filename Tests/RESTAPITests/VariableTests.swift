import HTTPClient
import JSON
import TestSupport
import Testing

@Suite struct VariableTests {
    private static let nobody = "00000000-0000-7000-8000-000000000000"

    @Test func variablesHoldAnyJSON() async throws {
        try await withServer { server in
            let values: [JSONValue] = ["text", 1, 1.50, true, .null, ["a": [1, 2.0, .null]], []]
            for (number, value) in values.enumerated() {
                let name = "v_\(number)-x"
                let made = try await server.post("/api/variables/", ["name": .string(name), "value": value])
                #expect(made.status == 201 && Set(made.json.objectValue?.keys ?? []) == PrefectKeys.variable)
                #expect(made.json["value"] == value && made.json["tags"] == [])
                #expect(try await server.get("/api/variables/name/\(name)").json == made.json)
                #expect(try await server.get("/api/variables/\(made.json["id"]?.stringValue ?? "")").json == made.json)
            }
        }
    }

    @Test(
        arguments: [
            (["name": "taken", "value": 1], 409), (["name": "Upper", "value": 1], 422), (["name": "x"], 422),
            (["name": .string(String(repeating: "x", count: 256)), "value": 1], 422),
            (["name": "x", "value": .string(String(repeating: "x", count: 4999))], 422),
            (["name": "x", "value": .string(String(repeating: "x", count: 4998))], 201),
        ] as [(JSONValue, Int)])
    func namesAndSizes(_ body: JSONValue, _ status: Int) async throws {
        try await withServer { server in
            _ = try await server.post("/api/variables/", ["name": "taken", "value": 0])
            #expect(try await server.post("/api/variables/", body).status == status)
        }
    }

    @Test func variablesAreChangedAndDeletedByIdAndByName() async throws {
        try await withServer { server in
            let id = try await server.post("/api/variables/", ["name": "a", "value": 1, "tags": ["t"]]).json["id"]
            _ = try await server.post("/api/variables/", ["name": "b", "value": 1])
            let path = "/api/variables/\(id?.stringValue ?? "")"
            #expect(try await server.json(.patch, path, ["value": .null]).status == 204)
            let changed = try await server.get(path).json
            #expect(changed["value"]?.isNull == true && changed["tags"] == ["t"])
            #expect(try await server.json(.patch, path, ["name": "b"]).status == 409)
            let renamed: JSONValue = ["name": "c", "value": "s", "tags": []]
            #expect(try await server.json(.patch, "/api/variables/name/a", renamed).status == 204)
            #expect(try await server.get("/api/variables/name/c").json["id"] == id)
            #expect(try await server.json(.patch, "/api/variables/name/a", [:]).status == 404)
            #expect(try await server.json(.patch, "/api/variables/\(Self.nobody)", [:]).status == 404)
            #expect(try await server.send(.delete, path).status == 204)
            for path in [path, "/api/variables/name/c", "/api/variables/not-an-id"] {
                #expect(try await server.get(path).status == 404)
                #expect(try await server.send(.delete, path).status == 404)
            }
            #expect(try await server.send(.delete, "/api/variables/name/b").status == 204)
        }
    }

    @Test func filters() async throws {
        try await withServer { server in
            for (name, tags) in [("one", ["a", "b"]), ("two", ["a"]), ("three", [])] as [(String, [JSONValue])] {
                server.clock.advance(by: .seconds(1))
                _ = try await server.post(
                    "/api/variables/", ["name": .string(name), "value": 1, "tags": .array(tags)])
            }
            let cases: [(JSONValue, [JSONValue])] = [
                ([:], ["one", "three", "two"]), (["sort": "NAME_DESC"], ["two", "three", "one"]),
                (["sort": "CREATED_DESC", "limit": 2], ["three", "two"]), (["sort": .null, "offset": 2], ["two"]),
                (["variables": ["tags": ["all_": ["a"]]]], ["one", "two"]),
                (["variables": ["tags": ["is_null_": true]]], ["three"]),
                (["variables": ["name": ["like_": "T"]]], ["three", "two"]),
                (["variables": ["name": ["any_": []]]], []), (["variables": .null], ["one", "three", "two"]),
            ]
            for (body, names) in cases {
                let found = try await server.post("/api/variables/filter", body).json.arrayValue ?? []
                #expect(found.map { $0["name"] } == names, "\(body)")
            }
            let count = try await server.post("/api/variables/count", ["variables": ["tags": ["all_": ["b"]]]])
            #expect(count.json == 1)
        }
    }
}
