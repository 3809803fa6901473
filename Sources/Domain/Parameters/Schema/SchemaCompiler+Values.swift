import JSON

/// Keywords about types, choices, numbers and strings.
extension SchemaCompiler {
    func valueKeyword(
        _ name: String, _ value: JSONValue, in place: Place
    ) throws(SchemaError) -> SchemaKeyword? {
        switch name {
        case "type":
            return try type(value, in: place)
        case "enum":
            guard let values = value.arrayValue else { throw place.error(name, "it is to be an array") }
            return SchemaKeyword(
                name: name, rule: .oneOfValues(SchemaChoices(values)),
                phrase: .ofValue(" is not one of \(PythonSpelling.of(value))"))
        case "const":
            return SchemaKeyword(
                name: name, rule: .oneOfValues(SchemaChoices([value])),
                phrase: .text("\(PythonSpelling.of(value)) was expected"))
        case "minLength", "maxLength", "pattern", "format":
            return try stringKeyword(name, value, in: place)
        default:
            return try numberKeyword(name, value, in: place)
        }
    }

    private func type(_ value: JSONValue, in place: Place) throws(SchemaError) -> SchemaKeyword {
        let names = if let name = value.stringValue { [name] } else { try names("type", value, in: place) }
        var types: SchemaTypes = []
        for name in names {
            guard let type = SchemaTypes.names[name] else {
                throw place.error("type", "\(PythonSpelling.of(name)) is not a type of JSON")
            }
            types.insert(type)
        }
        let list = names.map { PythonSpelling.of($0) }.joined(separator: ", ")
        return SchemaKeyword(name: "type", rule: .type(types), phrase: .ofValue(" is not of type \(list)"))
    }

    private func numberKeyword(
        _ name: String, _ value: JSONValue, in place: Place
    ) throws(SchemaError) -> SchemaKeyword? {
        let rule: (SchemaBound) -> NumberRule
        let predicate: String
        switch name {
        case "minimum": (rule, predicate) = ({ .minimum($0) }, " is less than the minimum of ")
        case "maximum": (rule, predicate) = ({ .maximum($0) }, " is greater than the maximum of ")
        case "exclusiveMinimum":
            (rule, predicate) = ({ .exclusiveMinimum($0) }, " is less than or equal to the minimum of ")
        case "exclusiveMaximum":
            (rule, predicate) = ({ .exclusiveMaximum($0) }, " is greater than or equal to the maximum of ")
        case "multipleOf": (rule, predicate) = ({ .multipleOf($0) }, " is not a multiple of ")
        default: return nil
        }
        guard let bound = SchemaBound(value) else { throw place.error(name, "it is to be a number") }
        if name == "multipleOf" {
            guard bound.decimal.isPositive, bound.decimal.significantDigits <= ExactDecimal.longestDivisor else {
                throw place.error(
                    name, "it is to be above zero and have at most \(ExactDecimal.longestDivisor) significant digits")
            }
        }
        return SchemaKeyword(
            name: name, rule: .number(rule(bound)), phrase: .ofValue(predicate + PythonSpelling.of(value)))
    }

    private func stringKeyword(
        _ name: String, _ value: JSONValue, in place: Place
    ) throws(SchemaError) -> SchemaKeyword? {
        switch name {
        case "minLength":
            let count = try count(name, value, in: place)
            let predicate = count == 1 ? " should be non-empty" : " is too short"
            return SchemaKeyword(name: name, rule: .string(.minLength(count)), phrase: .ofValue(predicate))
        case "maxLength":
            let count = try count(name, value, in: place)
            let predicate = count == 0 ? " is expected to be empty" : " is too long"
            return SchemaKeyword(name: name, rule: .string(.maxLength(count)), phrase: .ofValue(predicate))
        case "pattern":
            guard let source = value.stringValue else { throw place.error(name, "it is to be a string") }
            return SchemaKeyword(
                name: name, rule: .string(.pattern(try pattern(source, name, in: place))),
                phrase: .ofValue(" does not match \(PythonSpelling.of(source))"))
        default:
            guard let text = value.stringValue else { throw place.error(name, "it is to be a string") }
            guard checksFormats(in: place), let format = StringFormat(rawValue: text) else { return nil }
            return SchemaKeyword(
                name: name, rule: .string(.format(format)), phrase: .ofValue(" is not a \(PythonSpelling.of(text))"))
        }
    }
}
