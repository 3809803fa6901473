import Domain
import JSON
import TestSupport
import Testing

/// References that leave the schema's own document, and metaschemas.
@Suite struct SchemaLibraryTests {
    private static let metaschema = "https://json-schema.org/draft/2020-12/schema"

    private let library = SchemaLibrary([
        "https://example.org/units": [
            "$id": "https://example.org/named/otherwise",
            "$defs": [
                "size": ["$anchor": "size", "type": "integer", "minimum": 0],
                "box": ["properties": ["width": ["$ref": "#size"], "label": ["$ref": "text"]]],
                "broken": ["type": "text"],
                "list": ["items": ["$dynamicRef": "#element"]],
                "any": ["$dynamicAnchor": "element"],
            ],
        ],
        "https://example.org/named/text": ["type": "string"],
        "https://example.org/strings": [
            "$ref": "units#/$defs/list", "$defs": ["element": ["$dynamicAnchor": "element", "type": "string"]],
        ],
    ])

    private func isValid(_ value: JSONValue, _ schema: JSONValue) throws -> Bool {
        try ParameterSchema(schema, library: library).validate(value).isEmpty
    }

    @Test(
        arguments: [
            (["$ref": "https://example.org/units#/$defs/size"], 1, -1),
            (["$ref": "https://example.org/units#size"], 1, "1"),
            (["$ref": "https://example.org/units#/$defs/box"], ["width": 1, "label": "a"], ["label": 1]),
            (["$id": "https://example.org/mine", "$ref": "units#size"], 1, -1),
            // The anchor in the outer document, which no reference names, replaces the one that the list names.
            (["$ref": "https://example.org/strings"], ["a"], [1]),
            (["$ref": "https://example.org/units#/$defs/list"], [1], 1),
        ] as [(JSONValue, JSONValue, JSONValue)])
    func referencesReachTheLibrary(_ schema: JSONValue, _ valid: JSONValue, _ other: JSONValue) throws {
        #expect(try isValid(valid, schema))
        // A list takes what is no list.
        #expect(try isValid(other, schema) == (other == 1))
    }

    @Test(arguments: [
        ("https://example.org/none", "/$ref"), ("https://example.org/units#none", "/$ref"),
        ("https://example.org/units#/$defs/none", "/$ref"),
        ("https://example.org/units#/$defs/broken", "https://example.org/units#/$defs/broken/type"),
    ])
    func whatIsNotThereOrWrongIsSaidWithItsPlace(_ reference: String, _ pointer: String) throws {
        let schema: JSONValue = ["$ref": .string(reference)]
        let error = #expect(throws: SchemaError.self) { try ParameterSchema(schema, library: library) }
        #expect(error?.pointer == pointer)
    }

    @Test func aParameterMayBeASchema() throws {
        let schema: JSONValue = ["properties": ["filter": ["$ref": .string(Self.metaschema)]]]
        for filter in [true, [:], ["type": "integer"], ["allOf": [["minimum": 1]]], ["x": 1]] as [JSONValue] {
            #expect(try isValid(["filter": filter], schema))
        }
        let wrong: [JSONValue] = [
            1, ["type": "int"], ["allOf": []], ["allOf": [["minLength": -1]]], ["properties": ["a": ["items": [1]]]],
            ["pattern": "("], ["required": ["a", "a"]], ["$id": "a#b"], ["$anchor": "1"], ["if": "x"],
        ]
        for filter in wrong {
            #expect(try !isValid(["filter": filter], schema), "\(filter)")
        }
    }

    /// The metaschema is made from a table of our own; what the suite writes as schemas has to be such.
    @Test func theSchemasOfTheSuiteSatisfyTheMetaschema() throws {
        let metaschema = try ParameterSchema(["$ref": .string(Self.metaschema)])
        var count = 0
        for file in try PublicSuite.jsonSchema.files(in: "tests/draft2020-12") {
            let groups = try JSONValue(parsing: PublicSuite.jsonSchema.contents(of: "tests/draft2020-12/\(file)"))
            for group in groups.arrayValue ?? [] {
                let schema = try #require(group["schema"])
                #expect(metaschema.validate(schema).isEmpty, "\(file): \(group["description"] ?? .null)")
                count += 1
            }
        }
        #expect(count > 300)
    }

    private func metaschema(_ vocabularies: JSONObject) -> SchemaLibrary {
        SchemaLibrary(["https://example.org/meta": ["$vocabulary": .object(vocabularies)]])
    }

    @Test func aMetaschemaSaysWhichKeywordsCount() throws {
        let base = "https://json-schema.org/draft/2020-12/vocab/"
        let schema: JSONValue = [
            "$schema": "https://example.org/meta", "properties": ["a": ["minimum": 1, "format": "ipv4"]],
            "required": ["a"],
        ]
        let plain = metaschema(["\(base)core": true, "\(base)applicator": true, "https://example.org/colour": false])
        #expect(try ParameterSchema(schema, formats: .ignored, library: plain).validate([:]).isEmpty)
        #expect(try ParameterSchema(schema, formats: .ignored, library: plain).validate(["a": 0]).isEmpty)
        #expect(try ParameterSchema(schema, formats: .ignored, library: plain).validate(["a": "x"]).isEmpty)
        let checked = metaschema(["\(base)applicator": true, "\(base)format-assertion": true])
        #expect(try ParameterSchema(schema, formats: .ignored, library: checked).validate([:]).isEmpty)
        #expect(try !ParameterSchema(schema, formats: .ignored, library: checked).validate(["a": "x"]).isEmpty)
        let demanding = metaschema(["https://example.org/colour": true])
        let error = #expect(throws: SchemaError.self) { try ParameterSchema(schema, library: demanding) }
        #expect(error?.description.contains("'https://example.org/colour'") == true)
    }
}
