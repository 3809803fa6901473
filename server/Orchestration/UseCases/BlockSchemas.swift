import Bundles
public import Domain
public import JSON
import Storage

/// A block schema as it is wanted. The server computes its checksum itself.
public struct BlockSchemaRequest: Sendable {
    public var typeID: ID<BlockType>
    public var fields: JSONObject = [:]
    public var capabilities: [String] = []
    public var version = BlockSchema.standardVersion

    public init(typeID: ID<BlockType>) { self.typeID = typeID }
}

extension Orchestrator {
    /// The schema of those fields and that version, made if there is none; with it the schemas of blocks that it holds.
    ///
    /// - Returns: the schema, and whether it was made.
    /// - Throws: `OrchestrationError.notFound` for an unknown type; `.conflict` when it holds blocks of an unknown type.
    public func ensureBlockSchema(
        _ request: BlockSchemaRequest
    ) async throws -> (schema: BlockSchemaTree, isNew: Bool) {
        let vault = vault
        return try await change { change in
            _ = try change.store.blockType(request.typeID).orNotFound("Block type", request.typeID)
            let (schema, isNew) = try change.ensureBlockSchema(request)
            var describer = BlockDescriber(change.store, vault)
            return (try describer.tree(schema), isNew)
        }
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func blockSchema(_ id: ID<BlockSchema>) async throws -> BlockSchemaTree {
        try await described { store, describer in
            try describer.tree(try store.blockSchema(id).orNotFound("Block schema", id))
        }
    }

    /// The schema of that checksum, the newest of several.
    ///
    /// - Parameter version: nothing for any.
    /// - Throws: `OrchestrationError.notFound`.
    public func blockSchema(checksum: String, version: String?) async throws -> BlockSchemaTree {
        try await described { store, describer in
            let schema = try store.blockSchema(checksum: checksum, version: version)
            return try describer.tree(try schema.orNotFound("Block schema", checksum))
        }
    }

    /// The block schemas that are asked for.
    public func blockSchemas(
        _ request: FilteredRequest<BlockFilters, BlockSchemaOrder>
    ) async throws -> [BlockSchemaTree] {
        try await described { store, describer in
            try store.blockSchemas(request.query(request.filters.onSchemas)).map { try describer.tree($0) }
        }
    }

    /// Forgets a block schema with its blocks.
    ///
    /// - Throws: `OrchestrationError.notFound`; `.forbidden` for one of a type that the server brings along.
    public func deleteBlockSchema(_ id: ID<BlockSchema>) async throws {
        try await change { change in
            let schema = try change.store.blockSchema(id).orNotFound("Block schema", id)
            guard try change.store.blockType(schema.typeID)?.isProtected != true else {
                throw OrchestrationError.forbidden("Block schemas for protected block types cannot be deleted.")
            }
            try change.store.deleteBlockSchema(id)
            try change.dropLostResultStorage()
        }
    }

    /// All that blocks can do, by the names that their schemas give to it.
    public func blockCapabilities() async throws -> [String] {
        try await database.read { try $0.blockCapabilities() }
    }

    func described<Result: Sendable>(
        _ body: @escaping @Sendable (Store, inout BlockDescriber) throws -> Result
    ) async throws -> Result {
        let vault = vault
        return try await database.read { store in
            var describer = BlockDescriber(store, vault)
            return try body(store, &describer)
        }
    }
}

extension Change {
    /// Blocks in blocks in blocks: nobody nests deeper.
    private static let deepest = 50

    func ensureBlockSchema(_ request: BlockSchemaRequest) throws -> (schema: BlockSchema, isNew: Bool) {
        let fields = BlockFields(request.fields)
        return try ensureBlockSchema(request, fields, among: fields.definitions, depth: 0)
    }

    private func ensureBlockSchema(
        _ request: BlockSchemaRequest, _ fields: BlockFields, among definitions: JSONObject, depth: Int
    ) throws -> (schema: BlockSchema, isNew: Bool) {
        guard depth < Self.deepest else {
            throw OrchestrationError.invalid("blocks are nested more than \(Self.deepest) deep in this schema")
        }
        let checksum = "sha256:\(Self.sha256(fields.checksumText))"
        if let schema = try store.blockSchema(checksum: checksum, version: request.version) { return (schema, false) }
        let schema = BlockSchema(
            id: surroundings.newID(), typeID: request.typeID, checksum: checksum, version: request.version,
            fields: fields.stored(among: definitions), capabilities: request.capabilities, created: now, updated: now)
        try store.insert(schema)
        for reference in fields.references {
            let held = try heldSchema(reference, of: fields, among: definitions, depth: depth)
            try store.insertReference(from: schema.id, named: reference.name, to: held.id)
        }
        return (schema, true)
    }

    /// The schema of a block that such a block holds, made from the definitions if it is not registered yet.
    private func heldSchema(
        _ reference: BlockSchemaReference, of fields: BlockFields, among definitions: JSONObject, depth: Int
    ) throws -> BlockSchema {
        guard let type = try store.blockType(slug: reference.typeSlug) else {
            throw OrchestrationError.conflict(
                """
                Cannot create block schema because block type '\(reference.typeSlug)' was not found. Did you forget to \
                register the block type?
                """)
        }
        if let known = try store.blockSchema(checksum: reference.checksum) { return known }
        guard var own = fields.fields(of: reference, among: definitions) else {
            throw OrchestrationError.invalid(
                "the field \"\(reference.name)\" holds a block of type \"\(type.slug)\" whose schema is neither "
                    + "registered nor among the definitions")
        }
        own["definitions"] = .object(definitions)
        return try ensureBlockSchema(
            BlockSchemaRequest(typeID: type.id), BlockFields(own), among: definitions, depth: depth + 1
        ).schema
    }

    private static func sha256(_ text: String) -> BundleDigest {
        var hash = SHA256()
        hash.update(Array(text.utf8))
        return hash.digest()
    }
}
