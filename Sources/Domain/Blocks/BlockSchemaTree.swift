public import JSON

/// A block schema with the schemas of the blocks that such a block holds, and theirs.
public struct BlockSchemaTree: Sendable {
    public let schema: BlockSchema
    public let type: BlockType
    /// The fields as clients have sent them: with the references, and the blocks among the definitions.
    public let fields: JSONObject

    /// - Parameter children: by the fields that hold them.
    public init(_ schema: BlockSchema, of type: BlockType, children: [(name: String, tree: BlockSchemaTree)] = []) {
        self.schema = schema
        self.type = type
        var fields = schema.fields
        fields[BlockFields.referencesKey] = .object(Self.references(children))
        let definitions = BlockFields(fields).definitions.merging(Self.definitions(children))
        if !definitions.isEmpty { fields[BlockFields.definitionsKey] = .object(definitions) }
        self.fields = fields
    }

    private static func references(_ children: [(name: String, tree: BlockSchemaTree)]) -> JSONObject {
        var references: JSONObject = [:]
        for child in children {
            let reference: JSONValue = [
                "block_schema_checksum": .string(child.tree.schema.checksum),
                "block_type_slug": .string(child.tree.type.slug),
            ]
            switch references[child.name] {
            case nil: references[child.name] = reference
            case .array(let several): references[child.name] = .array(several + [reference])
            case let one?: references[child.name] = one == reference ? one : .array([one, reference])
            }
        }
        return references
    }

    /// Definitions are one flat list, by the titles of the schemas.
    private static func definitions(_ children: [(name: String, tree: BlockSchemaTree)]) -> JSONObject {
        var definitions: JSONObject = [:]
        for child in children {
            var fields = child.tree.fields
            guard let title = fields["title"]?.stringValue else { continue }
            let inner = BlockFields(fields).definitions
            fields[BlockFields.definitionsKey] = nil
            definitions[title] = .object(fields)
            definitions = definitions.merging(inner)
        }
        return definitions
    }
}
