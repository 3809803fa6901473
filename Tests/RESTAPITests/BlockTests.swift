import HTTPClient
import JSON
import Testing

/// Blocks as Prefect's clients register, save, load and delete them.
@Suite struct BlockTests {
    private static let nobody = "00000000-0000-7000-8000-000000000000"

    /// As the client of Prefect 3.8 writes it for a block with a single number.
    private static let inner: JSONObject = [
        "block_schema_references": [:], "block_type_slug": "lab-inner",
        "properties": ["x": ["default": 1, "title": "X", "type": "integer", "position": 0]], "secret_fields": [],
        "title": "Inner", "type": "object",
    ]
    /// What that client computes for it.
    private static let innerChecksum = "sha256:3fd5a12a0e0b220347776bdf7f293b6afe311381f0f7ebfcb45c35bb1aace143"

    private static let outer: JSONObject = [
        "block_schema_references": [
            "inner": ["block_schema_checksum": .string(innerChecksum), "block_type_slug": "lab-inner"]
        ],
        "block_type_slug": "lab-block", "description": "Lab block.",
        "properties": [
            "url": ["title": "Url", "type": "string", "position": 0],
            "token": [
                "default": "**********", "format": "password", "title": "Token", "type": "string", "writeOnly": true,
                "position": 1,
            ],
            "inner": ["anyOf": [["$ref": "#/definitions/Inner"], ["type": "null"]], "default": .null, "position": 2],
        ],
        "required": ["url"], "secret_fields": ["token"], "title": "LabBlock", "type": "object",
        "definitions": ["Inner": .object(inner)],
    ]
    private static let outerChecksum = "sha256:46e82a9f7171f2094eb56f2ae6f3ac128fe713c980ec1ffedfd0bec6107f2ec2"

    /// The ids of a type and its schema.
    private func register(
        _ server: TestServer, _ name: String, _ fields: JSONObject, capabilities: JSONValue = []
    ) async throws -> JSONObject {
        let slug = fields["block_type_slug"] ?? .null
        let type = try await server.post("/api/block_types/", ["name": .string(name), "slug": slug])
        #expect(type.status == 201 && Set(type.json.objectValue?.keys ?? []) == PrefectKeys.blockType)
        let body: JSONObject = [
            "fields": .object(fields), "block_type_id": type.json["id"] ?? .null, "capabilities": capabilities,
        ]
        let schema = try await server.post("/api/block_schemas/", .object(body))
        #expect(schema.status == 201 && Set(schema.json.objectValue?.keys ?? []) == PrefectKeys.blockSchema)
        return ["block_type_id": type.json["id"] ?? .null, "block_schema_id": schema.json["id"] ?? .null]
    }

    private func save(
        _ server: TestServer, _ name: JSONValue, _ data: JSONValue, _ ids: JSONObject, _ more: JSONObject = [:]
    ) async throws -> Answer {
        let body: JSONObject = ["name": name, "data": data]
        return try await server.post("/api/block_documents/", .object(body.merging(ids).merging(more)))
    }

    private func reference(_ block: Answer) -> JSONValue {
        ["$ref": ["block_document_id": block.json["id"] ?? .null]]
    }

    @Test func checksumsAreThoseOfTheClient() async throws {
        try await withServer { server in
            let inner = try await register(server, "Inner", Self.inner)
            let outer = try await register(server, "Lab Block", Self.outer)
            for (checksum, ids, fields) in [
                (Self.innerChecksum, inner, Self.inner), (Self.outerChecksum, outer, Self.outer),
            ] {
                let found = try await server.get("/api/block_schemas/checksum/\(checksum)?version=non-versioned")
                #expect(found.json["id"] == ids["block_schema_id"])
                #expect(found.json["fields"] == .object(fields), "\(found.text)")
                #expect(try await server.get("/api/block_schemas/checksum/\(checksum)?version=9").status == 404)
                let id = found.json["id"]?.stringValue ?? ""
                #expect(try await server.get("/api/block_schemas/\(id)").json == found.json)
            }
            let again: JSONObject = ["fields": .object(Self.inner), "block_type_id": inner["block_type_id"] ?? .null]
            let known = try await server.post("/api/block_schemas/", .object(again))
            #expect(known.status == 200 && known.json["id"] == inner["block_schema_id"])
            let other = try await server.post("/api/block_schemas/", .object(again.merging(["version": "2"])))
            #expect(other.status == 201 && other.json["checksum"] == .string(Self.innerChecksum))
            let newest = try await server.get("/api/block_schemas/checksum/\(Self.innerChecksum)")
            #expect(newest.json["version"] == "2")
        }
    }

    @Test func schemasOfBlocksInBlocksAreRegisteredWithThem() async throws {
        try await withServer { server in
            let type = try await server.post("/api/block_types/", ["name": "L", "slug": "lab-block"])
            let body: JSONValue = ["fields": .object(Self.outer), "block_type_id": type.json["id"] ?? .null]
            let early = try await server.post("/api/block_schemas/", body)
            #expect(early.status == 409 && early.detail.contains("'lab-inner' was not found"))
            #expect(try await server.post("/api/block_schemas/filter").json == [], "nothing of it is kept")
            _ = try await server.post("/api/block_types/", ["name": "I", "slug": "lab-inner"])
            #expect(try await server.post("/api/block_schemas/", body).json["checksum"] == .string(Self.outerChecksum))
            let found = try await server.get("/api/block_schemas/checksum/\(Self.innerChecksum)")
            #expect(found.json["fields"]?["title"] == "Inner")
        }
    }

    @Test func blocksHoldBlocksAndKeepSecrets() async throws {
        try await withServer { server in
            let inner = try await save(
                server, "inner1", ["x": 4], try await register(server, "Inner", Self.inner))
            let ids = try await register(server, "Lab Block", Self.outer)
            let data: JSONValue = ["url": "http://u", "token": "zz", "inner": reference(inner)]
            let saved = try await save(server, "lb", data, ids)
            #expect(saved.status == 201 && Set(saved.json.objectValue?.keys ?? []) == PrefectKeys.blockDocument)
            #expect(saved.json["data"] == ["url": "http://u", "token": "********", "inner": ["x": 4]])
            let held = saved.json["block_document_references"]?["inner"]?["block_document"]
            #expect(Set(held?.objectValue?.keys ?? []) == PrefectKeys.heldBlock && held?["name"] == "inner1")
            #expect(saved.json["block_schema"]?["fields"] == .object(Self.outer))
            let twice = try await save(server, "lb", data, ids)
            #expect(twice.status == 409 && twice.detail == "Block already exists")

            let path = "/api/block_types/slug/lab-block/block_documents/name/lb"
            #expect(try await server.get(path).json == saved.json)
            let shown = try await server.get("\(path)?include_secrets=true").json
            #expect(shown["data"] == ["url": "http://u", "token": "zz", "inner": ["x": 4]])
            #expect(try await server.get("\(path)?include_secrets=maybe").status == 422)
            let all = try await server.get("/api/block_types/slug/lab-block/block_documents").json
            #expect(all == [saved.json])

            // Who sends back what was masked changes nothing of it; what holds no block any more, holds none.
            let block = "/api/block_documents/\(saved.json["id"]?.stringValue ?? "")"
            let changes: JSONValue = ["data": ["url": "http://u2", "token": "********", "inner": .null]]
            #expect(try await server.json(.patch, block, changes).status == 204)
            let changed = try await server.get("\(block)?include_secrets=true").json
            #expect(changed["data"] == ["url": "http://u2", "token": "zz", "inner": .null])
            #expect(changed["block_document_references"] == [:])

            #expect(try await server.json(.patch, block, ["data": ["inner": reference(inner)]]).status == 204)
            _ = try await server.send(.delete, "/api/block_documents/\(inner.json["id"]?.stringValue ?? "")")
            let lone = try await server.get("\(block)?include_secrets=true").json
            #expect(lone["data"] == ["url": "http://u2", "token": "zz"], "a block that is gone is held no more")
            #expect(try await server.send(.delete, block).status == 204)
            #expect(try await server.send(.delete, block).status == 404)
        }
    }

    @Test func dataAreMergedUnlessAllAreReplaced() async throws {
        try await withServer { server in
            let ids = try await register(server, "Inner", Self.inner)
            let other = try await register(server, "Other", ["block_type_slug": "other"])
            let saved = try await save(server, "one", ["a": 1, "b": 2.0], ids)
            let block = "/api/block_documents/\(saved.json["id"]?.stringValue ?? "")"
            func data() async throws -> JSONValue? { try await server.get(block).json["data"] }
            #expect(try await server.json(.patch, block, ["data": ["a": 3]]).status == 204)
            #expect(try await data() == ["a": 3, "b": 2.0])
            #expect(try await server.json(.patch, block, [:]).status == 204)
            #expect(try await data() == ["a": 3, "b": 2.0])
            let all: JSONObject = ["merge_existing_data": false]
            #expect(try await server.json(.patch, block, .object(all.merging(["data": ["c": 1]]))).status == 204)
            #expect(try await data() == ["c": 1])
            #expect(try await server.json(.patch, block, .object(all)).status == 204)
            #expect(try await data() == [:])
            #expect(try await server.json(.patch, block, ["data": .null]).status == 422)
            let moved: JSONValue = ["data": [:], "block_schema_id": other["block_schema_id"] ?? .null]
            #expect(try await server.json(.patch, block, moved).status == 400)
            let nowhere: JSONValue = ["data": [:], "block_schema_id": .string(Self.nobody)]
            #expect(try await server.json(.patch, block, nowhere).status == 404)
            #expect(try await server.json(.patch, "/api/block_documents/\(Self.nobody)", all.json).status == 404)
        }
    }

    @Test func noBlockHoldsItself() async throws {
        try await withServer { server in
            let ids = try await register(server, "Inner", Self.inner)
            let first = try await save(server, "first", [:], ids)
            let second = try await save(server, "second", ["one": reference(first)], ids)
            for target in [first, second] {
                let answer = try await server.json(
                    .patch, "/api/block_documents/\(first.json["id"]?.stringValue ?? "")",
                    ["data": ["x": reference(target)]])
                #expect(answer.status == 400 && answer.detail.contains("cycle"))
            }
            let broken = try await save(server, "third", ["x": ["$ref": [:]]], ids)
            #expect(broken.status == 400 && broken.detail.contains("without a block_document_id in key x"))
            let unknown: JSONValue = ["x": ["$ref": ["block_document_id": .string(Self.nobody)]]]
            #expect(try await save(server, "third", unknown, ids).status == 409)
        }
    }

    /// Each holds the one before it twice: written out, the last would be larger than the memory.
    @Test func blocksThatWouldBeEndlessAreRefused() async throws {
        try await withServer { server in
            let ids = try await register(server, "Inner", Self.inner)
            var last = try await save(server, "b-0", [:], ids)
            for number in 1...12 where last.status == 201 {
                last = try await save(server, "b-\(number)", ["x": reference(last), "y": reference(last)], ids)
            }
            #expect(last.status == 413, "\(last.text.prefix(300))")
        }
    }

    @Test func namesAndAnonymousOnes() async throws {
        try await withServer { server in
            let ids = try await register(server, "Inner", Self.inner)
            #expect(try await save(server, .null, [:], ids).status == 422)
            #expect(try await save(server, "Not_Good", [:], ids).status == 422)
            let nameless = try await save(server, .null, [:], ids, ["is_anonymous": true])
            #expect(nameless.json["name"]?.stringValue?.hasPrefix("anonymous-") == true)
            var body: JSONObject = ["name": "x"]
            #expect(try await server.post("/api/block_documents/", .object(body)).status == 422)
            body["block_type_id"] = .string(Self.nobody)
            body["block_schema_id"] = ids["block_schema_id"]
            #expect(try await server.post("/api/block_documents/", .object(body)).status == 404)
        }
    }

    @Test func filters() async throws {
        try await withServer { server in
            let inner = try await register(server, "Inner", Self.inner, capabilities: ["write-path", "read-path"])
            let other = try await register(server, "Another", ["block_type_slug": "another"])
            _ = try await save(server, "beta", [:], inner)
            _ = try await save(server, "alpha", [:], inner)
            _ = try await save(server, "beta", [:], other)
            _ = try await save(server, "hidden", [:], other, ["is_anonymous": true])
            let cases: [(JSONValue, [JSONValue])] = [
                ([:], ["alpha", "beta", "beta"]), (["sort": "NAME_DESC", "limit": 2], ["beta", "beta"]),
                (["sort": "BLOCK_TYPE_AND_NAME_ASC"], ["beta", "alpha", "beta"]), (["limit": 0], []),
                (["block_documents": ["is_anonymous": .null]], ["alpha", "beta", "beta", "hidden"]),
                (["block_documents": ["is_anonymous": ["eq_": true]]], ["hidden"]),
                (["block_documents": ["name": ["like_": "ALP"]]], ["alpha"]),
                (["block_types": ["slug": ["any_": ["another"]]]], ["beta"]),
                (["block_schemas": ["block_capabilities": ["all_": ["read-path"]]]], ["alpha", "beta"]),
                (["block_documents": ["block_type_id": ["any_": []]]], []), (["offset": 2], ["beta"]),
            ]
            for (body, names) in cases {
                let found = try await server.post("/api/block_documents/filter", body).json.arrayValue ?? []
                #expect(found.map { $0["name"] } == names, "\(body)")
            }
            let count = try await server.post("/api/block_documents/count", ["limit": 1])
            #expect(count.json == 3)
            let types = try await server.post(
                "/api/block_types/filter", ["block_schemas": ["block_capabilities": ["all_": ["write-path"]]]])
            #expect(types.json.arrayValue?.map { $0["slug"] } == ["lab-inner"])
            let named = try await server.post("/api/block_types/filter", ["block_types": ["name": ["like_": "NO"]]])
            #expect(named.json.arrayValue?.map { $0["slug"] } == ["another"])
            let schemas: JSONValue = ["block_schemas": ["block_type_id": ["any_": [other["block_type_id"] ?? .null]]]]
            #expect(try await server.post("/api/block_schemas/filter", schemas).json.arrayValue?.count == 1)
            #expect(try await server.get("/api/block_capabilities/").json == ["read-path", "write-path"])
            for body: JSONValue in [["sort": "UP"], ["limit": 201], ["block_documents": 7], ["include_secrets": "x"]] {
                #expect(try await server.post("/api/block_documents/filter", body).status == 422, "\(body)")
            }
        }
    }
}
