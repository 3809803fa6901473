public import JSON

/// What the data of a block of some type look like, in one version of the code that uses them. Checksum and version
/// together are unique.
public struct BlockSchema: Sendable, Hashable {
    /// The version of a schema that names none.
    public static let standardVersion = "non-versioned"

    public let id: ID<BlockSchema>
    public let typeID: ID<BlockType>
    /// `sha256:` and the SHA-256 of `BlockFields.checksumText` in lower-case hexadecimal.
    public let checksum: String
    public let version: String
    /// JSON Schema, without what is stored apart: the schemas of the blocks that such a block holds.
    public let fields: JSONObject
    /// What a block can do, by the names that its code gives to it.
    public let capabilities: [String]
    public let created: Timestamp
    public let updated: Timestamp

    public init(
        id: ID<BlockSchema>, typeID: ID<BlockType>, checksum: String, version: String, fields: JSONObject,
        capabilities: [String], created: Timestamp, updated: Timestamp
    ) {
        self.id = id
        self.typeID = typeID
        self.checksum = checksum
        self.version = version
        self.fields = fields
        self.capabilities = capabilities
        self.created = created
        self.updated = updated
    }

    /// Which of the data are secret.
    public var secretFields: SecretFields {
        SecretFields(fields["secret_fields"]?.arrayValue?.compactMap(\.stringValue) ?? [])
    }
}

/// A block that such a block holds, as its schema names it.
public struct BlockSchemaReference: Sendable, Hashable {
    /// The field that holds it.
    public let name: String
    public let typeSlug: String
    public let checksum: String

    public init(name: String, typeSlug: String, checksum: String) {
        self.name = name
        self.typeSlug = typeSlug
        self.checksum = checksum
    }
}
