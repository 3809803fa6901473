public import Domain

extension Store {
    private static let blockTypeColumns = """
        id, name, slug, logo_url, documentation_url, description, code_example, is_protected, created, updated
        """

    private static func blockType(_ reader: inout RowReader) throws(StorageError) -> BlockType {
        BlockType(
            id: try reader.id(), name: try reader.text(), slug: try reader.text(), logoURL: try reader.optionalText(),
            documentationURL: try reader.optionalText(), description: try reader.optionalText(),
            codeExample: try reader.optionalText(), isProtected: try reader.flag(), created: try reader.time(),
            updated: try reader.time())
    }

    /// The block type of that id.
    public func blockType(_ id: ID<BlockType>) throws(StorageError) -> BlockType? {
        try rows("SELECT \(Self.blockTypeColumns) FROM block_type WHERE id = $1", .id(id)).decoded(Self.blockType).first
    }

    /// The block type of that slug.
    public func blockType(slug: String) throws(StorageError) -> BlockType? {
        try rows("SELECT \(Self.blockTypeColumns) FROM block_type WHERE slug = $1", .text(slug))
            .decoded(Self.blockType).first
    }

    /// The block types that a query asks for.
    public func blockTypes(_ query: Query) throws(StorageError) -> [BlockType] {
        try select(Self.blockTypeColumns, from: "block_type", query).decoded(Self.blockType)
    }

    /// Adds a block type.
    public func insert(_ type: BlockType) throws(StorageError) {
        try execute(
            "INSERT INTO block_type (\(Self.blockTypeColumns)) VALUES (\(placeholders(10)))",
            .id(type.id), .text(type.name), .text(type.slug), .text(type.logoURL), .text(type.documentationURL),
            .text(type.description), .text(type.codeExample), .flag(type.isProtected), .time(type.created),
            .time(type.updated))
    }

    /// Stores a block type as it is now.
    public func update(_ type: BlockType) throws(StorageError) {
        try execute(
            """
            UPDATE block_type SET name = $1, logo_url = $2, documentation_url = $3, description = $4,
                code_example = $5, is_protected = $6, updated = $7
            WHERE id = $8
            """,
            .text(type.name), .text(type.logoURL), .text(type.documentationURL), .text(type.description),
            .text(type.codeExample), .flag(type.isProtected), .time(type.updated), .id(type.id))
    }

    /// Forgets a block type with its schemas and blocks.
    public func deleteBlockType(_ id: ID<BlockType>) throws(StorageError) {
        try execute("DELETE FROM block_type WHERE id = $1", .id(id))
    }
}
