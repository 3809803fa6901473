import HTTPClient
public import JSON

extension APIConnection {
    /// All variables.
    public func variables() async throws(APIError) -> [VariableResource] { try await all("/variables/filter") }

    /// A variable by its name.
    public func variable(_ name: String) async throws(APIError) -> VariableResource {
        try await get("/variables/name/\(name.percentEncoded)")
    }

    /// Makes a variable, or changes the one of that name.
    ///
    /// - Parameter tags: nothing leaves those that it has.
    public func set(
        variable name: String, to value: JSONValue, tags: [String]?
    ) async throws(APIError) -> VariableResource {
        var body: JSONObject = ["value": value]
        if let tags { body["tags"] = tags.json }
        do {
            let path = "/variables/name/\(name.percentEncoded)"
            _ = try await call(.patch, path, .object(body), mayRepeat: true)
        } catch {
            guard error.isNotFound else { throw error }
            body["name"] = .string(name)
            return try await post("/variables/", .object(body))
        }
        return try await variable(name)
    }

    /// Forgets a variable.
    public func delete(variable name: String) async throws(APIError) {
        _ = try await call(.delete, "/variables/name/\(name.percentEncoded)")
    }

    /// All blocks that have a name, their secrets masked.
    ///
    /// - Parameter type: the slug of a type; nothing for those of all types.
    public func blocks(ofType type: String? = nil) async throws(APIError) -> [BlockResource] {
        guard let type else { return try await all("/block_documents/filter") }
        return try await all("/block_documents/filter", ["block_types": ["slug": ["any_": [.string(type)]]]])
    }

    /// A block by its type's slug and its name, its secrets masked.
    public func block(_ name: String, ofType type: String) async throws(APIError) -> BlockResource {
        try await get("/block_types/slug/\(type.percentEncoded)/block_documents/name/\(name.percentEncoded)")
    }

    /// Makes a block of the type `secret`, or changes what the one of that name holds.
    public func set(secret name: String, to value: String) async throws(APIError) {
        try await set(block: name, ofType: Self.secretType, to: ["value": .string(value)])
    }

    /// Makes a block, or changes what the one of that type and name holds.
    ///
    /// - Parameter fields: all of its fields: one that is left out is gone.
    public func set(block name: String, ofType type: String, to fields: JSONObject) async throws(APIError) {
        do {
            let known = try await block(name, ofType: type)
            let body: JSONValue = ["data": .object(fields), "merge_existing_data": false]
            _ = try await call(.patch, "/block_documents/\(known.id)", body, mayRepeat: true)
        } catch {
            guard error.isNotFound else { throw error }
            let schema = try await blockSchema(ofType: type)
            let body: JSONValue = [
                "name": .string(name), "block_type_id": .string(schema.typeID), "block_schema_id": .string(schema.id),
                "data": .object(fields),
            ]
            _ = try await call(.post, "/block_documents/", body)
        }
    }

    /// What a new block of a type has for fields.
    ///
    /// - Parameter type: the type's slug.
    public func blockSchema(ofType type: String) async throws(APIError) -> BlockSchemaResource {
        let id = try await call(.get, "/block_types/slug/\(type.percentEncoded)").json["id"] ?? .null
        let found: [BlockSchemaResource] = try await all(
            "/block_schemas/filter", ["block_schemas": ["block_type_id": ["any_": [id]]]])
        guard let newest = found.first else {
            throw .refused(status: 404, detail: "nobody has said yet which fields blocks of the type '\(type)' have")
        }
        return newest
    }

    /// The slugs of all types of blocks, in order.
    public func blockTypes() async throws(APIError) -> [String] {
        let found: [BlockTypeResource] = try await all("/block_types/filter")
        return found.map(\.slug).sorted()
    }

    /// The slug of the type of blocks that hold one secret each.
    public static let secretType = "secret"

    /// Forgets a block.
    public func delete(block id: String) async throws(APIError) {
        _ = try await call(.delete, "/block_documents/\(id.percentEncoded)")
    }
}
