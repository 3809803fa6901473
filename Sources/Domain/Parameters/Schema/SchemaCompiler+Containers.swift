import JSON

/// Keywords about arrays.
extension SchemaCompiler {
    mutating func arrayKeyword(
        _ name: String, _ value: JSONValue, in place: Place
    ) throws(SchemaError) -> SchemaKeyword? {
        guard let rule = try arrayRule(name, value, in: place) else { return nil }
        let phrase: SchemaPhrase =
            switch rule {
            case .minItems(let count): .ofValue(count == 1 ? " should be non-empty" : " is too short")
            case .maxItems(let count): .ofValue(count == 0 ? " is expected to be empty" : " is too long")
            case .uniqueItems: .ofValue(" has non-unique elements")
            case .contains(_, _, let most):
                .text(
                    "Too many items match the given schema (expected at most \(most ?? .max))")
            default: .text("")
            }
        return SchemaKeyword(name: name, rule: .array(rule), phrase: phrase)
    }

    private mutating func arrayRule(
        _ name: String, _ value: JSONValue, in place: Place
    ) throws(SchemaError) -> ArrayRule? {
        switch name {
        case "prefixItems":
            return .prefixItems(try children(name, value, in: place))
        case "items" where value.arrayValue != nil:
            // Until draft 2019-09; with prefixItems beside it, the newer spelling counts.
            let nodes = try children(name, value, in: place)
            return place.object.contains(key: "prefixItems") ? nil : .prefixItems(nodes)
        case "items":
            let prefix = place.object["prefixItems"]?.arrayValue?.count ?? 0
            return try child(name, in: place).map { .items($0, from: prefix) }
        case "additionalItems":
            guard let prefix = place.object["items"]?.arrayValue?.count, !place.object.contains(key: "prefixItems")
            else { return nil }
            return try child(name, in: place).map { .items($0, from: prefix) }
        case "contains":
            let least = try place.object["minContains"].map { value throws(SchemaError) in
                try count("minContains", value, in: place)
            }
            let most = try place.object["maxContains"].map { value throws(SchemaError) in
                try count("maxContains", value, in: place)
            }
            return try child(name, in: place).map { .contains($0, least: least ?? 1, most: most) }
        case "minItems":
            return .minItems(try count(name, value, in: place))
        case "maxItems":
            return .maxItems(try count(name, value, in: place))
        case "uniqueItems":
            guard let isUnique = value.boolValue else { throw place.error(name, "it is to be a boolean") }
            return isUnique ? .uniqueItems : nil
        case "unevaluatedItems":
            return try child(name, in: place).map { .unevaluatedItems($0) }
        default:
            return nil
        }
    }
}

/// Keywords about objects.
extension SchemaCompiler {
    mutating func objectKeyword(
        _ name: String, _ value: JSONValue, in place: Place
    ) throws(SchemaError) -> SchemaKeyword? {
        guard let rule = try objectRule(name, value, in: place) else { return nil }
        let phrase: SchemaPhrase =
            switch rule {
            case .minProperties(let count):
                .ofValue(count == 1 ? " should be non-empty" : " does not have enough properties")
            case .maxProperties(let count):
                .ofValue(count == 0 ? " is expected to be empty" : " has too many properties")
            default: .text("")
            }
        return SchemaKeyword(name: name, rule: .object(rule), phrase: phrase)
    }

    private mutating func objectRule(
        _ name: String, _ value: JSONValue, in place: Place
    ) throws(SchemaError) -> ObjectRule? {
        switch name {
        case "properties":
            return .properties(try members(name, value, in: place))
        case "patternProperties":
            return .patternProperties(try patternMembers(name, value, in: place))
        case "additionalProperties":
            return try additionalProperties(in: place)
        case "propertyNames":
            return try child(name, in: place).map { .propertyNames($0) }
        case "required":
            return .required(try names(name, value, in: place))
        case "minProperties":
            return .minProperties(try count(name, value, in: place))
        case "maxProperties":
            return .maxProperties(try count(name, value, in: place))
        case "dependentRequired":
            return .dependencies(names: try dependentNames(name, value, in: place), schemas: [])
        case "dependentSchemas":
            return .dependencies(names: [], schemas: try members(name, value, in: place))
        case "dependencies":
            return .dependencies(
                names: try dependentNames(name, value, in: place), schemas: try members(name, value, in: place))
        case "unevaluatedProperties":
            return try child(name, in: place).map { .unevaluatedProperties($0) }
        default:
            return nil
        }
    }

    private mutating func patternMembers(
        _ name: String, _ value: JSONValue, in place: Place
    ) throws(SchemaError) -> [(pattern: Pattern, node: Int)] {
        try members(name, value, in: place).map { source, node throws(SchemaError) in
            (try pattern(source, name, in: place), node)
        }
    }

    private mutating func additionalProperties(in place: Place) throws(SchemaError) -> ObjectRule? {
        guard let node = try child("additionalProperties", in: place) else { return nil }
        let sources = place.object["patternProperties"]?.objectValue?.keys ?? []
        let patterns = try sources.map { source throws(SchemaError) in
            try pattern(source, "patternProperties", in: place)
        }
        return .additionalProperties(node, names: place.object["properties"]?.objectValue ?? [:], patterns: patterns)
    }

    /// The members that are lists of names.
    func dependentNames(
        _ name: String, _ value: JSONValue, in place: Place
    ) throws(SchemaError) -> [(name: String, needs: [String])] {
        guard let object = value.objectValue else { throw place.error(name, "it is to be an object") }
        var dependencies: [(name: String, needs: [String])] = []
        for (key, value) in object where name != "dependencies" || value.arrayValue != nil {
            dependencies.append((key, try names(name, value, in: place)))
        }
        return dependencies
    }
}
