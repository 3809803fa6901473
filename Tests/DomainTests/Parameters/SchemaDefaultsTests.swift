import Domain
import JSON
import Testing

@Suite struct SchemaDefaultsTests {
    private let schema = """
        {"properties": {
            "month": {"type": "integer", "default": 1},
            "mode": {"$ref": "#/$defs/Mode"},
            "cfg": {"$ref": "#/$defs/Cfg", "default": {"name": "x"}},
            "opt": {"allOf": [{"$ref": "#/$defs/Cfg"}]},
            "none": {"type": "string", "default": null},
            "bare": {"type": "string"}},
        "$defs": {
            "Mode": {"enum": ["fast", "slow"], "default": "fast"},
            "Cfg": {"properties": {"n": {"default": 5}, "name": {}, "deep": {"properties": {"z": {"default": 0}}}}}}}
        """

    @Test(arguments: [
        ("{}", #"{"month":1,"mode":"fast","cfg":{"name":"x","n":5},"none":null}"#),
        (
            #"{"month":3,"mode":"slow","cfg":{"n":1},"opt":{},"none":"a","more":[{}]}"#,
            #"{"month":3,"mode":"slow","cfg":{"n":1},"opt":{"n":5},"none":"a","more":[{}]}"#
        ),
        (
            #"{"month":null,"cfg":{"deep":{}}}"#,
            #"{"month":null,"cfg":{"deep":{"z":0},"n":5},"mode":"fast","none":null}"#
        ),
        (#"{"cfg":7}"#, #"{"cfg":7,"month":1,"mode":"fast","none":null}"#),
        ("[]", "[]"),
    ])
    func completes(_ given: String, _ expected: String) throws {
        let schema = try ParameterSchema(JSONValue(parsing: schema))
        let completed = try schema.applyingDefaults(to: JSONValue(parsing: given))
        #expect(completed == (try JSONValue(parsing: expected)))
        #expect(schema.applyingDefaults(to: completed) == completed)
    }
}

@Suite struct PrefectSchemaTests {
    @Test func optionalPropertiesWithoutDefaultAcceptNull() throws {
        let schema = try ParameterSchema(prefect: [
            "properties": [
                "a": ["type": "integer"], "b": ["type": "integer", "default": 1], "c": ["type": "integer"],
                "cfg": ["$ref": "#/definitions/Cfg"],
            ],
            "required": ["c"],
            "definitions": ["Cfg": ["properties": ["x": ["type": "string"]]]],
        ])
        #expect(schema.validate(["a": .null, "c": 1, "cfg": ["x": .null]]).isEmpty)
        #expect(schema.validate(["b": .null, "c": .null]).map(\.path) == ["b", "c"])
        let reasons = schema.validate(["a": "x", "c": 1]).map(\.reason)
        #expect(reasons == ["'x' is not valid under any of the given schemas"])
    }

    @Test func tuplesAndBlocksAreRead() throws {
        let schema = try ParameterSchema(prefect: [
            "properties": [
                "t": ["items": [["type": "integer"]], "default": []], "b": ["$ref": "#/definitions/Block"],
            ],
            "definitions": [
                "Block": ["title": "Block", "block_type_slug": "s", "required": ["value"], "type": "object"]
            ],
        ])
        #expect(schema.validate(["t": [1, "x"], "b": ["$ref": ["block_document_id": "1"]]]).isEmpty)
        #expect(schema.validate(["t": ["x"], "b": ["value": 1]]).map(\.path) == ["t[0]"])
        #expect(schema.validate(["b": [:]]).count == 1)
    }

    @Test func formatsAreLeftToTheFlow() throws {
        let schema = try ParameterSchema(prefect: ["properties": ["a": ["type": "string", "format": "date-time"]]])
        #expect(schema.validate(["a": "tomorrow"]).isEmpty)
    }
}
