import HTTPClient
import JSON
import TestSupport
import Testing

/// Block types, those that every server has among them.
@Suite struct BlockTypeTests {
    private static let nobody = "00000000-0000-7000-8000-000000000000"

    @Test func typesAreMadeChangedAndDeleted() async throws {
        try await withServer { server in
            let made = try await server.post(
                "/api/block_types/", ["name": "Thing", "slug": "thing", "description": "a < b & c", "logo_url": "l"])
            #expect(made.status == 201 && made.json["description"] == "a &lt; b &amp; c")
            let twice = try await server.post("/api/block_types/", ["name": "Other", "slug": "thing"])
            #expect(twice.status == 409)
            let path = "/api/block_types/\(made.json["id"]?.stringValue ?? "")"
            #expect(try await server.get(path).json == made.json)
            #expect(try await server.get("/api/block_types/slug/thing").json == made.json)
            server.clock.advance(by: .seconds(1))
            #expect(try await server.json(.patch, path, ["logo_url": "l"]).status == 204)
            #expect(try await server.get(path).json["updated"] == made.json["updated"], "nothing was changed")
            #expect(try await server.json(.patch, path, ["logo_url": .null, "description": "<b>"]).status == 204)
            let changed = try await server.get(path).json
            #expect(changed["logo_url"]?.isNull == true && changed["description"] == "<b>")
            #expect(changed["updated"] != made.json["updated"])
            #expect(try await server.send(.delete, path).status == 204)
            for method in [HTTPMethod.get, .delete] { #expect(try await server.send(method, path).status == 404) }
            #expect(try await server.json(.patch, path, [:]).status == 404)
        }
    }

    @Test(
        arguments: [
            (["name": "Prefect thing", "slug": "p"], 403), (["name": "a/b", "slug": "p"], 422),
            (["name": "a", "slug": "P_P"], 422), (["name": "a"], 422),
        ] as [(JSONValue, Int)])
    func namesThatAreNotTaken(_ body: JSONValue, _ status: Int) async throws {
        try await withServer { server in
            let answer = try await server.post("/api/block_types/", body)
            #expect(answer.status == status)
        }
    }

    @Test func whatComesWithTheServerStays() async throws {
        try await withServer { server in
            // One that a client has registered before is protected from then on, and keeps its words.
            let own = try await server.post(
                "/api/block_types/", ["name": "Secret", "slug": "secret", "description": "mine"])
            let install = "/api/block_types/install_system_block_types"
            for _ in 0..<2 { #expect(try await server.post(install).status == 200) }
            let types = try await server.post("/api/block_types/filter").json.arrayValue ?? []
            #expect(types.map { $0["slug"] } == ["email", "local-file-system", "secret", "slack-webhook", "webhook"])
            #expect(types.allSatisfy { $0["is_protected"] == true })
            #expect(types[2]["description"] == "mine" && types[2]["id"] == own.json["id"])
            let schemas = try await server.post("/api/block_schemas/filter").json.arrayValue ?? []
            #expect(schemas.count == 5)
            for type in types {
                let answer = try await server.send(.delete, "/api/block_types/\(type["id"]?.stringValue ?? "")")
                #expect(answer.status == 403 && answer.detail == "protected block types cannot be deleted.")
            }
            for schema in schemas {
                let answer = try await server.send(.delete, "/api/block_schemas/\(schema["id"]?.stringValue ?? "")")
                #expect(answer.status == 403)
            }
        }
    }

    @Test func withATypeGoesAllThatIsOfIt() async throws {
        try await withServer { server in
            let type = try await server.post("/api/block_types/", ["name": "T", "slug": "t"]).json["id"] ?? .null
            let schema = try await server.post("/api/block_schemas/", ["block_type_id": type]).json["id"] ?? .null
            let body: JSONValue = ["name": "b", "block_type_id": type, "block_schema_id": schema]
            let block = try await server.post("/api/block_documents/", body).json["id"]?.stringValue ?? ""
            #expect(try await server.send(.delete, "/api/block_types/\(type.stringValue ?? "")").status == 204)
            #expect(try await server.get("/api/block_documents/\(block)").status == 404)
            #expect(try await server.get("/api/block_schemas/\(schema.stringValue ?? "")").status == 404)
            #expect(try await server.get("/api/block_types/slug/t/block_documents").status == 404)
            let orphan: JSONValue = ["block_type_id": .string(Self.nobody)]
            #expect(try await server.post("/api/block_schemas/", orphan).status == 404)
        }
    }
}
