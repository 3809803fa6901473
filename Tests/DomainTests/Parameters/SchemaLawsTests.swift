import Domain
import JSON
import Testing

/// Laws that hold for all schemas and values, tried on seeded random ones.
@Suite struct SchemaLawsTests {
    @Test(arguments: 0..<60 as Range<UInt64>)
    func combinationsMeanWhatTheirPartsMean(seed: UInt64) throws {
        var source = SchemaSource(seed: seed)
        for _ in 0..<20 {
            let (left, right) = (source.schema(depth: 2), source.schema(depth: 2))
            let value = source.value(depth: 2)
            func isValid(_ schema: JSONValue) throws -> Bool { try ParameterSchema(schema).validate(value).isEmpty }
            let (isLeft, isRight) = (try isValid(left), try isValid(right))
            #expect(try isValid(["not": left]) == !isLeft)
            #expect(try isValid(["allOf": [left, right]]) == (isLeft && isRight))
            #expect(try isValid(["anyOf": [left, right]]) == (isLeft || isRight))
            #expect(try isValid(["oneOf": [left, right]]) == (isLeft != isRight))
            #expect(try isValid(["if": left, "then": right, "else": false]) == (isLeft && isRight))
            #expect(try isValid(["$ref": "#/$defs/x", "$defs": ["x": left]]) == isLeft)
            #expect(try ParameterSchema(["items": left]).validate([value]).isEmpty == isLeft)
            #expect(try ParameterSchema(["contains": left]).validate([value]).isEmpty == isLeft)
            #expect(try ParameterSchema(["properties": ["p": left]]).validate(["p": value]).isEmpty == isLeft)
            #expect(try ParameterSchema(["additionalProperties": left]).validate(["p": value]).isEmpty == isLeft)
            #expect(try isValid(["enum": [value]]))
            #expect(try isValid(["const": value.withUniformNumbers]))
        }
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func everyViolationPointsIntoTheValueAndOneIsTheMostRelevant(seed: UInt64) throws {
        var source = SchemaSource(seed: seed)
        for _ in 0..<20 {
            let schema = try ParameterSchema(source.schema(depth: 3))
            let value = source.value(depth: 3)
            let violations = schema.validate(value)
            for violation in violations {
                let part = violation.location.reduce(value as JSONValue?) { part, component in
                    switch component {
                    case .key(let key): part?[key]
                    case .index(let index): part?[index]
                    }
                }
                #expect(part == violation.value || violation.value.stringValue != nil)
                #expect(!violation.reason.isEmpty)
            }
            #expect((SchemaViolation.mostRelevant(of: violations) == nil) == violations.isEmpty)
        }
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func mangledSchemasAreReadOrRefused(seed: UInt64) {
        var source = SchemaSource(seed: seed)
        for _ in 0..<50 {
            let text = source.mangled(source.schema(depth: 3).serialized())
            guard let document = try? JSONValue(parsing: text), let schema = try? ParameterSchema(document)
            else { continue }
            _ = schema.validate(source.value(depth: 3))
            _ = schema.applyingDefaults(to: source.value(depth: 3))
        }
    }
}

/// Seeded random schemas and values, small enough that they meet often.
private struct SchemaSource: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    private mutating func pick<T>(_ choices: [T]) -> T { choices[Int(next() % UInt64(choices.count))] }

    mutating func value(depth: Int) -> JSONValue {
        switch next() % (depth > 0 ? 7 : 5) {
        case 0: return .null
        case 1: return JSONValue(next() % 2 == 0)
        case 2: return JSONValue(Int(next() % 8) - 2)
        case 3: return pick([0.5, 1.0, 2.5, -0.0, 1e300])
        case 4: return pick(["", "a", "ab", "abc", "x'y"])
        case 5: return .array((0..<Int(next() % 4)).map { _ in value(depth: depth - 1) })
        default:
            let members = (0..<Int(next() % 4)).map { _ in (pick(["a", "b", "c"]), value(depth: depth - 1)) }
            return .object(JSONObject(members.map { (key: $0.0, value: $0.1) }))
        }
    }

    mutating func schema(depth: Int) -> JSONValue {
        if depth == 0 || next() % 8 == 0 { return pick([true, false, ["type": "integer"], ["minimum": 1]]) }
        var schema = JSONObject()
        for _ in 0...next() % 3 {
            let (keyword, value) = keyword(depth: depth - 1)
            schema[keyword] = value
        }
        return .object(schema)
    }

    private mutating func keyword(depth: Int) -> (String, JSONValue) {
        let name = pick([
            "type", "enum", "minimum", "maximum", "multipleOf", "minLength", "maxLength", "pattern", "items",
            "contains", "prefixItems", "minItems", "uniqueItems", "properties", "additionalProperties", "required",
            "propertyNames",
            "anyOf", "oneOf", "allOf", "not", "unevaluatedProperties", "unevaluatedItems", "default",
        ])
        let value: JSONValue =
            switch name {
            case "type":
                pick(["null", "boolean", "integer", "number", "string", "array", "object", ["integer", "string"]])
            case "enum": [self.value(depth: 1), self.value(depth: 1)]
            case "minimum", "maximum": pick([0, 1.5, 3])
            case "multipleOf": pick([2, 0.5])
            case "minLength", "maxLength", "minItems": pick([0, 1, 2])
            case "pattern": pick(["^a", "b$", "^(a|x')+"])
            case "prefixItems", "anyOf", "oneOf", "allOf": [schema(depth: depth), schema(depth: depth)]
            case "uniqueItems": true
            case "properties": ["a": schema(depth: depth), "b": schema(depth: depth)]
            case "required": [pick(["a", "b"])]
            case "default": self.value(depth: 1)
            default: schema(depth: depth)
            }
        return (name, value)
    }

    /// With a few characters changed for others that stand in schemas.
    mutating func mangled(_ text: String) -> String {
        var characters = Array(text)
        for _ in 0...next() % 3 where !characters.isEmpty {
            characters[Int(next() % UInt64(characters.count))] = pick(Array("{}[]\":,01ax$#/(-"))
        }
        return String(characters)
    }
}
