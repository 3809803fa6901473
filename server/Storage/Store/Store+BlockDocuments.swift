public import Domain

extension Store {
    private static let blockDocumentColumns = """
        id, type_id, schema_id, name, is_anonymous, sealed_data, created, updated
        """

    private static func blockDocument(_ reader: inout RowReader) throws(StorageError) -> BlockDocument {
        BlockDocument(
            id: try reader.id(), typeID: try reader.id(), schemaID: try reader.id(), name: try reader.text(),
            isAnonymous: try reader.flag(), sealedData: try reader.bytes(), created: try reader.time(),
            updated: try reader.time())
    }

    /// The block of that id.
    public func blockDocument(_ id: ID<BlockDocument>) throws(StorageError) -> BlockDocument? {
        try rows("SELECT \(Self.blockDocumentColumns) FROM block_document WHERE id = $1", .id(id))
            .decoded(Self.blockDocument).first
    }

    /// The block of that type and name.
    public func blockDocument(
        named name: String, of type: ID<BlockType>
    ) throws(StorageError) -> BlockDocument? {
        try rows(
            "SELECT \(Self.blockDocumentColumns) FROM block_document WHERE type_id = $1 AND name = $2", .id(type),
            .text(name)
        ).decoded(Self.blockDocument).first
    }

    /// The blocks that a query asks for.
    public func blockDocuments(_ query: Query) throws(StorageError) -> [BlockDocument] {
        try select(Self.blockDocumentColumns, from: "block_document", query).decoded(Self.blockDocument)
    }

    /// Adds a block.
    public func insert(_ document: BlockDocument) throws(StorageError) {
        try execute(
            "INSERT INTO block_document (\(Self.blockDocumentColumns)) VALUES (\(placeholders(8)))",
            .id(document.id), .id(document.typeID), .id(document.schemaID), .text(document.name),
            .flag(document.isAnonymous), .bytes(document.sealedData), .time(document.created), .time(document.updated))
    }

    /// Stores a block as it is now.
    public func update(_ document: BlockDocument) throws(StorageError) {
        try execute(
            "UPDATE block_document SET schema_id = $1, name = $2, sealed_data = $3, updated = $4 WHERE id = $5",
            .id(document.schemaID), .text(document.name), .bytes(document.sealedData), .time(document.updated),
            .id(document.id))
    }

    /// Forgets a block; those that hold it do without.
    public func deleteBlockDocument(_ id: ID<BlockDocument>) throws(StorageError) {
        try execute("DELETE FROM block_document WHERE id = $1", .id(id))
    }

    // MARK: Blocks in blocks

    /// The blocks that a block holds, by the fields that hold them.
    public func references(
        of parent: ID<BlockDocument>
    ) throws(StorageError) -> [(name: String, target: ID<BlockDocument>)] {
        try rows(
            "SELECT name, reference_id FROM block_document_reference WHERE parent_id = $1 ORDER BY name", .id(parent)
        ).decoded { reader throws(StorageError) in (name: try reader.text(), target: try reader.id()) }
    }

    /// Keeps which blocks a block holds, instead of those that it held.
    public func setReferences(
        of parent: ID<BlockDocument>, to targets: [String: ID<BlockDocument>]
    ) throws(StorageError) {
        try execute("DELETE FROM block_document_reference WHERE parent_id = $1", .id(parent))
        for (name, target) in targets {
            try execute(
                "INSERT INTO block_document_reference (parent_id, name, reference_id) VALUES ($1, $2, $3)",
                .id(parent), .text(name), .id(target))
        }
    }
}
