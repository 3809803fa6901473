/// A kind of block: what configuration of that kind is called, and how it is shown. Names and slugs are unique.
public struct BlockType: Sendable, Hashable {
    public let id: ID<BlockType>
    public var name: String
    /// The name in addresses: lower-case letters, digits and dashes.
    public var slug: String
    public var logoURL: String?
    public var documentationURL: String?
    public var description: String?
    public var codeExample: String?
    /// Whether it comes with the server and cannot be deleted.
    public var isProtected: Bool
    public var created: Timestamp
    public var updated: Timestamp

    public init(
        id: ID<BlockType>, name: String, slug: String, logoURL: String? = nil, documentationURL: String? = nil,
        description: String? = nil, codeExample: String? = nil, isProtected: Bool = false, created: Timestamp,
        updated: Timestamp
    ) {
        self.id = id
        self.name = name
        self.slug = slug
        self.logoURL = logoURL
        self.documentationURL = documentationURL
        self.description = description
        self.codeExample = codeExample
        self.isProtected = isProtected
        self.created = created
        self.updated = updated
    }
}
