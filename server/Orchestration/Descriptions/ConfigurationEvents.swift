import Domain
import JSON
import Storage

/// What happened to a piece of configuration.
enum ConfigurationFate: String {
    case created, updated, deleted
}

/// Tells of configuration as events, in the form of Prefect's server. No event holds a secret.
extension Change {
    mutating func announce(_ fate: ConfigurationFate, _ variable: Variable) throws {
        try announce(
            fate, EventResource(.variable, "\(variable.id)", name: variable.name), kind: .variable,
            payload: ["name": .string(variable.name), "value": variable.value, "tags": variable.tags.json])
    }

    mutating func announce(_ fate: ConfigurationFate, _ type: BlockType) throws {
        try announce(
            fate, EventResource(.blockType, "\(type.id)", name: type.name), kind: .blockType,
            payload: [
                "name": .string(type.name), "slug": .string(type.slug), "logo_url": type.logoURL.json,
                "documentation_url": type.documentationURL.json, "description": type.description.json,
                "code_example": type.codeExample.json, "is_protected": .bool(type.isProtected),
            ])
    }

    /// Of a block that nobody has named, nothing is told.
    mutating func announce(_ fate: ConfigurationFate, _ block: DescribedBlock) throws {
        guard !block.document.isAnonymous else { return }
        let (document, schema) = (block.document, block.tree.schema)
        let masked = schema.secretFields.masking(block.data)
        let shown = masked.filter { key, value in value.stringValue != nil && !schema.secretFields.hold(key) }
        try announce(
            fate, EventResource(.block, "\(document.id)", name: document.name), kind: .block,
            related: [
                EventResource(.blockType, "\(block.type.id)", name: block.type.name, role: "block-type"),
                EventResource(.blockSchema, "\(schema.id)", role: "block-schema"),
            ],
            payload: [
                "name": .string(document.name), "data": .object(JSONObject(shown)),
                "block_schema": [
                    "capabilities": schema.capabilities.json,
                    "block_type": ["id": block.type.id.json, "name": .string(block.type.name)],
                ],
            ])
    }

    mutating func announce(_ fate: ConfigurationFate, _ collection: ArtifactCollection) throws {
        let latest = collection.latest
        var related = [EventResource(.artifact, "\(latest.id)", role: "latest")]
        if let run = latest.flowRunID { related.append(EventResource(.flowRun, "\(run)", role: "flow-run")) }
        if let task = latest.taskRunID { related.append(EventResource(.taskRun, "\(task)", role: "task-run")) }
        try announce(
            fate, EventResource(.artifactCollection, "\(collection.id)", name: latest.key), kind: .artifactCollection,
            related: related,
            payload: [
                "key": latest.key.json, "type": latest.type.json, "data": latest.data,
                "description": latest.description.json,
            ])
    }

    private mutating func announce(
        _ fate: ConfigurationFate, _ resource: EventResource, kind: EventResourceKind, related: [EventResource] = [],
        payload: JSONObject
    ) throws {
        try happened("\(kind.prefix)\(fate.rawValue)", to: resource, related: related, payload: payload)
    }
}
