import JSON

/// A schema compiled: its subschemas and what it refers to are numbers of other nodes, so it may be cyclic.
struct CompiledSchema: Sendable {
    /// The first is the root.
    let nodes: [SchemaNode]
    /// By name, the nodes that `$dynamicAnchor` marks, by the number of their resource.
    let dynamicAnchors: [String: [Int: Int]]
}

/// One schema or subschema.
final class SchemaNode: Sendable {
    /// What a boolean schema says of every value.
    let verdict: Bool?
    let keywords: [SchemaKeyword]
    /// What `type` names.
    let types: SchemaTypes?
    let defaultValue: JSONValue?
    /// The part of the document with an `$id` of its own that this belongs to.
    let resource: Int
    /// Whether `unevaluatedProperties` or `unevaluatedItems` asks which parts other keywords have looked at.
    let tracksEvaluation: Bool

    init(verdict: Bool, resource: Int) {
        self.verdict = verdict
        self.resource = resource
        keywords = []
        types = nil
        defaultValue = nil
        tracksEvaluation = false
    }

    init(keywords: [SchemaKeyword], types: SchemaTypes?, defaultValue: JSONValue?, resource: Int) {
        verdict = nil
        self.keywords = keywords
        self.types = types
        self.defaultValue = defaultValue
        self.resource = resource
        tracksEvaluation = keywords.contains { $0.name == "unevaluatedProperties" || $0.name == "unevaluatedItems" }
    }
}

/// A keyword with what it demands.
struct SchemaKeyword: Sendable {
    let name: String
    let rule: SchemaRule
    /// What to say if it is violated, unless that depends on more than the value.
    let phrase: SchemaPhrase
}

/// What a keyword demands; numbers without a label are those of nodes.
enum SchemaRule: Sendable {
    case type(SchemaTypes)
    case oneOfValues(SchemaChoices)
    case number(NumberRule)
    case string(StringRule)
    case array(ArrayRule)
    case object(ObjectRule)
    case logic(LogicRule)
}

enum NumberRule: Sendable {
    case minimum(SchemaBound)
    case maximum(SchemaBound)
    case exclusiveMinimum(SchemaBound)
    case exclusiveMaximum(SchemaBound)
    case multipleOf(SchemaBound)
}

enum StringRule: Sendable {
    /// In code points.
    case minLength(Int)
    case maxLength(Int)
    case pattern(Pattern)
    case format(StringFormat)
}

enum ArrayRule: Sendable {
    case prefixItems([Int])
    /// The elements from a place on.
    case items(Int, from: Int)
    case contains(Int, least: Int, most: Int?)
    case minItems(Int)
    case maxItems(Int)
    case uniqueItems
    case unevaluatedItems(Int)
}

enum ObjectRule: Sendable {
    case properties([(name: String, node: Int)])
    case patternProperties([(pattern: Pattern, node: Int)])
    /// What neither `names` has nor a pattern matches.
    case additionalProperties(Int, names: JSONObject, patterns: [Pattern])
    case propertyNames(Int)
    case required([String])
    case minProperties(Int)
    case maxProperties(Int)
    /// What a member of that name asks of its object: `dependentRequired`, `dependentSchemas`, and draft 7's
    /// `dependencies`, which is either.
    case dependencies(names: [(name: String, needs: [String])], schemas: [(name: String, node: Int)])
    case unevaluatedProperties(Int)
}

enum LogicRule: Sendable {
    case allOf([Int])
    case anyOf([Int])
    case oneOf([Int], spellings: [String])
    case not(Int)
    case condition(if: Int, then: Int?, else: Int?)
    case reference(Int)
    /// `$dynamicRef`: the node that it means by itself, and the anchor by which the outermost resource may replace it.
    case dynamicReference(Int, anchor: String?)
}

/// A number to compare with, exactly.
struct SchemaBound: Sendable {
    let integer: Int64?
    let decimal: ExactDecimal

    init?(_ value: JSONValue) {
        guard let decimal = ExactDecimal(value) else { return nil }
        self.decimal = decimal
        integer = decimal.wholeValue
    }
}

/// The values of `enum` or `const`, compared by their worth.
struct SchemaChoices: Sendable {
    private let values: Set<JSONValue>

    init(_ values: [JSONValue]) {
        self.values = Set(values.map(\.withUniformNumbers))
    }

    func contains(_ value: JSONValue) -> Bool {
        values.contains(value.withUniformNumbers)
    }
}

/// JSON Schema's types; a number without fraction is an integer, however it is written.
struct SchemaTypes: OptionSet, Sendable, Hashable {
    let rawValue: UInt8

    static let null = SchemaTypes(rawValue: 1)
    static let boolean = SchemaTypes(rawValue: 2)
    static let integer = SchemaTypes(rawValue: 4)
    static let number = SchemaTypes(rawValue: 8)
    static let string = SchemaTypes(rawValue: 16)
    static let array = SchemaTypes(rawValue: 32)
    static let object = SchemaTypes(rawValue: 64)

    static let names: [String: SchemaTypes] = [
        "null": .null, "boolean": .boolean, "integer": .integer, "number": .number, "string": .string,
        "array": .array, "object": .object,
    ]

    func covers(_ value: JSONValue) -> Bool {
        switch value {
        case .null: contains(.null)
        case .bool: contains(.boolean)
        case .integer: !isDisjoint(with: [.integer, .number])
        case .number(let number): contains(.number) || contains(.integer) && ExactDecimal(number).isWhole
        case .string: contains(.string)
        case .array: contains(.array)
        case .object: contains(.object)
        }
    }
}
