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
        let data: JSONValue = ["value": .string(value)]
        do {
            let known = try await block(name, ofType: Self.secretType)
            let path = "/block_documents/\(known.id)"
            _ = try await call(.patch, path, ["data": data], mayRepeat: true)
        } catch {
            guard error.isNotFound else { throw error }
            let type = try await call(.get, "/block_types/slug/\(Self.secretType)").json["id"] ?? .null
            let schemas = try await call(
                .post, "/block_schemas/filter", ["block_schemas": ["block_type_id": ["any_": [type]]], "limit": 1],
                mayRepeat: true)
            let body: JSONValue = [
                "name": .string(name), "block_type_id": type, "block_schema_id": schemas.json[0]?["id"] ?? .null,
                "data": data,
            ]
            _ = try await call(.post, "/block_documents/", body)
        }
    }

    /// The slug of the type of blocks that hold one secret each.
    public static let secretType = "secret"

    /// Forgets a block.
    public func delete(block id: String) async throws(APIError) {
        _ = try await call(.delete, "/block_documents/\(id.percentEncoded)")
    }
}
