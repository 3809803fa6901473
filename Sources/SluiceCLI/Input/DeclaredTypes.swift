import DeploymentDocument
import JSON

/// What a deployment's schema says of its parameters, as far as it helps to read what people type: a shell knows only
/// texts.
struct DeclaredTypes: Sendable {
    private let schema: JSONValue
    private let properties: JSONObject

    /// References that are followed before a schema counts as saying nothing.
    private static let deepest = 16

    init(schema: JSONValue?) {
        self.schema = schema ?? [:]
        properties = self.schema["properties"]?.objectValue ?? [:]
    }

    /// What a text stands for as a value of a parameter.
    ///
    /// Where the schema wants a text, it is one. Otherwise it is JSON, if it is JSON of a type that the schema allows
    /// or says nothing of; and a text, if it is none.
    func value(of text: String, for name: String) -> JSONValue {
        let types = properties[name].flatMap { self.types(of: $0, depth: 0) }
        if types == ["string"] { return .string(text) }
        guard let value = try? JSONValue(parsing: text) else { return .string(text) }
        guard let types, types.contains("string"), !value.typeNames.contains(where: types.contains) else {
            return value
        }
        return .string(text)
    }

    /// Whether a text is one of its values: then nothing typed is an empty text, and not nothing.
    func takesText(_ name: String) -> Bool {
        guard let property = properties[name] else { return true }
        return types(of: property, depth: 0)?.contains("string") ?? true
    }

    /// - Throws: `CommandFailure` for a name that the schema rules out.
    func check(name: String) throws {
        guard schema["additionalProperties"] == false, !properties.contains(key: name) else { return }
        let known = properties.keys
        let hint = known.isEmpty ? "; it has none" : NearestName.hint(for: name, among: known)
        throw CommandFailure.usage("the deployment has no parameter '\(name)'\(hint)")
    }

    /// The names of the types that a schema allows; nothing if it does not say.
    private func types(of property: JSONValue, depth: Int) -> Set<String>? {
        guard depth < Self.deepest else { return nil }
        if let type = property["type"] {
            return Set((type.arrayValue ?? [type]).compactMap(\.stringValue))
        }
        if let values = property["enum"]?.arrayValue ?? property["const"].map({ [$0] }) {
            return Set(values.flatMap(\.typeNames))
        }
        if let pointer = property["$ref"]?.stringValue {
            return target(of: pointer).flatMap { types(of: $0, depth: depth + 1) }
        }
        if let branches = property["anyOf"]?.arrayValue ?? property["oneOf"]?.arrayValue {
            let each = branches.map { types(of: $0, depth: depth + 1) }
            return each.contains { $0 == nil } ? nil : each.reduce(into: []) { $0.formUnion($1 ?? []) }
        }
        return property["allOf"]?.arrayValue?.lazy.compactMap { types(of: $0, depth: depth + 1) }.first
    }

    /// `#/definitions/Month`
    private func target(of pointer: String) -> JSONValue? {
        guard pointer.hasPrefix("#/") else { return nil }
        return pointer.dropFirst(2).split(separator: "/").reduce(schema) { found, name in
            found?[String(name).replacing("~1", with: "/").replacing("~0", with: "~")]
        }
    }
}

extension JSONValue {
    /// JSON Schema's names for what this is.
    fileprivate var typeNames: [String] {
        switch self {
        case .null: ["null"]
        case .bool: ["boolean"]
        case .integer: ["integer", "number"]
        case .number: intValue == nil ? ["number"] : ["integer", "number"]
        case .string: ["string"]
        case .array: ["array"]
        case .object: ["object"]
        }
    }
}
