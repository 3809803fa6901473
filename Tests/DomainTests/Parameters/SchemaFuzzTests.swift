import JSON
import TestSupport
import Testing

@testable import Domain

/// Schemas, values and patterns made of chance: each is refused or judged, within the budget of steps.
@Suite struct SchemaFuzzTests {
    @Test(arguments: Fuzz.seeds(250))
    func anySchemaJudgesAnyValue(seed: UInt64) {
        var source = SchemaSource(seed: seed)
        for _ in 0..<5 {
            let schema = source.schema(depth: 4)
            let damaged = source.mutation.random.choice(of: 3) == 0 ? source.mutation(schema) : schema
            guard let compiled = try? ParameterSchema(damaged) else { continue }
            for _ in 0..<3 {
                let value = source.value()
                #expect(compiled.validate(value).count <= 101, "seed \(seed)")
                _ = compiled.validate(compiled.applyingDefaults(to: value), ignoringRequired: true)
            }
        }
    }

    @Test(arguments: Fuzz.seeds(1000))
    func anyPatternIsRefusedOrEndsWithinItsSteps(seed: UInt64) throws {
        var source = SchemaSource(seed: seed)
        let text = source.pattern(depth: 5)
        guard let pattern = try? Pattern(text) else { return }
        for subject in [
            "", "a", String(repeating: "a", count: 40) + "!", String(repeating: "ab", count: 2000), "é€😀\n",
        ] {
            var steps = 20_000
            _ = try? pattern.occurs(in: subject, steps: &steps)
            #expect((0...20_000).contains(steps), "seed \(seed): \(text)")
        }
    }

    /// Most of them are patterns, or the search would find nothing.
    @Test func mostPatternsAreSound() {
        let sound = (0..<500 as Range<UInt64>).count { seed in
            var source = SchemaSource(seed: seed)
            return (try? Pattern(source.pattern(depth: 5))) != nil
        }
        #expect(sound > 250)
    }
}

/// Makes schemas, patterns and values out of chance. The same seed makes the same ones.
private struct SchemaSource {
    var mutation: Mutation
    private static let types = ["null", "boolean", "integer", "number", "string", "array", "object"]
    private static let formats = ["date", "date-time", "time", "email", "ipv4", "ipv6", "uri", "uuid", "nonsense"]

    init(seed: UInt64) { mutation = Mutation(seed: seed) }

    private mutating func choice(_ count: Int) -> Int { mutation.random.choice(of: count) }
    private mutating func small() -> JSONValue { JSONValue(choice(6) - 1) }
    private mutating func key() -> String { "k\(choice(4))" }

    mutating func schema(depth: Int) -> JSONValue {
        var schema: JSONObject = [:]
        for _ in 0..<(1 + choice(3)) {
            let (keyword, value) = depth > 0 && choice(3) > 0 ? composed(depth - 1) : simple()
            schema[keyword] = value
        }
        if depth == 4 { schema["$defs"] = .object([key(): self.schema(depth: 3), key(): self.schema(depth: 2)]) }
        return choice(20) == 0 ? JSONValue(choice(2) == 0) : .object(schema)
    }

    private mutating func simple() -> (String, JSONValue) {
        switch choice(12) {
        case 0, 1: ("type", .string(Self.types[choice(7)]))
        case 2: ("type", [.string(Self.types[choice(7)]), .string(Self.types[choice(7)])])
        case 3: ("pattern", .string(pattern(depth: 4)))
        case 4: ("format", .string(Self.formats[choice(9)]))
        case 5: (["minimum", "maximum", "multipleOf", "exclusiveMinimum"][choice(4)], small())
        case 6: (["minLength", "maxLength", "minItems", "maxItems", "minProperties"][choice(5)], small())
        case 7: ("enum", .array((0..<choice(4)).map { _ in mutation.anyJSON(depth: 1) }))
        case 8: ("required", [.string(key()), .string(key())])
        case 9: ("uniqueItems", true)
        case 10: ("default", mutation.anyJSON(depth: 2))
        default: ("const", mutation.anyJSON(depth: 2))
        }
    }

    private mutating func composed(_ depth: Int) -> (String, JSONValue) {
        switch choice(12) {
        case 0, 1: ("properties", .object([key(): schema(depth: depth), key(): schema(depth: depth)]))
        case 2: (["allOf", "anyOf", "oneOf"][choice(3)], [schema(depth: depth), schema(depth: depth)])
        case 3: (["not", "if", "then", "else"][choice(4)], schema(depth: depth))
        case 4: ("items", schema(depth: depth))
        case 5: ("prefixItems", [schema(depth: depth)])
        case 6:
            (["additionalProperties", "unevaluatedProperties", "unevaluatedItems"][choice(3)], schema(depth: depth))
        case 7: ("patternProperties", .object([pattern(depth: 3): schema(depth: depth)]))
        case 8: ("contains", schema(depth: depth))
        case 9: ("dependentSchemas", .object([key(): schema(depth: depth)]))
        case 10: ("propertyNames", schema(depth: depth))
        default:
            (
                "$ref",
                .string(["#", "#/$defs/\(key())", "#/properties/\(key())", "#/allOf/0", "#x", "http://x"][choice(6)])
            )
        }
    }

    mutating func value() -> JSONValue {
        switch choice(4) {
        case 0: mutation.anyJSON()
        case 1: .string(String(repeating: "a", count: choice(200)) + "!")
        case 2: .array((0..<choice(60)).map { _ in mutation.anyJSON(depth: 1) })
        default: .object(JSONObject((0..<4).map { ("k\($0)", mutation.anyJSON(depth: 3)) }))
        }
    }

    /// Repetitions of repetitions, which is where matchers that go back are lost.
    mutating func pattern(depth: Int) -> String {
        guard depth > 0 else {
            return [
                "a", "b", ".", "\\w", "\\d", "[ab]", "[^a]", "\\p{L}", "é", "\\b", "^", "$", "\\1", "\\", "(", "[z-a]",
            ][
                choice(40) < 38 ? choice(10) : choice(16)]
        }
        let (first, second) = (pattern(depth: depth - 1), pattern(depth: depth - 2))
        switch choice(10) {
        case 0: return first + second
        case 1: return "(\(first)|\(second))"
        case 2: return "(\(first))+"
        case 3: return "(\(first))*"
        case 4: return "(?:\(first)){1,\(choice(12) + 1)}"
        case 5: return "(?=\(first))\(second)"
        case 6: return "(?!\(first))\(second)"
        case 7: return "(\(first))*?\(second)"
        case 8: return "(\(first))\\1"
        default: return "(?i)(\(first)?)"
        }
    }
}
