import Domain
import JSON
import Testing

/// Each keyword with values that satisfy it and values that do not.
@Suite struct SchemaKeywordTests {
    private func check(_ schema: String, _ valid: [String], _ invalid: [String]) throws {
        let compiled = try ParameterSchema(JSONValue(parsing: schema))
        for value in valid {
            let reasons = try compiled.validate(JSONValue(parsing: value)).map(\.reason)
            #expect(reasons.isEmpty, "\(schema) refuses \(value): \(reasons)")
        }
        for value in invalid {
            #expect(try !compiled.validate(JSONValue(parsing: value)).isEmpty, "\(schema) accepts \(value)")
        }
    }

    @Test(
        arguments: [
            ("true", ["1", "null"], []),
            ("false", [], ["1", "null"]),
            ("{}", ["1", "null"], []),
            (
                #"{"type":"integer"}"#, ["1", "1.0", "1e3", "-0", "123456789012345678901234567890"],
                ["1.5", "\"1\"", "true", "1e-1"]
            ),
            (#"{"type":"number"}"#, ["1", "1.5"], ["\"1\"", "false"]),
            (#"{"type":["string","null"]}"#, ["\"\"", "null"], ["1", "[]"]),
            (#"{"type":"boolean"}"#, ["true"], ["0", "\"true\""]),
            (#"{"type":"object"}"#, ["{}"], ["[]"]),
            (#"{"type":"array"}"#, ["[]"], ["{}"]),
            (
                #"{"enum":[1,"a",null,{"x":1.0}]}"#, ["1.0", "\"a\"", "null", #"{"x":1}"#],
                ["true", "\"A\"", #"{"x":2}"#, "[]"]
            ),
            (#"{"const":false}"#, ["false"], ["0", "null"]),
            (#"{"const":[1e1]}"#, ["[10]"], ["[1]", "10"]),
            (#"{"minimum":1.5}"#, ["1.5", "2", "\"a\""], ["1", "1.49999999999999999999999"]),
            (#"{"maximum":9007199254740993}"#, ["9007199254740993"], ["9007199254740994", "9007199254740993.1"]),
            (#"{"exclusiveMinimum":0,"exclusiveMaximum":1}"#, ["0.5", "1e-300"], ["0", "1", "-1"]),
            (#"{"multipleOf":0.01}"#, ["4.35", "0", "-1.1", "1e300"], ["4.355"]),
            (#"{"multipleOf":3}"#, ["9", "9.0", "-3"], ["10", "9.5"]),
            (
                #"{"minLength":2,"maxLength":3}"#, ["\"ab\"", "\"𝄞𝄞\"", "\"e\u{301}e\"", "1"],
                ["\"a\"", "\"𝄞\"", "\"abcd\""]
            ),
            (#"{"pattern":"^x"}"#, ["\"xy\"", "5"], ["\"yx\""]),
            (#"{"format":"ipv4"}"#, ["\"1.2.3.4\"", "5"], ["\"1.2.3\""]),
            (#"{"format":"password"}"#, ["\"x\""], []),
            (#"{"items":{"type":"integer"}}"#, ["[]", "[1,2]", "{}"], ["[1,\"a\"]"]),
            (
                #"{"prefixItems":[{"type":"integer"},true],"items":false}"#, ["[]", "[1]", "[1,null]"],
                ["[\"a\"]", "[1,2,3]"]
            ),
            (
                #"{"items":[{"type":"integer"}],"additionalItems":{"type":"string"}}"#, ["[1,\"a\"]", "[]"],
                ["[1,2]", "[\"a\"]"]
            ),
            (#"{"additionalItems":false}"#, ["[1]"], []),
            (#"{"contains":{"const":1}}"#, ["[0,1]", "1"], ["[]", "[0]"]),
            (
                #"{"contains":{"const":1},"minContains":2,"maxContains":3}"#, ["[1,1]", "[1,1,0,1]"],
                ["[1]", "[1,1,1,1]"]
            ),
            (#"{"contains":{"const":1},"minContains":0}"#, ["[]", "[0]"], []),
            (#"{"minItems":1,"maxItems":2}"#, ["[1]", "[1,2]", "\"abc\""], ["[]", "[1,2,3]"]),
            (
                #"{"uniqueItems":true}"#, ["[1,true,\"1\",[1],{}]", "[]"],
                ["[1,1.0]", "[{\"a\":1,\"b\":2},{\"b\":2,\"a\":1}]"]
            ),
            (#"{"uniqueItems":false}"#, ["[1,1]"], []),
            (
                #"{"properties":{"a":{"type":"integer"},"b":false}}"#, ["{}", #"{"a":1,"c":2}"#, "[]"],
                [#"{"a":"x"}"#, #"{"b":1}"#]
            ),
            (#"{"patternProperties":{"^n_":{"type":"number"}}}"#, [#"{"n_a":1,"x":"y"}"#], [#"{"n_a":"1"}"#]),
            (
                #"{"properties":{"a":true},"patternProperties":{"^x":true},"additionalProperties":false}"#,
                [#"{"a":1,"x1":2}"#], [#"{"b":1}"#]
            ),
            (#"{"additionalProperties":{"type":"string"}}"#, [#"{"a":"b"}"#], [#"{"a":1}"#]),
            (#"{"propertyNames":{"maxLength":2}}"#, [#"{"ab":1}"#], [#"{"abc":1}"#]),
            (#"{"required":["a","toString"]}"#, [#"{"a":null,"toString":1}"#, "5"], [#"{"a":1}"#, "{}"]),
            (#"{"minProperties":1,"maxProperties":2}"#, [#"{"a":1}"#], ["{}", #"{"a":1,"b":2,"c":3}"#]),
            (#"{"dependentRequired":{"a":["b"]}}"#, ["{}", #"{"b":1}"#, #"{"a":1,"b":1}"#], [#"{"a":1}"#]),
            (#"{"dependentSchemas":{"a":{"required":["b"]}}}"#, [#"{"b":1}"#, #"{"a":1,"b":1}"#], [#"{"a":1}"#]),
            (
                #"{"dependencies":{"a":["b"],"c":{"maxProperties":1}}}"#, [#"{"a":1,"b":1}"#, #"{"c":1}"#],
                [#"{"a":1}"#, #"{"c":1,"d":1}"#]
            ),
            (#"{"allOf":[{"minimum":1},{"maximum":2}]}"#, ["1"], ["0", "3"]),
            (#"{"anyOf":[{"type":"string"},{"minimum":5}]}"#, ["\"a\"", "5"], ["4"]),
            (#"{"oneOf":[{"multipleOf":2},{"multipleOf":3}]}"#, ["2", "3"], ["6", "7"]),
            (#"{"not":{"type":"null"}}"#, ["1"], ["null"]),
            (#"{"if":{"minimum":0},"then":{"multipleOf":2},"else":{"const":-1}}"#, ["4", "-1"], ["3", "-2"]),
            (#"{"then":false,"else":false}"#, ["1"], []),
            (#"{"allOf":[{"properties":{"a":true}}],"unevaluatedProperties":false}"#, [#"{"a":1}"#], [#"{"b":1}"#]),
            (
                """
                {"anyOf":[{"properties":{"a":{"const":1}},"required":["a"]},{"properties":{"b":true}}],
                "unevaluatedProperties":false}
                """,
                [#"{"a":1,"b":1}"#, #"{"b":1}"#], [#"{"a":2,"b":1}"#, #"{"c":1}"#]
            ),
            (
                """
                {"if":{"required":["a"],"properties":{"a":true}},"then":{"properties":{"b":true}},
                "unevaluatedProperties":{"type":"null"}}
                """,
                [#"{"a":1,"b":1,"c":null}"#, #"{"b":null}"#], [#"{"b":1}"#]
            ),
            (#"{"allOf":[{"unevaluatedProperties":false}],"properties":{"a":true}}"#, ["{}"], [#"{"a":1}"#]),
            (
                #"{"prefixItems":[true],"contains":{"const":7},"unevaluatedItems":false}"#, ["[1,7]", "[7]"],
                ["[1]", "[1,7,2]"]
            ),
            (#"{"allOf":[{"items":true}],"unevaluatedItems":false}"#, ["[1,2]"], []),
        ] as [(String, [String], [String])])
    func accepts(_ schema: String, _ valid: [String], refuses invalid: [String]) throws {
        try check(schema, valid, invalid)
    }

    @Test(
        arguments: [
            (##"{"properties":{"a":{"$ref":"#"}},"required":["n"]}"##, [#"{"n":1,"a":{"n":1}}"#], [#"{"n":1,"a":{}}"#]),
            (##"{"$ref":"#/$defs/a~1b~0c%25","$defs":{"a/b~c%":{"type":"null"}}}"##, ["null"], ["1"]),
            (##"{"$ref":"#/definitions/x","maximum":5,"definitions":{"x":{"minimum":1}}}"##, ["3"], ["0", "6"]),
            (##"{"$ref":"#here","$defs":{"x":{"$anchor":"here","type":"null"}}}"##, ["null"], ["1"]),
            (##"{"$id":"http://x/y/z","$ref":"item","$defs":{"x":{"$id":"/y/item","type":"null"}}}"##, ["null"], ["1"]),
            (
                ##"{"$ref":"urn:a#b","$defs":{"x":{"$id":"urn:a","$defs":{"c":{"$anchor":"b","type":"null"}}}}}"##,
                ["null"],
                ["1"]
            ),
            (##"{"$ref":"#/any/where","any":{"where":{"type":"null"}}}"##, ["null"], ["1"]),
            (##"{"enum":[{"$ref":"#/nowhere"}]}"##, [##"{"$ref":"#/nowhere"}"##], ["1"]),
            (##"{"properties":{"$ref":{"type":"string"}}}"##, [##"{"$ref":"x"}"##], [##"{"$ref":1}"##]),
            (
                ##"{"$ref":"#/$defs/t","$defs":{"t":{"anyOf":[{"type":"integer"},{"type":"array","items":{"$ref":"#"}}]}}}"##,
                ["1", "[[1],[],[[2]]]"], ["[[\"a\"]]", "null"]
            ),
            (
                ##"""
                {"$id":"http://x/strict","$dynamicAnchor":"node","$ref":"tree","unevaluatedProperties":false,"$defs":{"t":
                {"$id":"http://x/tree","$dynamicAnchor":"node","properties":{"data":true,"kids":{
                "items":{"$dynamicRef":"#node"}}}}}}
                """##, [#"{"kids":[{"data":1}]}"#], [#"{"kids":[{"daat":1}]}"#]
            ),
        ] as [(String, [String], [String])])
    func references(_ schema: String, _ valid: [String], _ invalid: [String]) throws {
        try check(schema, valid, invalid)
    }

    @Test func formatsCanBeIgnored() throws {
        let schema: JSONValue = ["format": "date-time"]
        #expect(try ParameterSchema(schema).validate("soon").map(\.reason) == ["'soon' is not a 'date-time'"])
        #expect(try ParameterSchema(schema, formats: .ignored).validate("soon").isEmpty)
    }

    @Test func requiredCanBeIgnored() throws {
        let schema = try ParameterSchema([
            "required": ["a"], "properties": ["a": ["type": "integer"], "b": ["required": ["c"]]],
        ])
        #expect(schema.validate(["b": [:]]).count == 2)
        #expect(schema.validate(["b": [:]], ignoringRequired: true).isEmpty)
        #expect(schema.validate(["a": "x"], ignoringRequired: true).count == 1)
    }
}
