public import Domain
import JSON

extension Store {
    private static let blockSchemaColumns = "id, type_id, checksum, version, fields, capabilities, created, updated"

    private static func blockSchema(_ reader: inout RowReader) throws(StorageError) -> BlockSchema {
        BlockSchema(
            id: try reader.id(), typeID: try reader.id(), checksum: try reader.text(), version: try reader.text(),
            fields: try reader.object(), capabilities: try reader.strings(), created: try reader.time(),
            updated: try reader.time())
    }

    /// The block schema of that id.
    public func blockSchema(_ id: ID<BlockSchema>) throws(StorageError) -> BlockSchema? {
        try rows("SELECT \(Self.blockSchemaColumns) FROM block_schema WHERE id = $1", .id(id))
            .decoded(Self.blockSchema).first
    }

    /// The block schema of that checksum: the newest of several.
    ///
    /// - Parameter version: nothing for any.
    public func blockSchema(checksum: String, version: String? = nil) throws(StorageError) -> BlockSchema? {
        let ofVersion = version.map { Condition.test("version = ?", [.text($0)]) } ?? .always
        let query = Query(
            .all([.test("checksum = ?", [.text(checksum)]), ofVersion]), order: "created DESC, id DESC", limit: 1)
        return try blockSchemas(query).first
    }

    /// The block schemas that a query asks for.
    public func blockSchemas(_ query: Query) throws(StorageError) -> [BlockSchema] {
        try select(Self.blockSchemaColumns, from: "block_schema", query).decoded(Self.blockSchema)
    }

    /// Adds a block schema.
    public func insert(_ schema: BlockSchema) throws(StorageError) {
        try execute(
            "INSERT INTO block_schema (\(Self.blockSchemaColumns)) VALUES (\(placeholders(8)))",
            .id(schema.id), .id(schema.typeID), .text(schema.checksum), .text(schema.version), .json(schema.fields),
            .strings(schema.capabilities), .time(schema.created), .time(schema.updated))
    }

    /// Forgets a block schema with its blocks.
    public func deleteBlockSchema(_ id: ID<BlockSchema>) throws(StorageError) {
        try execute("DELETE FROM block_schema WHERE id = $1", .id(id))
    }

    /// Keeps that blocks of one schema hold a block of another in a field.
    public func insertReference(
        from parent: ID<BlockSchema>, named name: String, to target: ID<BlockSchema>
    ) throws(StorageError) {
        try execute(
            """
            INSERT INTO block_schema_reference (parent_id, name, reference_id) VALUES ($1, $2, $3)
            ON CONFLICT (parent_id, name, reference_id) DO NOTHING
            """, .id(parent), .text(name), .id(target))
    }

    /// The schemas of the blocks that one of this schema holds, by the fields that hold them.
    public func references(
        of parent: ID<BlockSchema>
    ) throws(StorageError) -> [(name: String, target: ID<BlockSchema>)] {
        try rows(
            "SELECT name, reference_id FROM block_schema_reference WHERE parent_id = $1 ORDER BY name, reference_id",
            .id(parent)
        ).decoded { reader throws(StorageError) in (name: try reader.text(), target: try reader.id()) }
    }

    /// All that blocks can do, by the names that their schemas give to it, in alphabetical order.
    public func blockCapabilities() throws(StorageError) -> [String] {
        let lists = try rows("SELECT DISTINCT capabilities FROM block_schema WHERE capabilities IS NOT NULL")
            .decoded { reader throws(StorageError) in try reader.strings() }
        return Set(lists.joined()).sorted()
    }
}
