import Domain
import JSON
import Orchestration

// Blocks, variables, artifacts and saved searches; events; the server.

extension Schema {
    /// Lower-case letters, digits and dashes.
    static let dashedName = text(matching: "^[a-z0-9-]*$")
    private static let variableName = text(0...Variable.longestName, matching: "^[a-z0-9_-]*$")

    // MARK: Blocks

    private static let blockTypeTexts: SchemaMembers = [
        "logo_url": .text, "documentation_url": .text, "description": .text, "code_example": .text,
    ]

    static let blockTypeCreate = body(
        "BlockTypeCreate", required: ["name": .name, "slug": dashedName], optional: blockTypeTexts)
    static let blockTypeUpdate = body("BlockTypeUpdate", optional: blockTypeTexts)
    static let blockType = record(
        "BlockType",
        [
            "id": .id, "created": .time, "updated": .time, "name": .text, "slug": .text, "is_protected": .flag,
        ] + blockTypeTexts.orNull)

    static let blockSchemaCreate = body(
        "BlockSchemaCreate", required: ["block_type_id": .id],
        optional: ["fields": .map, "capabilities": .list(of: .text), "version": .text])
    static let blockSchema = record(
        "BlockSchema",
        [
            "id": .id, "created": .time, "updated": .time, "checksum": .text, "fields": .map, "block_type_id": .id,
            "block_type": blockType, "capabilities": .list(of: .text), "version": .text,
        ])

    /// One that is not anonymous has a name.
    static let blockDocumentCreate = body(
        required: ["block_type_id": .id, "block_schema_id": .id],
        optional: ["data": .map, "is_anonymous": .flag, "name": dashedName]
    ).with(
        "anyOf",
        [
            ["required": ["name"], "properties": ["name": ["type": "string", "minLength": 1]]],
            ["required": ["is_anonymous"], "properties": ["is_anonymous": ["const": true]]],
        ]
    ).named("BlockDocumentCreate")
    static let blockDocumentUpdate = body(
        "BlockDocumentUpdate", optional: ["block_schema_id": .id, "merge_existing_data": .flag],
        given: ["data": .map])

    private static let blockReference = record(
        [
            "id": .id, "name": .text, "block_type": blockType, "is_anonymous": .flag,
            "block_document_references": .map(of: .record(["block_document": .itself("BlockReference")])),
        ]
    ).named("BlockReference")

    static let blockDocument = record(
        "BlockDocument",
        [
            "id": .id, "created": .time, "updated": .time, "name": .text, "data": .map, "block_schema_id": .id,
            "block_schema": blockSchema, "block_type_id": .id, "block_type_name": .text, "block_type": blockType,
            "block_document_references": .map(of: .record(["block_document": blockReference])),
            "is_anonymous": .flag,
        ])

    // MARK: Variables

    static let variableCreate = body(
        "VariableCreate", required: ["name": variableName, "value": .json], optional: ["tags": .list(of: .text)])
    static let variableUpdate = body(
        "VariableUpdate", optional: ["name": variableName, "value": .json, "tags": .list(of: .text)])
    static let variable = record(
        "Variable",
        [
            "id": .id, "created": .time, "updated": .time, "name": .text, "value": .json, "tags": .list(of: .text),
        ])

    // MARK: Artifacts

    static let artifactCreate = body(
        "ArtifactCreate",
        optional: [
            "key": dashedName, "type": .text, "description": .text, "data": .json, "metadata_": .map(of: .text),
            "flow_run_id": .id, "task_run_id": .id,
        ])
    static let artifactUpdate = body(
        "ArtifactUpdate", optional: ["data": .json, "description": .text, "metadata_": .map(of: .text)])

    private static let artifactMembers: SchemaMembers = [
        "id": .id, "created": .time, "updated": .time, "key": .text.orNull, "type": .text.orNull,
        "description": .text.orNull, "data": .json, "metadata_": .map(of: .text).orNull,
        "flow_run_id": .id.orNull, "task_run_id": .id.orNull,
    ]
    static let artifact = record("Artifact", artifactMembers)
    /// The artifacts of a key, by the latest of them.
    static let artifactCollection = record("ArtifactCollection", artifactMembers + ["latest_id": .id])

    // MARK: Saved searches

    private static let savedFilter: SchemaMembers = [
        "object": .text, "property": .text, "type": .text, "operation": .text, "value": .json,
    ]
    static let savedSearchCreate = body(
        "SavedSearchCreate", required: ["name": .text],
        optional: ["filters": .list(of: .body(required: savedFilter))])
    static let savedSearch = record(
        "SavedSearch",
        [
            "id": .id, "created": .time, "updated": .time, "name": .text,
            "filters": .list(of: .record(savedFilter)),
        ])
}

// MARK: - Events

extension Schema {
    /// Labels of something, its id among them.
    private static let resource = Schema([
        "type": "object", "additionalProperties": ["type": "string"],
        "properties": ["prefect.resource.id": ["type": "string", "minLength": 1]], "required": ["prefect.resource.id"],
    ]).named("Resource")
    private static let relatedResource = Schema([
        "type": "object", "additionalProperties": ["type": "string"],
        "properties": [
            "prefect.resource.id": ["type": "string", "minLength": 1],
            "prefect.resource.role": ["type": "string", "minLength": 1],
        ], "required": ["prefect.resource.id", "prefect.resource.role"],
    ]).named("RelatedResource")

    static let eventCreate = body(
        "Event",
        required: ["occurred": .time, "event": .text(0...Event.longestName), "resource": resource, "id": .id],
        optional: [
            "related": .list(of: relatedResource, atMost: Event.mostRelated), "payload": .map, "follows": .id,
        ])

    private static let event = record(
        "ReceivedEvent",
        [
            "occurred": .time, "event": .text, "resource": resource, "related": .list(of: relatedResource),
            "payload": .map, "id": .id, "follows": .id.orNull, "received": .time,
        ])

    private static let resourceTest = body(
        "EventResourceFilter",
        optional: [
            "id": .list(of: .text), "id_prefix": .list(of: .text), "role": .list(of: .text),
            "labels": .map(of: .any(of: .text, .list(of: .text))),
            "resources_in_roles": .list(
                of: Schema.list(of: .text, atMost: 2).with("minItems", 2)),
        ])

    static let eventFilter = body(
        "EventFilter",
        optional: [
            "occurred": body(optional: ["since": .time, "until": .time]),
            "event": body(
                optional: [
                    "name": .list(of: .text), "prefix": .list(of: .text), "exclude_name": .list(of: .text),
                    "exclude_prefix": .list(of: .text),
                ]), "resource": resourceTest,
            "related": .any(of: resourceTest, .list(of: resourceTest)),
            "any_resource": .any(of: resourceTest, .list(of: resourceTest)),
            "id": body(optional: ["id": .list(of: .id)]), "text": body(required: ["query": .text]),
            "order": .words(of: EventFilter.Order.self),
        ])

    static let eventListRequest = body(
        optional: ["filter": eventFilter, "limit": .whole(0...EventListBody.pageLimit)])
    static let eventPage = record(
        "EventPage", ["events": .list(of: event), "total": .count, "next_page": .text.orNull])

    static let eventCountRequest = body(
        required: ["filter": eventFilter],
        optional: ["time_unit": .words(of: EventTimeUnit.self), "time_interval": .number(from: 0.01)])
    static let eventCount = record(
        "EventCount", ["value": .text, "label": .text, "count": .count, "start_time": .time, "end_time": .time])
}

// MARK: - The server

extension Schema {
    static let server = Schema.body(
        "Server",
        required: [
            "version": .text, "api_url": .text, "agent_endpoint": .text, "public_url": .text.orNull,
            "started": .time, "runs": runTally, "agents_online": .count,
        ], given: ["data_directory": .text])

    /// A token against forged requests.
    static let clientToken = record(
        "CsrfToken",
        ["id": .id, "created": .time, "updated": .time, "token": .text, "client": .text, "expiration": .time])

    static let ready = record(["message": .text])
    static let storage = record(["default_result_storage_block_id": .id.orNull])
    static let storageUpdate = body(required: ["default_result_storage_block_id": .id])

    static let schemaCheck = body(required: ["schema": .map, "values": .map])

    /// Reasons, gathered by property and index as deep as they lie.
    private static let schemaComplaint = any(
        of: .text, .record(["property": .text, "errors": .list(of: .itself("SchemaComplaint"))]),
        .record(["index": .count, "errors": .list(of: .itself("SchemaComplaint"))])
    ).named("SchemaComplaint")
    static let schemaReport = record(["errors": .list(of: schemaComplaint), "valid": .flag])
}
