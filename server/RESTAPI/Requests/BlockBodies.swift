import Domain
import JSON
import Orchestration

/// A block type as clients want it.
struct BlockTypeBody: JSONReadable, Sendable {
    let request: BlockTypeRequest

    init(reading reader: JSONReader) throws(JSONReadingError) {
        let name: String = try reader.required("name")
        var request = BlockTypeRequest(name: name, slug: try reader.required("slug").dashedName("Block type slug"))
        request.texts.logoURL = try reader.optional("logo_url")
        request.texts.documentationURL = try reader.optional("documentation_url")
        request.texts.description = try reader.optional("description")
        request.texts.codeExample = try reader.optional("code_example")
        self.request = request
    }
}

/// What of a block type is changed: what is absent stays, and null removes it.
struct BlockTypeChanges: JSONReadable, Sendable {
    private let logoURL: Change<String>
    private let documentationURL: Change<String>
    private let description: Change<String>
    private let codeExample: Change<String>

    init(reading reader: JSONReader) throws(JSONReadingError) {
        logoURL = try Change(reader, "logo_url")
        documentationURL = try Change(reader, "documentation_url")
        description = try Change(reader, "description")
        codeExample = try Change(reader, "code_example")
    }

    @Sendable func apply(to type: inout BlockType) {
        logoURL.apply(to: &type.logoURL)
        documentationURL.apply(to: &type.documentationURL)
        description.apply(to: &type.description)
        codeExample.apply(to: &type.codeExample)
    }
}

/// A block schema as clients want it. They send no checksum.
struct BlockSchemaBody: JSONReadable, Sendable {
    let request: BlockSchemaRequest

    init(reading reader: JSONReader) throws(JSONReadingError) {
        var request = BlockSchemaRequest(typeID: try reader.required("block_type_id"))
        request.fields = try reader.optional("fields") ?? [:]
        request.capabilities = try reader.optional("capabilities") ?? []
        request.version = try reader.optional("version") ?? request.version
        self.request = request
    }
}

/// A block as clients want it.
struct BlockDocumentBody: JSONReadable, Sendable {
    let request: BlockDocumentRequest

    init(reading reader: JSONReader) throws(JSONReadingError) {
        let typeID: ID<BlockType> = try reader.required("block_type_id")
        var request = BlockDocumentRequest(typeID: typeID, schemaID: try reader.required("block_schema_id"))
        request.data = try reader.optional("data") ?? [:]
        request.isAnonymous = try reader.optional("is_anonymous") ?? false
        let name = try reader.optional("name").map { name throws(JSONReadingError) in
            try name.dashedName("Block document name")
        }
        request.name = name?.isEmpty == true ? nil : name
        guard request.isAnonymous || request.name != nil else {
            throw reader.valueError("Names must be provided for block documents.")
        }
        self.request = request
    }
}

/// What of a block is changed.
struct BlockDocumentChangesBody: JSONReadable, Sendable {
    let changes: BlockDocumentChanges

    init(reading reader: JSONReader) throws(JSONReadingError) {
        var changes = BlockDocumentChanges()
        changes.schemaID = try reader.optional("block_schema_id")
        changes.isMerged = try reader.optional("merge_existing_data") ?? true
        let given = reader.has("data") ? try reader.required("data").object : nil
        // Who wants nothing of the former data kept, and gives none, wants none.
        changes.data = given ?? (changes.isMerged ? nil : [:])
        self.changes = changes
    }
}

/// Blocks as they are asked for.
struct BlockDocumentsBody: JSONReadable, Sendable {
    let request: FilteredRequest<BlockFilters, BlockDocumentOrder>
    let revealsSecrets: Bool

    init(reading reader: JSONReader) throws(JSONReadingError) {
        request = try FilteredRequest(reading: reader)
        revealsSecrets = try reader.optional("include_secrets") ?? false
    }
}

/// The block that results are written by.
struct ResultStorageBody: JSONReadable, Sendable {
    let block: ID<BlockDocument>

    init(reading reader: JSONReader) throws(JSONReadingError) {
        block = try reader.required("default_result_storage_block_id")
    }
}
