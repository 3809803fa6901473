import HTTPClient
import JSON

/// A sound request for every route of blocks, variables, artifacts and the like.
struct ConfigurationSamples {
    private let type: JSONValue
    private let schema: JSONValue
    private let block: JSONValue
    private let variable: JSONValue
    private let artifact: JSONValue
    private let search: JSONValue
    private let run: String

    init(_ server: TestServer, run: String) async throws {
        self.run = run
        type = try await server.post("/api/block_types/", ["name": "Thing", "slug": "thing"]).json["id"] ?? .null
        let schemaBody: JSONObject = ["block_type_id": type, "fields": ["secret_fields": ["a", "h.*"], "title": "T"]]
        schema = try await server.post("/api/block_schemas/", .object(schemaBody)).json["id"] ?? .null
        let blockBody: JSONObject = [
            "name": "first", "data": ["a": "x"], "block_type_id": type, "block_schema_id": schema,
        ]
        block = try await server.post("/api/block_documents/", .object(blockBody)).json["id"] ?? .null
        variable = try await server.post("/api/variables/", ["name": "v", "value": [1]]).json["id"] ?? .null
        artifact = try await server.post("/api/artifacts/", ["key": "k", "data": 1]).json["id"] ?? .null
        search = try await server.json(.put, "/api/saved_searches/", ["name": "s"]).json["id"] ?? .null
        _ = try await server.post("/api/flow_runs/\(run)/input", ["key": "a", "value": "1"])
    }

    let lists = [
        "/api/block_types/filter", "/api/block_schemas/filter", "/api/block_documents/filter", "/api/variables/filter",
        "/api/artifacts/filter", "/api/artifacts/latest/filter", "/api/saved_searches/filter",
    ]

    var withBodies: [(HTTPMethod, String, JSONValue)] { blocks + others + filters + automations }

    private var automations: [(HTTPMethod, String, JSONValue)] {
        let leaf: JSONValue = [
            "type": "event", "match": ["prefect.resource.id": ["a.*", "!b"]], "match_related": [["x": "y"]],
            "after": ["a"], "expect": ["b.*"], "for_each": ["related:flow:prefect.resource.id"], "posture": "Reactive",
            "threshold": 2, "within": 1.5,
        ]
        let actions: JSONValue = [
            [
                "type": "run-deployment", "deployment_id": type, "parameters": ["a": ["{{ event.id }}"]],
                "job_variables": ["b": 1], "schedule_after": 0.5,
            ], ["type": "change-flow-run-state", "state": "FAILED", "name": "x", "message": "y", "force": true],
            ["type": "send-notification", "block_document_id": block, "subject": "{{ x }}", "body": "b"],
        ]
        let body: JSONValue = [
            "name": "a", "description": "d", "enabled": true, "tags": ["t"],
            "trigger": ["type": "compound", "require": 1, "within": 5, "triggers": [leaf]], "actions": actions,
            "actions_on_trigger": [["type": "do-nothing"]], "actions_on_resolve": [],
        ]
        return [
            (.post, "/api/automations/", body),
            (
                .post, "/api/automations/filter",
                ["automations": ["name": ["any_": ["a"]]], "sort": "NAME_ASC", "limit": 3, "offset": 0]
            ),
        ]
    }

    private func path(_ root: String, _ id: JSONValue) -> String { "/api/\(root)/\(id.stringValue ?? "")" }

    private var blocks: [(HTTPMethod, String, JSONValue)] {
        let texts: JSONObject = [
            "logo_url": "http://x", "documentation_url": .null, "description": "<b>", "code_example": "x",
        ]
        let fields: JSONValue = [
            "title": "Outer", "secret_fields": ["token", "headers.*"], "block_type_slug": "thing",
            "properties": ["inner": ["anyOf": [["$ref": "#/definitions/T"], ["$ref": "#/definitions/U"]]], "n": 1.50],
            "definitions": ["T": ["block_type_slug": "thing", "title": "T"], "U": ["$ref": "#/definitions/U"]],
            "block_schema_references": ["inner": ["block_type_slug": "thing", "block_schema_checksum": "sha256:x"]],
        ]
        let data: JSONObject = [
            "a": "********", "h": ["x": ["y": 1]], "inner": ["$ref": ["block_document_id": block]], "n": .null,
        ]
        return [
            (.post, "/api/block_types/", .object(texts.merging(["name": "N", "slug": "n-1"]))),
            (.patch, path("block_types", type), .object(texts)),
            (.post, "/api/block_types/install_system_block_types", [:]),
            (
                .post, "/api/block_schemas/",
                ["fields": fields, "block_type_id": type, "capabilities": ["write-path"], "version": "1.2"]
            ),
            (
                .post, "/api/block_documents/",
                [
                    "name": "second", "data": .object(data), "block_type_id": type, "block_schema_id": schema,
                    "is_anonymous": false,
                ]
            ),
            (
                .patch, path("block_documents", block),
                ["data": ["a": "********", "h": [:]], "block_schema_id": schema, "merge_existing_data": true]
            ),
            (.put, "/api/admin/storage", ["default_result_storage_block_id": block]),
        ]
    }

    private var others: [(HTTPMethod, String, JSONValue)] {
        let metadata: JSONObject = ["a": "b"]
        let artifactBody: JSONObject = [
            "key": "k", "type": "table", "description": "d", "data": [["a": 1.0]], "metadata_": .object(metadata),
            "flow_run_id": .string(run), "task_run_id": .string(run),
        ]
        let filter: JSONValue = [
            "object": "flow", "property": "name", "type": "string", "operation": "equals", "value": [1],
        ]
        return [
            (.post, "/api/variables/", ["name": "w", "value": ["a": 1.0], "tags": ["t"]]),
            (.patch, path("variables", variable), ["value": .null, "tags": ["u"]]),
            (.patch, "/api/variables/name/v", ["value": "x"]), (.post, "/api/artifacts/", .object(artifactBody)),
            (.patch, path("artifacts", artifact), ["data": 2, "description": .null, "metadata_": .object(metadata)]),
            (
                .post, "/api/ui/schemas/validate",
                [
                    "schema": ["type": "object", "properties": ["a": ["type": "integer"]], "required": ["b"]],
                    "values": ["a": ["__prefect_kind": "json", "value": "[1]"], "b": [1, ["c": "x"]]],
                ]
            ),
            (.put, "/api/saved_searches/", ["name": "s", "filters": [filter]]),
            (.post, "/api/flow_runs/\(run)/input", ["key": "b-1", "value": "{}", "sender": "x"]),
            (.post, "/api/flow_runs/\(run)/input/filter", ["prefix": "a", "limit": 3, "exclude_keys": ["b"]]),
        ]
    }

    private var filters: [(HTTPMethod, String, JSONValue)] {
        let filter: JSONValue = [
            "block_types": ["name": ["like_": "t"], "slug": ["any_": ["thing"]]],
            "block_schemas": [
                "operator": "or_", "id": ["any_": [schema]], "block_type_id": ["any_": [type]],
                "block_capabilities": ["all_": ["write-path"]], "version": ["any_": ["1"]],
            ],
            "block_documents": [
                "id": ["any_": [block]], "is_anonymous": ["eq_": false], "block_type_id": ["any_": [type]],
                "name": ["any_": ["first"], "like_": "f"],
            ],
            "variables": ["id": ["any_": [variable]], "name": ["like_": "v"], "tags": ["all_": ["t"]]],
            "artifacts": [
                "id": ["any_": [artifact]], "key": ["any_": ["k"], "like_": "k", "exists_": true],
                "type": ["any_": ["table"], "not_any_": ["x"]], "flow_run_id": ["any_": [.string(run)]],
                "task_run_id": ["any_": [.string(run)]],
            ],
            "flow_runs": ["id": ["any_": [.string(run)]]], "include_secrets": true, "limit": 10, "offset": 0,
        ]
        let counts = ["block_documents/count", "variables/count", "artifacts/count", "artifacts/latest/count"]
        return (lists + counts.map { "/api/\($0)" }).map { (.post, $0, filter) }
    }

    var withoutBodies: [String] {
        [
            path("block_types", type), "/api/block_types/slug/thing", "/api/block_types/slug/thing/block_documents",
            "/api/block_types/slug/thing/block_documents/name/first?include_secrets=true", "/api/block_capabilities/",
            path("block_schemas", schema), "/api/block_schemas/checksum/sha256:x?version=1",
            path("block_documents", block) + "?include_secrets=true", path("variables", variable),
            "/api/variables/name/v", path("artifacts", artifact), "/api/artifacts/k/latest",
            path("saved_searches", search), "/api/flow_runs/\(run)/input/a", "/api/admin/settings",
            "/api/admin/storage", "/api/collections/views/aggregate-worker-metadata",
        ]
    }
}
