public import Domain
import Storage

/// A block type as it is wanted.
public struct BlockTypeRequest: Sendable {
    public var name: String
    public var slug: String
    public var texts = BlockTypeTexts()

    public init(name: String, slug: String) {
        self.name = name
        self.slug = slug
    }
}

/// What people read of a block type.
public struct BlockTypeTexts: Sendable {
    public var logoURL: String?
    public var documentationURL: String?
    public var description: String?
    public var codeExample: String?

    public init() {}

    /// Pages show descriptions as Markdown, which may hold HTML: this one cannot.
    var withoutMarkup: BlockTypeTexts {
        var texts = self
        texts.description = description.map(Self.escaping)
        texts.codeExample = codeExample.map(Self.escaping)
        return texts
    }

    private static func escaping(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { escaped, scalar in
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
    }
}

extension Orchestrator {
    /// - Throws: `OrchestrationError.conflict` when the slug is taken; `.forbidden` for names that Prefect keeps to its
    ///   own types.
    public func createBlockType(_ request: BlockTypeRequest) async throws -> BlockType {
        try Names.check(request.name, of: "block type")
        guard !request.name.lowercased().hasPrefix("prefect") else {
            throw OrchestrationError.forbidden("Block type names beginning with 'Prefect' are reserved.")
        }
        return try await change { change in
            guard try change.store.blockType(slug: request.slug) == nil else {
                throw OrchestrationError.conflict("Block type with name \"\(request.name)\" already exists")
            }
            return try change.insertBlockType(request, isProtected: false)
        }
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func blockType(_ id: ID<BlockType>) async throws -> BlockType {
        try await database.read { try $0.blockType(id) }.orNotFound("Block type", id)
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func blockType(slug: String) async throws -> BlockType {
        try await database.read { try $0.blockType(slug: slug) }.orNotFound("Block type", slug)
    }

    /// The block types that are asked for.
    public func blockTypes(_ request: FilteredRequest<BlockFilters, BlockTypeOrder>) async throws -> [BlockType] {
        try await database.read { try $0.blockTypes(request.query(request.filters.onTypes)) }
    }

    /// Changes what people read of a block type.
    ///
    /// - Throws: `OrchestrationError.notFound`.
    public func updateBlockType(
        _ id: ID<BlockType>, _ edit: @escaping @Sendable (inout BlockType) -> Void
    ) async throws {
        try await change { change in
            let before = try change.store.blockType(id).orNotFound("Block type", id)
            var type = before
            edit(&type)
            guard type != before else { return }
            type.updated = change.now
            try change.store.update(type)
            try change.announce(.updated, type)
        }
    }

    /// Forgets a block type with its schemas and blocks.
    ///
    /// - Throws: `OrchestrationError.notFound`; `.forbidden` for one that the server brings along.
    public func deleteBlockType(_ id: ID<BlockType>) async throws {
        try await change { change in
            let type = try change.store.blockType(id).orNotFound("Block type", id)
            guard !type.isProtected else {
                // Clients know these words.
                throw OrchestrationError.forbidden("protected block types cannot be deleted.")
            }
            try change.store.deleteBlockType(id)
            try change.announce(.deleted, type)
            try change.dropLostResultStorage()
        }
    }
}

extension Change {
    /// - Parameter isProtected: whether the server brings it along, which is nothing that happens.
    mutating func insertBlockType(_ request: BlockTypeRequest, isProtected: Bool) throws -> BlockType {
        let texts = request.texts.withoutMarkup
        let type = BlockType(
            id: surroundings.newID(), name: request.name, slug: request.slug, logoURL: texts.logoURL,
            documentationURL: texts.documentationURL, description: texts.description, codeExample: texts.codeExample,
            isProtected: isProtected, created: now, updated: now)
        try store.insert(type)
        if !isProtected { try announce(.created, type) }
        return type
    }
}
