import Domain
import JSON
import Secrets
import Storage

/// Gathers what belongs to blocks and schemas, each thing once.
struct BlockDescriber {
    /// Blocks that one block holds, directly or not: more would make an answer that nobody can read.
    private static let mostHeld = 1000
    private static let deepest = 50

    let store: Store
    let vault: Vault
    private var types: [ID<BlockType>: BlockType] = [:]
    private var trees: [ID<BlockSchema>: BlockSchemaTree] = [:]
    private var held = 0

    init(_ store: Store, _ vault: Vault) {
        self.store = store
        self.vault = vault
    }

    mutating func type(_ id: ID<BlockType>) throws -> BlockType {
        if let type = types[id] { return type }
        let type = try store.blockType(id).orNotFound("Block type", id)
        types[id] = type
        return type
    }

    // MARK: Schemas

    mutating func tree(_ schema: BlockSchema) throws -> BlockSchemaTree { try tree(schema, within: []) }

    /// - Parameter path: the schemas that are being gathered: one that holds itself is not gathered again.
    private mutating func tree(_ schema: BlockSchema, within path: [ID<BlockSchema>]) throws -> BlockSchemaTree {
        if let tree = trees[schema.id] { return tree }
        let type = try type(schema.typeID)
        guard !path.contains(schema.id), path.count < Self.deepest else { return BlockSchemaTree(schema, of: type) }
        var children: [(name: String, tree: BlockSchemaTree)] = []
        for reference in try store.references(of: schema.id) {
            guard let child = try store.blockSchema(reference.target) else { continue }
            children.append((name: reference.name, tree: try tree(child, within: path + [schema.id])))
        }
        let tree = BlockSchemaTree(schema, of: type, children: children)
        trees[schema.id] = tree
        return tree
    }

    // MARK: Blocks

    /// - Parameter revealing: whether secrets are shown. If they are not, a block that cannot be opened is shown without
    ///   data, so that it can be found and deleted.
    mutating func describe(_ document: BlockDocument, revealing: Bool) throws -> DescribedBlock {
        held = 0
        return try describe(document, revealing: revealing, depth: 0)
    }

    private mutating func describe(
        _ document: BlockDocument, revealing: Bool, depth: Int
    ) throws -> DescribedBlock {
        guard held <= Self.mostHeld, depth <= Self.deepest else {
            throw OrchestrationError.tooLarge(
                "a block holds at most \(Self.mostHeld) blocks, and \(Self.deepest) in one another")
        }
        held += 1
        let schema = try store.blockSchema(document.schemaID).orNotFound("Block schema", document.schemaID)
        var data = try data(of: document, schema, revealing: revealing)
        var inner: [(name: String, block: DescribedBlock)] = []
        for reference in try store.references(of: document.id) {
            guard let child = try store.blockDocument(reference.target) else { continue }
            let block = try describe(child, revealing: revealing, depth: depth + 1)
            data[reference.name] = .object(block.data)
            inner.append((name: reference.name, block: block))
        }
        return DescribedBlock(
            document: document, tree: try tree(schema), type: try type(document.typeID), data: data, held: inner)
    }

    private func data(of document: BlockDocument, _ schema: BlockSchema, revealing: Bool) throws -> JSONObject {
        do {
            let data = try vault.open(document)
            return revealing ? data : schema.secretFields.masking(data)
        } catch {
            if revealing { throw error }
            return [:]
        }
    }
}
