import JSON

/// Keywords that combine schemas.
extension SchemaCompiler {
    mutating func logicKeyword(
        _ name: String, _ value: JSONValue, in place: Place
    ) throws(SchemaError) -> SchemaKeyword? {
        guard let rule = try logicRule(name, value, in: place) else { return nil }
        let phrase: SchemaPhrase =
            switch rule {
            case .not: .ofValue(" should not be valid under \(PythonSpelling.of(value))")
            default: .ofValue(" is not valid under any of the given schemas")
            }
        return SchemaKeyword(name: name, rule: .logic(rule), phrase: phrase)
    }

    private mutating func logicRule(
        _ name: String, _ value: JSONValue, in place: Place
    ) throws(SchemaError) -> LogicRule? {
        switch name {
        case "allOf":
            return .allOf(try children(name, value, in: place))
        case "anyOf":
            return .anyOf(try children(name, value, in: place))
        case "oneOf":
            let spellings = value.arrayValue?.map { PythonSpelling.of($0) } ?? []
            return .oneOf(try children(name, value, in: place), spellings: spellings)
        case "not":
            return try child(name, in: place).map { .not($0) }
        case "if":
            guard let condition = try child("if", in: place) else { return nil }
            return .condition(if: condition, then: try child("then", in: place), else: try child("else", in: place))
        case "$ref":
            return .reference(try target(name, value, in: place))
        case "$dynamicRef":
            let anchor = dynamicAnchor(of: value.stringValue ?? "", in: place)
            return .dynamicReference(try target(name, value, in: place), anchor: anchor)
        default:
            return nil
        }
    }
}
