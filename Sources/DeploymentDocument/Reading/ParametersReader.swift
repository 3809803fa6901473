import Domain
import JSON

/// What a deployment says of its runs' parameters.
struct DeclaredParameters {
    let schema: JSONValue
    let defaults: JSONObject
    /// Nothing where the schema does not list them.
    let names: [String]?
    /// Whether runs may have parameters that are not listed.
    let allowsOthers: Bool
}

/// Reads parameters: the short form, or a whole JSON Schema, and the defaults that they must allow.
struct ParametersReader {
    let problems: ProblemList

    /// Nothing, and a problem or more, where the schema cannot be known.
    func parameters(_ fields: Fields) -> DeclaredParameters? {
        if let node = fields["parameter_schema"] {
            if let place = fields.keyPlace("parameters") {
                problems.add(place, "'parameters' and 'parameter_schema' say the same; leave one out")
            }
            return whole(node, fields)
        }
        guard let node = fields["parameters"] else {
            return declared(schema: Self.schema(of: [:], required: []), fields)
        }
        return short(node, fields)
    }

    // MARK: A whole schema

    private func whole(_ node: YAMLNode, _ fields: Fields) -> DeclaredParameters? {
        guard let schema = node.json(problems) else { return nil }
        guard schema.objectValue != nil else {
            problems.add(node.place, "'parameter_schema' is a JSON Schema, a mapping, not \(node.summary)")
            return nil
        }
        guard compile(schema, node) != nil else { return nil }
        return declared(schema: schema, fields)
    }

    /// - Parameter node: where the schema stands, to find the place of what is wrong with it.
    private func compile(_ schema: JSONValue, _ node: YAMLNode) -> ParameterSchema? {
        do {
            return try ParameterSchema(schema)
        } catch {
            let place = node.nearest(to: error.pointer).place
            let path = error.pointer.split(separator: "/").joined(separator: ".")
            problems.add(place, "this is no JSON Schema\(path.isEmpty ? "" : ", at '\(path)'"): \(error.reason)")
            return nil
        }
    }

    // MARK: The short form

    private func short(_ node: YAMLNode, _ fields: Fields) -> DeclaredParameters? {
        guard let members = node.members else {
            problems.add(node.place, "'parameters' is a mapping of names to types, not \(node.summary)")
            return nil
        }
        var properties = JSONObject()
        var required: [String] = []
        let shortForm = ShortParameter(problems: problems)
        for member in members {
            guard let property = shortForm.schema(member), compile(.object(property), member.value) != nil else {
                continue
            }
            properties[member.key] = .object(property)
            guard let value = property["default"] else {
                required.append(member.key)
                continue
            }
            check([member.key: value], against: Self.schema(of: properties, required: [])) { pointer in
                let place = member.value["default"] ?? member.value
                return place.nearest(to: String(pointer.dropFirst(member.key.escapedForPointer.count + 1)))
            }
        }
        let schema = Self.schema(of: properties, required: required)
        // Where one could not be read, nothing can be said of the names.
        return properties.count == members.count ? declared(schema: schema, fields) : nil
    }

    private static func schema(of properties: JSONObject, required: [String]) -> JSONValue {
        [
            "type": "object", "properties": .object(properties), "required": .array(required.map { .string($0) }),
            "additionalProperties": false,
        ]
    }

    // MARK: Defaults

    private func declared(schema: JSONValue, _ fields: Fields) -> DeclaredParameters? {
        let names = schema["properties"]?.objectValue?.keys
        let allowsOthers = schema["additionalProperties"] != false
        guard let node = fields["defaults"] else {
            return DeclaredParameters(schema: schema, defaults: [:], names: names, allowsOthers: allowsOthers)
        }
        guard let members = node.members else {
            problems.add(node.place, "'defaults' is a mapping of parameters to values, not \(node.summary)")
            return nil
        }
        var defaults = JSONObject()
        for member in members {
            if let names, !allowsOthers, !names.contains(member.key) {
                let hint = NearestName.hint(for: member.key, among: names)
                problems.add(member.keyPlace, "'\(member.key)' is none of the parameters\(hint)")
            } else if let value = member.value.json(problems) {
                defaults[member.key] = value
            }
        }
        check(defaults, against: schema) { node.nearest(to: $0) }
        return DeclaredParameters(schema: schema, defaults: defaults, names: names, allowsOthers: allowsOthers)
    }

    /// - Parameter place: the node that a JSON pointer into the values leads to.
    private func check(_ values: JSONObject, against schema: JSONValue, place: (String) -> YAMLNode) {
        guard let compiled = try? ParameterSchema(schema) else { return }
        for violation in compiled.validate(.object(values), ignoringRequired: true) {
            let path = violation.path.isEmpty ? "the defaults" : "the default of '\(violation.path)'"
            problems.add(place(violation.pointer).place, "\(path) breaks the schema: \(violation.reason)")
        }
    }
}

extension String {
    var escapedForPointer: String { replacing("~", with: "~0").replacing("/", with: "~1") }
}
