public import Domain
public import JSON
import Secrets
import Storage

/// A block as it is wanted.
public struct BlockDocumentRequest: Sendable {
    /// Nothing: one is made, for a block that nobody looks for by its name.
    public var name: String?
    public var typeID: ID<BlockType>
    public var schemaID: ID<BlockSchema>
    /// As clients write them: with references to other blocks.
    public var data: JSONObject = [:]
    public var isAnonymous = false

    public init(typeID: ID<BlockType>, schemaID: ID<BlockSchema>) {
        self.typeID = typeID
        self.schemaID = schemaID
    }
}

/// What of a block is changed.
public struct BlockDocumentChanges: Sendable {
    /// Nothing leaves everything as it is, the schema too.
    public var data: JSONObject?
    public var schemaID: ID<BlockSchema>?
    /// Whether data stay that are not given.
    public var isMerged = true

    public init() {}
}

extension Orchestrator {
    /// - Throws: `OrchestrationError.conflict` when the name is taken among blocks of its type, or when what it refers
    ///   to is not there; `.badReference`.
    public func createBlockDocument(_ request: BlockDocumentRequest) async throws -> DescribedBlock {
        let vault = vault
        return try await change { change in
            let type = try change.store.blockType(request.typeID).orNotFound("Block type", request.typeID)
            guard try change.store.blockSchema(request.schemaID) != nil else {
                throw OrchestrationError.conflict("Block schema \"\(request.schemaID)\" not found")
            }
            let id = change.surroundings.newID(BlockDocument.self)
            let name = request.name ?? "anonymous-\(id)"
            guard try change.store.blockDocument(named: name, of: type.id) == nil else {
                throw OrchestrationError.conflict("Block already exists")
            }
            let data = try BlockData(checking: request.data)
            let document = BlockDocument(
                id: id, typeID: type.id, schemaID: request.schemaID, name: name, isAnonymous: request.isAnonymous,
                sealedData: try change.seal(data.plain, of: id, in: vault), created: change.now, updated: change.now)
            try change.store.insert(document)
            try change.setReferences(of: document, to: data.references)
            var describer = BlockDescriber(change.store, vault)
            let block = try describer.describe(document, revealing: false)
            try change.announce(.created, block)
            return block
        }
    }

    /// - Parameter revealing: whether secrets are shown.
    /// - Throws: `OrchestrationError.notFound`; `SecretFailure` when secrets are wanted and the key is not there.
    public func blockDocument(_ id: ID<BlockDocument>, revealing: Bool) async throws -> DescribedBlock {
        try await described { store, describer in
            try describer.describe(
                try store.blockDocument(id).orNotFound("Block document", id), revealing: revealing)
        }
    }

    /// The same, by type and name.
    public func blockDocument(
        named name: String, ofType slug: String, revealing: Bool
    ) async throws -> DescribedBlock {
        try await described { store, describer in
            let document = try store.blockType(slug: slug).flatMap { try store.blockDocument(named: name, of: $0.id) }
            return try describer.describe(
                try document.orNotFound("Block document", "\(slug)/\(name)"), revealing: revealing)
        }
    }

    /// The blocks of a type that have been given a name.
    ///
    /// - Throws: `OrchestrationError.notFound` for an unknown type.
    public func blockDocuments(ofType slug: String, revealing: Bool) async throws -> [DescribedBlock] {
        try await described { store, describer in
            let type = try store.blockType(slug: slug).orNotFound("Block type", slug)
            let named = Condition.test("type_id = ? AND is_anonymous = ?", [.id(type.id), .flag(false)])
            return try store.blockDocuments(Query(named, order: "name", limit: .max)).map {
                try describer.describe($0, revealing: revealing)
            }
        }
    }

    /// The blocks that are asked for.
    public func blockDocuments(
        _ request: FilteredRequest<BlockFilters, BlockDocumentOrder>, revealing: Bool
    ) async throws -> [DescribedBlock] {
        try await described { store, describer in
            try store.blockDocuments(request.query(request.filters.onDocuments)).map {
                try describer.describe($0, revealing: revealing)
            }
        }
    }

    /// How many blocks meet the filters.
    public func countBlockDocuments(_ filters: BlockFilters) async throws -> Int {
        try await count(in: .blockDocument, filters.onDocuments)
    }

    /// - Throws: `OrchestrationError.notFound`; `.badReference` when the schema is of another type, or when the block
    ///   would hold itself.
    public func updateBlockDocument(_ id: ID<BlockDocument>, _ changes: BlockDocumentChanges) async throws {
        let vault = vault
        try await change { change in
            var document = try change.store.blockDocument(id).orNotFound("Block document", id)
            guard let given = changes.data else { return }
            let schema = try change.store.blockSchema(document.schemaID).orNotFound("Block schema", document.schemaID)
            let current = try vault.open(document)
            let restored = schema.secretFields.restoring(given, from: current)
            let data = try BlockData(checking: changes.isMerged ? current.merging(restored) : restored)
            if let schemaID = changes.schemaID { try change.move(&document, to: schemaID) }
            document.sealedData = try change.seal(data.plain, of: id, in: vault)
            document.updated = change.now
            try change.store.update(document)
            try change.setReferences(of: document, to: data.references)
            var describer = BlockDescriber(change.store, vault)
            try change.announce(.updated, try describer.describe(document, revealing: false))
        }
    }

    /// Forgets a block; those that hold it do without.
    ///
    /// - Throws: `OrchestrationError.notFound`.
    public func deleteBlockDocument(_ id: ID<BlockDocument>) async throws {
        let vault = vault
        try await change { change in
            let document = try change.store.blockDocument(id).orNotFound("Block document", id)
            var describer = BlockDescriber(change.store, vault)
            try change.announce(.deleted, try describer.describe(document, revealing: false))
            try change.store.deleteBlockDocument(id)
            try change.dropLostResultStorage()
        }
    }
}

extension BlockData {
    fileprivate init(checking data: JSONObject) throws {
        do {
            try self.init(data)
        } catch {
            throw OrchestrationError.badReference(error.description)
        }
    }
}

extension Change {
    fileprivate func seal(_ data: JSONObject, of id: ID<BlockDocument>, in vault: Vault) throws -> [UInt8] {
        try vault.seal(data, of: id, nonce: surroundings.bytes(SecretKey.nonceSize))
    }

    fileprivate func move(_ document: inout BlockDocument, to schemaID: ID<BlockSchema>) throws {
        let schema = try store.blockSchema(schemaID).orNotFound("Block schema", schemaID)
        guard schema.typeID == document.typeID else {
            throw OrchestrationError.badReference(
                "Must migrate block document to a block schema of the same block type.")
        }
        document.schemaID = schemaID
    }

    /// Keeps which blocks a block holds: others than itself, and none that hold it.
    fileprivate func setReferences(
        of document: BlockDocument, to targets: [String: ID<BlockDocument>]
    ) throws {
        for target in targets.values {
            guard try store.blockDocument(target) != nil else {
                throw OrchestrationError.conflict("Block document \"\(target)\" not found")
            }
            guard try !leads(from: target, to: document.id) else {
                throw OrchestrationError.badReference(
                    "Cannot create block document reference: it would introduce a cycle into the "
                        + "block_document_reference graph (parent=\(document.id), reference=\(target)).")
            }
        }
        try store.setReferences(of: document.id, to: targets)
    }

    private func leads(from start: ID<BlockDocument>, to end: ID<BlockDocument>) throws -> Bool {
        var seen: Set<ID<BlockDocument>> = []
        var open = [start]
        while let next = open.popLast() {
            if next == end { return true }
            guard seen.insert(next).inserted else { continue }
            open += try store.references(of: next).map(\.target)
        }
        return false
    }
}
