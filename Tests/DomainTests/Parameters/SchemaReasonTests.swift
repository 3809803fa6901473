import Domain
import JSON
import Testing

/// The words are those of Python's `jsonschema`, which Prefect's server quotes to its clients.
@Suite struct SchemaReasonTests {
    @Test(arguments: [
        (#"{"type":"integer"}"#, #""notanint""#, "'notanint' is not of type 'integer'"),
        (#"{"type":["integer","null"]}"#, "1.5", "1.5 is not of type 'integer', 'null'"),
        (#"{"enum":["a","b"]}"#, #""x""#, "'x' is not one of ['a', 'b']"),
        (#"{"const":{"a":1}}"#, "1", "{'a': 1} was expected"),
        (#"{"maximum":12}"#, "13", "13 is greater than the maximum of 12"),
        (#"{"minimum":1.50}"#, "1", "1 is less than the minimum of 1.5"),
        (#"{"exclusiveMaximum":1}"#, "1.0", "1.0 is greater than or equal to the maximum of 1"),
        (#"{"exclusiveMinimum":1}"#, "1", "1 is less than or equal to the minimum of 1"),
        (#"{"multipleOf":5}"#, "7", "7 is not a multiple of 5"),
        (#"{"minLength":1}"#, #""""#, "'' should be non-empty"),
        (#"{"minLength":2}"#, #""a""#, "'a' is too short"),
        (#"{"maxLength":0}"#, #""a""#, "'a' is expected to be empty"),
        (#"{"maxLength":1}"#, #""ab""#, "'ab' is too long"),
        (#"{"pattern":"^x"}"#, #""abc""#, "'abc' does not match '^x'"),
        (#"{"format":"uuid"}"#, #""abc""#, "'abc' is not a 'uuid'"),
        (#"{"minItems":1}"#, "[]", "[] should be non-empty"),
        (#"{"minItems":2}"#, "[1]", "[1] is too short"),
        (#"{"maxItems":0}"#, "[1]", "[1] is expected to be empty"),
        (#"{"maxItems":1}"#, "[1,2]", "[1, 2] is too long"),
        (#"{"uniqueItems":true}"#, "[1,1]", "[1, 1] has non-unique elements"),
        (#"{"items":false,"prefixItems":[true]}"#, "[1,2]", "Expected at most 1 item but found 1 extra: 2"),
        (#"{"items":false}"#, "[1,2]", "Expected at most 0 items but found 2 extra: [1, 2]"),
        (#"{"contains":{"type":"string"}}"#, "[1]", "[1] does not contain items matching the given schema"),
        (#"{"contains":true,"maxContains":1}"#, "[1,2]", "Too many items match the given schema (expected at most 1)"),
        (
            #"{"contains":{"const":1},"minContains":2}"#, "[1]",
            "Too few items match the given schema (expected at least 2 but only 1 matched)"
        ),
        (#"{"required":["name"]}"#, "{}", "'name' is a required property"),
        (#"{"minProperties":1}"#, "{}", "{} should be non-empty"),
        (#"{"minProperties":2}"#, "{}", "{} does not have enough properties"),
        (#"{"maxProperties":0}"#, #"{"a":1}"#, "{'a': 1} is expected to be empty"),
        (
            #"{"additionalProperties":false}"#, #"{"b":1,"a":2}"#,
            "Additional properties are not allowed ('a', 'b' were unexpected)"
        ),
        (
            #"{"additionalProperties":false,"patternProperties":{"^x":true}}"#, #"{"b":1}"#,
            "'b' does not match any of the regexes: '^x'"
        ),
        (
            #"{"unevaluatedProperties":false}"#, #"{"b":1}"#,
            "Unevaluated properties are not allowed ('b' was unexpected)"
        ),
        (
            #"{"unevaluatedProperties":{"type":"null"}}"#, #"{"b":1}"#,
            "Unevaluated properties are not valid under the given schema ('b' was unevaluated and invalid)"
        ),
        (#"{"unevaluatedItems":false}"#, "[1,2]", "Unevaluated items are not allowed (1, 2 were unexpected)"),
        (#"{"dependentRequired":{"a":["b"]}}"#, #"{"a":1}"#, "'b' is a dependency of 'a'"),
        (#"{"anyOf":[{"type":"null"},{"type":"string"}]}"#, "1", "1 is not valid under any of the given schemas"),
        (#"{"oneOf":[{"type":"null"},{"type":"string"}]}"#, "1", "1 is not valid under any of the given schemas"),
        (#"{"oneOf":[{"minimum":0},true]}"#, "1", "1 is valid under each of True, {'minimum': 0}"),
        (#"{"not":{"type":"integer"}}"#, "1", "1 should not be valid under {'type': 'integer'}"),
        ("false", "1", "False schema does not allow 1"),
    ])
    func reasons(_ schema: String, _ value: String, _ expected: String) throws {
        let violations = try ParameterSchema(JSONValue(parsing: schema)).validate(JSONValue(parsing: value))
        #expect(violations.map(\.reason) == [expected])
    }

    @Test func saysWhere() throws {
        let schema = try ParameterSchema([
            "properties": ["cfg": ["properties": ["n": ["items": ["type": "integer"]], "a/b ~": ["type": "null"]]]]
        ])
        let violations = schema.validate(["cfg": ["n": [1, "x"], "a/b ~": 1]])
        #expect(violations.map(\.path) == ["cfg.n[1]", "cfg['a/b ~']"])
        #expect(violations.map(\.pointer) == ["/cfg/n/1", "/cfg/a~1b ~0"])
        #expect(violations.map(\.value) == ["x", 1])
        #expect(violations.map(\.keyword) == ["type", "type"])
        #expect(
            violations.first?.description
                == "Validation failed for field 'cfg.n[1]'. Failure reason: 'x' is not of type 'integer'")
        #expect(
            try ParameterSchema(["required": ["a"]]).validate([:]).first?.description
                == "Validation failed. Failure reason: 'a' is a required property")
    }

    /// What `jsonschema.exceptions.best_match` picks.
    @Test(arguments: [
        (
            #"{"properties":{"a":{"type":"integer"},"b":{"type":"integer"}}}"#, #"{"a":"x","b":"y"}"#,
            "'y' is not of type 'integer'"
        ),
        (#"{"properties":{"a":{"type":"integer"}},"required":["z"]}"#, #"{"a":"x"}"#, "'z' is a required property"),
        (
            #"{"anyOf":[{"type":"integer"},{"type":"null"}]}"#, #""x""#,
            "'x' is not valid under any of the given schemas"
        ),
        (
            #"{"anyOf":[{"properties":{"a":{"type":"integer"}}},{"type":"null"}]}"#, #"{"a":"x"}"#,
            "'x' is not of type 'integer'"
        ),
        (#"{"anyOf":[{"type":"string","minLength":5},{"type":"null"}]}"#, #""x""#, "'x' is too short"),
        (#"{"minimum":5,"type":"string"}"#, "1", "1 is less than the minimum of 5"),
    ])
    func theMostRelevantViolation(_ schema: String, _ value: String, _ expected: String) throws {
        let violations = try ParameterSchema(JSONValue(parsing: schema)).validate(JSONValue(parsing: value))
        #expect(SchemaViolation.mostRelevant(of: violations)?.reason == expected)
    }

    @Test func noViolationIsNotTheMostRelevantOne() {
        #expect(SchemaViolation.mostRelevant(of: []) == nil)
    }

    @Test(arguments: [
        (#"{"type":"int"}"#, "/type"), (#"{"properties":{"a/b":{"type":"int"}}}"#, "/properties/a~1b/type"),
        (#"{"pattern":"("}"#, "/pattern"), (#"{"patternProperties":{"[":true}}"#, "/patternProperties"),
        (##"{"items":{"$ref":"#/$defs/x"}}"##, "/items/$ref"), (##"{"$ref":"http://elsewhere/x"}"##, "/$ref"),
        (##"{"$ref":"#anchor"}"##, "/$ref"), (#"{"minimum":"1"}"#, "/minimum"), (#"{"multipleOf":0}"#, "/multipleOf"),
        (#"{"multipleOf":1.2345678901234567891}"#, "/multipleOf"), (#"{"minLength":-1}"#, "/minLength"),
        (#"{"maxItems":1.5}"#, "/maxItems"), (#"{"required":"a"}"#, "/required"), (#"{"required":[1]}"#, "/required"),
        (#"{"enum":1}"#, "/enum"), (#"{"allOf":{}}"#, "/allOf"), (#"{"properties":[]}"#, "/properties"),
        (#"{"anyOf":[1]}"#, "/anyOf/0"), (#"{"$defs":{"x":{"type":"int"}}}"#, "/$defs/x/type"), ("1", ""),
        (#"{"uniqueItems":1}"#, "/uniqueItems"), (#"{"items":5}"#, "/items"), (#"{"then":5}"#, "/then"),
        (##"{"$ref":"#/a","a":5}"##, "/a"), (#"{"contains":true,"minContains":-1}"#, "/minContains"),
    ])
    func faultsOfTheSchemaAreFoundAtOnce(_ schema: String, _ pointer: String) throws {
        let value = try JSONValue(parsing: schema)
        let error = #expect(throws: SchemaError.self) { try ParameterSchema(value) }
        #expect(error?.pointer == pointer)
    }

    @Test func faultsNameTheirCause() throws {
        let error = #expect(throws: SchemaError.self) { try ParameterSchema(["properties": ["m": ["type": "int"]]]) }
        #expect(error?.description == "invalid schema at /properties/m/type: 'int' is not a type of JSON")
    }
}
