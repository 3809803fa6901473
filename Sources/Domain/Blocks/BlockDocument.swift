public import JSON

/// A block: configuration of some type. (type, name) is unique.
public struct BlockDocument: Sendable, Hashable {
    public let id: ID<BlockDocument>
    public let typeID: ID<BlockType>
    public var schemaID: ID<BlockSchema>
    public var name: String
    /// Whether a program has made it for itself: such ones are not listed.
    public let isAnonymous: Bool
    /// Its data, sealed; without the other blocks that it holds.
    public var sealedData: [UInt8]
    public let created: Timestamp
    public var updated: Timestamp

    public init(
        id: ID<BlockDocument>, typeID: ID<BlockType>, schemaID: ID<BlockSchema>, name: String, isAnonymous: Bool,
        sealedData: [UInt8], created: Timestamp, updated: Timestamp
    ) {
        self.id = id
        self.typeID = typeID
        self.schemaID = schemaID
        self.name = name
        self.isAnonymous = isAnonymous
        self.sealedData = sealedData
        self.created = created
        self.updated = updated
    }

    /// What its data are sealed for: in another block they cannot be opened.
    public static func seal(of id: ID<BlockDocument>) -> [UInt8] { id.bytes }
}

/// The data of a block as clients send them, with the blocks that it holds apart from all else: a field that holds
/// one is `{"$ref": {"block_document_id": …}}`. Only fields themselves do, not what is within them.
public struct BlockData: Sendable, Hashable {
    public let plain: JSONObject
    public let references: [String: ID<BlockDocument>]

    /// - Throws: `BrokenBlockReference`.
    public init(_ data: JSONObject) throws(BrokenBlockReference) {
        var plain: JSONObject = [:]
        var references: [String: ID<BlockDocument>] = [:]
        for (key, value) in data {
            guard case .object(let object) = value, let reference = object["$ref"] else {
                plain[key] = value
                continue
            }
            guard let given = reference["block_document_id"], !given.isNull else { throw .missing(field: key) }
            guard let id = given.stringValue.flatMap({ ID<BlockDocument>($0) }) else { throw .noID(field: key) }
            references[key] = id
        }
        self.plain = plain
        self.references = references
    }
}

/// A field that should hold another block and does not say which.
public enum BrokenBlockReference: Error, Sendable, Hashable, CustomStringConvertible {
    case missing(field: String)
    case noID(field: String)

    public var description: String {
        switch self {
        case .missing(let field): "Received block reference without a block_document_id in key \(field)"
        case .noID(let field): "Received block reference with a block_document_id that is no UUID in key \(field)"
        }
    }
}
