import Domain
import JSON
import Orchestration

extension BlockType {
    /// Prefect's `BlockType`.
    var view: JSONValue {
        [
            "id": id.json, "created": created.json, "updated": updated.json, "name": .string(name),
            "slug": .string(slug), "logo_url": logoURL.json, "documentation_url": documentationURL.json,
            "description": description.json, "code_example": codeExample.json, "is_protected": .bool(isProtected),
        ]
    }
}

extension BlockSchemaTree {
    /// Prefect's `BlockSchema`.
    var view: JSONValue {
        [
            "id": schema.id.json, "created": schema.created.json, "updated": schema.updated.json,
            "checksum": .string(schema.checksum), "fields": .object(fields), "block_type_id": type.id.json,
            "block_type": type.view, "capabilities": schema.capabilities.json, "version": .string(schema.version),
        ]
    }
}

extension DescribedBlock {
    /// Prefect's `BlockDocument`.
    var view: JSONValue {
        [
            "id": document.id.json, "created": document.created.json, "updated": document.updated.json,
            "name": .string(document.name), "data": .object(data), "block_schema_id": document.schemaID.json,
            "block_schema": tree.view, "block_type_id": type.id.json, "block_type_name": .string(type.name),
            "block_type": type.view, "block_document_references": references,
            "is_anonymous": .bool(document.isAnonymous),
        ]
    }

    private var references: JSONValue {
        .object(JSONObject(held.map { ($0.name, ["block_document": $0.block.reference]) }))
    }

    /// What a block says of one that it holds.
    private var reference: JSONValue {
        [
            "id": document.id.json, "name": .string(document.name), "block_type": type.view,
            "is_anonymous": .bool(document.isAnonymous), "block_document_references": references,
        ]
    }
}
