public import Domain
public import JSON

/// A named value that flows and templates read.
public struct VariableResource: APIResource {
    public let json: JSONValue
    public let name: String
    public let value: JSONValue
    public let tags: [String]
    public let updated: Timestamp?

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        name = try reader.required("name").string
        value = try reader.optional("value")?.value ?? .null
        tags = try reader.optional("tags") ?? []
        updated = try reader.time("updated")
    }
}

/// Typed stored configuration, its secrets masked.
public struct BlockResource: APIResource {
    public let json: JSONValue
    public let id: String
    /// Nothing for what other blocks hold and nobody has named.
    public let name: String?
    /// The slug of its type.
    public let type: String
    public let data: JSONObject
    public let updated: Timestamp?

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        id = try reader.required("id").string
        name = try reader.text("name")
        type = try reader.optional("block_type")?.text("slug") ?? ""
        data = try reader.optional("data") ?? [:]
        updated = try reader.time("updated")
    }
}

/// A type of blocks.
public struct BlockTypeResource: APIResource {
    public let json: JSONValue
    public let slug: String

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        slug = try reader.required("slug").string
    }
}

/// The fields of the blocks of a type.
public struct BlockSchemaResource: APIResource {
    public let json: JSONValue
    public let id: String
    public let typeID: String
    /// Their names, in order.
    public let fields: [String]
    /// Those that have no value unless they are given one.
    public let required: [String]

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        id = try reader.required("id").string
        typeID = try reader.required("block_type_id").string
        let document: JSONObject = try reader.optional("fields") ?? [:]
        fields = (document["properties"]?.objectValue ?? [:]).keys.sorted()
        required = (document["required"]?.arrayValue ?? []).compactMap(\.stringValue)
    }
}
