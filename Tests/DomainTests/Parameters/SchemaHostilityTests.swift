import Domain
import JSON
import Testing

/// Whatever the schema and the value, an answer comes, and a value that could not be checked is refused.
@Suite struct SchemaHostilityTests {
    /// Alternatives forty levels deep, two to the fortieth in number.
    private static let alternatives: JSONObject = {
        var defs: JSONObject = ["d40": false, "negation": ["not": ["$ref": "#/$defs/d0"]]]
        for level in 0..<40 {
            let next: JSONValue = ["$ref": .string("#/$defs/d\(level + 1)")]
            defs["d\(level)"] = ["anyOf": [next, next]]
        }
        return ["$ref": "#/$defs/d0", "$defs": .object(defs)]
    }()

    @Test(
        arguments: [
            ["$ref": "#"],
            ["allOf": [["$ref": "#"], ["$ref": "#"]]],
            ["anyOf": [["$ref": "#"], true]],
            ["oneOf": [["$ref": "#"], false]],
            ["not": ["$ref": "#"]],
            ["if": ["$ref": "#"], "then": true],
            ["$ref": "#/$defs/a", "$defs": ["a": ["$ref": "#/$defs/b"], "b": ["$ref": "#/$defs/a"]]],
            ["$dynamicRef": "#x", "$dynamicAnchor": "x"],
            ["unevaluatedProperties": false, "allOf": [["$ref": "#"]]],
            ["dependentSchemas": ["a": ["$ref": "#"]]],
            .object(alternatives),
            .object(alternatives.merging(["$ref": "#/$defs/negation"])),
        ] as [JSONValue])
    func circlesAndExplosionsAreRefused(_ schema: JSONValue) throws {
        let violations = try ParameterSchema(schema).validate(["a": 1])
        #expect(violations.count == 1)
        let reason = try #require(violations.first?.reason)
        #expect(reason.contains("lead more than") || reason.contains("too much work"), "\(reason)")
    }

    @Test(
        arguments: [
            ["pattern": "^(a+)+$"],
            ["not": ["pattern": "^(a+)+$"]],
            ["anyOf": [["pattern": "^(a+)+$"], true]],
            ["if": ["pattern": "^(a+)+$"], "else": true],
        ] as [JSONValue])
    func anExhaustedPatternIsNeverTakenForAnAnswer(_ schema: JSONValue) throws {
        let text = JSONValue(String(repeating: "a", count: 60) + "!")
        let violations = try ParameterSchema(schema).validate(text)
        #expect(violations.map { $0.reason.contains("within the budget of steps") } == [true])
    }

    @Test func exhaustedPatternsOnKeysAreRefusedToo() throws {
        let value: JSONValue = .object([String(repeating: "a", count: 60) + "!": 1])
        let patterns: JSONObject = ["patternProperties": ["^(a+)+$": true]]
        for schema in [patterns, patterns.merging(["additionalProperties": false])] {
            #expect(try ParameterSchema(.object(schema)).validate(value).count == 1)
        }
    }

    @Test func largeValuesPassAndTheirFaultsAreCapped() throws {
        let many = JSONValue.array((0..<200_000).map { JSONValue($0) })
        #expect(try ParameterSchema(["items": ["type": "integer"], "uniqueItems": true]).validate(many).isEmpty)
        #expect(try ParameterSchema(["items": ["type": "string"]]).validate(many).count == 100)
    }

    @Test func deepValuesPassARecursiveSchema() throws {
        let schema = try ParameterSchema([
            "$ref": "#/$defs/t",
            "$defs": [
                "t": ["anyOf": [["type": "integer"], ["type": "object", "properties": ["n": ["$ref": "#/$defs/t"]]]]]
            ],
        ])
        var value: JSONValue = 1
        for _ in 0..<70 { value = ["n": value] }
        #expect(schema.validate(value).isEmpty)
        for _ in 0..<2_000 { value = ["n": value] }
        #expect(schema.validate(value).count == 1)
    }

    @Test func longChainsOfReferencesCompile() throws {
        var defs: JSONObject = ["d5000": true]
        for level in 0..<5_000 { defs["d\(level)"] = ["$ref": .string("#/$defs/d\(level + 1)")] }
        let schema = try ParameterSchema(["$defs": .object(defs), "$ref": "#/$defs/d4900"])
        #expect(schema.validate(1).isEmpty)
    }

    @Test func deepSchemasAreRefused() {
        var schema: JSONValue = true
        for _ in 0..<300 { schema = ["not": schema] }
        #expect(throws: SchemaError.self) { try ParameterSchema(schema) }
    }

    @Test func defaultsInCirclesComeToAnEnd() throws {
        let schemas: [JSONValue] = [
            ["properties": ["a": ["$ref": "#"]], "default": [:]],
            ["allOf": [["$ref": "#"], ["$ref": "#"]], "properties": ["a": ["default": 1]]],
            ["properties": ["a": ["$ref": "#/properties/a"]]],
        ]
        for schema in schemas {
            _ = try ParameterSchema(schema).applyingDefaults(to: [:])
        }
    }
}
