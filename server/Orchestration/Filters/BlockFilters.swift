import Domain
public import JSON
import Storage

/// The filters on blocks, their types and their schemas that one question has: `block_documents`, `block_types` and
/// `block_schemas` in Prefect's API. All of them must hold.
public struct BlockFilters: JSONReadable, Sendable {
    private let types: Condition?
    private let schemas: Condition?
    private let documents: Condition

    /// Reads the filters by the keys that Prefect's API gives to them.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        types = try reader.optional("block_types").map { member throws(JSONReadingError) in try Self.types(member) }
        schemas = try reader.optional("block_schemas").map { member throws(JSONReadingError) in
            try Self.schemas(member)
        }
        documents = try Self.documents(try reader.optional("block_documents") ?? JSONReader([:]))
    }

    private static func types(_ reader: JSONReader) throws(JSONReadingError) -> Condition {
        var group = try FilterGroup(reader)
        try group.text("name", in: "block_type.name")
        try group.text("slug", in: "block_type.slug")
        return try group.condition
    }

    private static func schemas(_ reader: JSONReader) throws(JSONReadingError) -> Condition {
        var group = try FilterGroup(reader)
        try group.ids("id", of: BlockSchema.self, in: "block_schema.id")
        try group.ids("block_type_id", of: BlockType.self, in: "block_schema.type_id")
        try group.tags("block_capabilities", in: "block_schema.capabilities")
        try group.text("version", in: "block_schema.version")
        return try group.condition
    }

    private static func documents(_ reader: JSONReader) throws(JSONReadingError) -> Condition {
        var group = try FilterGroup(reader)
        try group.ids("id", of: BlockDocument.self, in: "block_document.id")
        try group.ids("block_type_id", of: BlockType.self, in: "block_document.type_id")
        try group.text("name", in: "block_document.name")
        // Who says nothing of it wants those that have been given a name; null wants them all.
        if reader.has("is_anonymous") {
            try group.flag("is_anonymous", in: "block_document.is_anonymous")
        } else {
            group.add(.test("block_document.is_anonymous = ?", [.flag(false)]))
        }
        return try group.condition
    }
}

// MARK: - What they mean for each table

extension BlockFilters {
    var onTypes: Condition {
        let bySchema = schemas.map {
            Condition.isIn("block_type.id", "block_schema.type_id", of: .blockSchema, where: $0)
        }
        return .all([types, bySchema].compactMap(\.self))
    }

    var onSchemas: Condition { schemas ?? .always }

    var onDocuments: Condition {
        let byType = types.map { Condition.isIn("block_document.type_id", "block_type.id", of: .blockType, where: $0) }
        let bySchema = schemas.map {
            Condition.isIn("block_document.schema_id", "block_schema.id", of: .blockSchema, where: $0)
        }
        return .all([documents] + [byType, bySchema].compactMap(\.self))
    }
}

// MARK: - Orders

/// The order of block types.
public enum BlockTypeOrder: ListOrder {
    case byName
    public static let standard = byName
    public init(reading reader: JSONReader) { self = .byName }
    public var columns: String { "block_type.name, block_type.id" }
}

/// The order of block schemas: who asks for one gets the newest.
public enum BlockSchemaOrder: ListOrder {
    case newestFirst
    public static let standard = newestFirst
    public init(reading reader: JSONReader) { self = .newestFirst }
    public var columns: String { "block_schema.created DESC, block_schema.id DESC" }
}

/// Orders of blocks.
public enum BlockDocumentOrder: String, CaseIterable, ListOrder {
    case nameDescending = "NAME_DESC"
    case nameAscending = "NAME_ASC"
    case typeAscending = "BLOCK_TYPE_AND_NAME_ASC"

    public static let standard = nameAscending

    public var columns: String {
        switch self {
        case .nameAscending: "block_document.name, block_document.id"
        case .nameDescending: "block_document.name DESC, block_document.id DESC"
        case .typeAscending:
            """
            (SELECT block_type.name FROM block_type WHERE block_type.id = block_document.type_id), block_document.name, \
            block_document.id
            """
        }
    }
}
