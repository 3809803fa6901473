import JSON
import Testing

/// What pages are told of values that somebody types.
@Suite struct SchemaCheckTests {
    private static let schema: JSONValue = [
        "type": "object", "required": ["a"],
        "properties": [
            "a": ["type": "integer"], "b": ["type": "array", "items": ["type": "object", "required": ["x"]]],
            "c": ["type": "string"],
        ],
    ]

    private static func property(_ name: JSONValue, _ errors: JSONValue) -> JSONValue {
        ["property": name, "errors": errors]
    }

    private static let cases: [(values: JSONValue, errors: JSONValue)] = [
        (["a": 1], []), ([:], [property("a", ["'a' is a required property"])]),
        (["a": "x"], [property("a", ["'x' is not of type 'integer'"])]),
        (
            ["a": 1, "b": [["x": 1], ["y": 1]]],
            [property("b", [["index": 1, "errors": [property("x", ["'x' is a required property"])]]])]
        ),
        (["a": ["__prefect_kind": "json", "value": "2"]], []),
        (["a": ["__prefect_kind": "none", "value": ["__prefect_kind": "json", "value": "2"]]], []),
        (["a": ["__prefect_kind": "workspace_variable", "variable_name": "number"]], []),
        (
            ["a": ["__prefect_kind": "workspace_variable", "variable_name": "text"]],
            [property("a", ["'seven' is not of type 'integer'"])]
        ),
        (
            ["a": ["__prefect_kind": "workspace_variable", "variable_name": "nothing"]],
            [property("a", ["Variable 'nothing' not found in workspace."])]
        ),
        (["a": 1, "c": ["__prefect_kind": "json"]], []),
        (["a": ["__prefect_kind": "jinja", "template": "{{ 1 }}"]], []),
        (["a": ["__prefect_kind": "none"]], [property("a", ["Missing 'value' key in __prefect object"])]),
    ]

    @Test(arguments: cases.indices)
    func values(_ number: Int) async throws {
        try await withServer { server in
            _ = try await server.post("/api/variables/", ["name": "number", "value": 7])
            _ = try await server.post("/api/variables/", ["name": "text", "value": "seven"])
            let (values, errors) = Self.cases[number]
            let answer = try await server.post(
                "/api/ui/schemas/validate", ["schema": Self.schema, "values": values])
            #expect(answer.status == 200 && answer.json["errors"] == errors, "\(values): \(answer.text)")
            #expect(answer.json["valid"] == .bool(errors == []))
        }
    }

    @Test func whatIsNoSchemaIsRefused() async throws {
        try await withServer { server in
            let answer = try await server.post(
                "/api/ui/schemas/validate", ["schema": ["type": "nothing"], "values": [:]])
            #expect(answer.status == 422 && answer.detail.hasPrefix("Invalid schema: "))
            #expect(try await server.post("/api/ui/schemas/validate", ["values": [:]]).status == 422)
        }
    }
}
