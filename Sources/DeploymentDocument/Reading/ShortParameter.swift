import JSON

/// Reads one parameter in the short form: a type by its name, or JSON Schema's keywords for one value.
struct ShortParameter {
    let problems: ProblemList

    private static let types = ["integer", "number", "string", "boolean", "array", "object", "null"]
    /// What people write who think in Python, SQL or C.
    private static let synonyms = [
        "int": "integer", "float": "number", "double": "number", "decimal": "number", "str": "string",
        "text": "string", "bool": "boolean", "list": "array", "dict": "object", "mapping": "object", "map": "object",
        "none": "null",
    ]
    private static let keywords = [
        "type", "default", "description", "title", "examples", "enum", "const", "minimum", "maximum",
        "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern", "format", "items",
        "prefixItems", "contains", "minContains", "maxContains", "minItems", "maxItems", "uniqueItems", "properties",
        "required", "additionalProperties", "patternProperties", "propertyNames", "minProperties", "maxProperties",
        "dependentRequired", "dependentSchemas", "anyOf", "oneOf", "allOf", "not", "if", "then", "else", "$ref",
        "$defs",
        "definitions", "deprecated", "readOnly", "writeOnly", "unevaluatedItems", "unevaluatedProperties", "$comment",
        "position",
    ]

    /// The JSON Schema of the parameter. Nothing written stands for any value.
    func schema(_ member: YAMLNode.Member) -> JSONObject? {
        let node = member.value
        if node.isNull { return [:] }
        if let type = node.spelling {
            guard check(type: type, at: node) else { return nil }
            return ["type": .string(type)]
        }
        guard let keywords = node.members else {
            problems.add(node.place, "the parameter '\(member.key)' is a type or a mapping of keywords, not a list")
            return nil
        }
        var isSound = true
        for keyword in keywords where !Self.keywords.contains(keyword.key) && !keyword.key.hasPrefix("x-") {
            let hint =
                keyword.key == "optional" || keyword.key == "nullable"
                ? "; give it a default, and allow null by type: [\(node["type"]?.spelling ?? "string"), \"null\"]"
                : NearestName.hint(for: keyword.key, among: Self.keywords)
            problems.add(keyword.keyPlace, "the parameter '\(member.key)' has no keyword '\(keyword.key)'\(hint)")
            isSound = false
        }
        isSound = checkTypes(of: node) && isSound
        guard let schema = withTypesAsTexts(node).json(problems)?.objectValue else { return nil }
        return isSound ? schema : nil
    }

    /// `type: null` and `type: [string, null]` say null, and mean `"null"`.
    private func withTypesAsTexts(_ node: YAMLNode) -> YAMLNode {
        guard let members = node.members else { return node }
        let changed = members.map { member in
            guard member.key == "type" else { return member }
            return YAMLNode.Member(key: member.key, keyPlace: member.keyPlace, value: asText(member.value))
        }
        return YAMLNode(place: node.place, content: .mapping(changed))
    }

    private func asText(_ node: YAMLNode) -> YAMLNode {
        switch node.content {
        case .scalar("null", _): YAMLNode(place: node.place, content: .scalar("null", isPlain: false))
        case .sequence(let types): YAMLNode(place: node.place, content: .sequence(types.map(asText)))
        default: node
        }
    }

    private func checkTypes(of node: YAMLNode) -> Bool {
        guard let type = node["type"] else { return true }
        return (type.elements ?? [type]).allSatisfy { element in
            element.spelling.map { check(type: $0, at: element) } ?? true
        }
    }

    private func check(type: String, at node: YAMLNode) -> Bool {
        guard !Self.types.contains(type) else { return true }
        let hint =
            Self.synonyms[type.lowercased()].map { "; did you mean '\($0)'?" }
            ?? NearestName.hint(for: type, among: Self.types)
        problems.add(node.place, "there is no type '\(type)'\(hint)")
        return false
    }
}
