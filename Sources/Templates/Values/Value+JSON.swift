import JSON

extension Value {
    /// - Throws: `TemplateError` if the value nests too deeply.
    init(_ json: JSONValue, line: Int, depth: Int = 0) throws(TemplateError) {
        if depth > Self.greatestDepth { throw TemplateError(line: line, message: "a value nests too deeply") }
        switch json {
        case .null: self = .none
        case .bool(let bool): self = .bool(bool)
        case .integer(let integer): self = .integer(Int128(integer))
        case .number(let number): self = Int128(number.lexeme).map(Value.integer) ?? .float(number.doubleValue)
        case .string(let text): self = .text(text)
        case .array(let elements):
            var values: [Value] = []
            for element in elements { values.append(try Value(element, line: line, depth: depth + 1)) }
            self = .list(values)
        case .object(let object):
            var mapping = Mapping()
            for (key, value) in object {
                mapping.set(key, to: try Value(value, line: line, depth: depth + 1))
            }
            self = .mapping(mapping)
        }
    }
}

extension Evaluation {
    /// The value for a filter that is not of this module: what is not there becomes null, a key its text.
    mutating func json(_ value: Value) throws(TemplateError) -> JSONValue {
        try spend(on: value)
        switch value {
        case .undefined, .none: return .null
        case .bool(let bool): return .bool(bool)
        case .integer(let integer): return JSONValue(integer)
        case .float(let float): return JSONValue(float) ?? .null
        case .text(let text), .markup(let text): return .string(text)
        case .list(let elements), .tuple(let elements):
            var values: [JSONValue] = []
            for element in elements.values { values.append(try json(element)) }
            return .array(values)
        case .mapping(let mapping):
            var object = JSONObject()
            for (key, member) in mapping.entries { object[try text(of: key)] = try json(member) }
            return .object(object)
        case .loop, .namespace, .method, .function: throw failure("a \(value.typeName) is not a value of JSON")
        }
    }
}
