/// A filter, a test, a method or a function: what it takes, and what it does.
struct Routine: Sendable {
    typealias Body = @Sendable (inout Evaluation, Value, Arguments) throws(TemplateError) -> Value

    /// The names of its arguments in their order; the last is `*` if any more are taken.
    let parameters: [String]
    private let required: Int
    private let body: Body

    /// - Parameter required: How many of the arguments cannot be left out.
    init(_ parameters: String..., required: Int = 0, body: @escaping Body) {
        self.parameters = parameters
        self.required = required
        self.body = body
    }

    func callAsFunction(
        _ evaluation: inout Evaluation, _ subject: Value, _ given: GivenArguments
    ) throws(TemplateError) -> Value {
        try body(&evaluation, subject, try bind(given, line: evaluation.line))
    }

    private func bind(_ given: GivenArguments, line: Int) throws(TemplateError) -> Arguments {
        let takesAny = parameters.last == "*"
        let names = takesAny ? parameters.dropLast() : parameters[...]
        var values: [String: Value] = [:]
        for (name, value) in zip(names, given.positional) { values[name] = value }
        for (name, value) in given.named {
            guard takesAny || names.contains(name) else {
                throw TemplateError(line: line, message: "unexpected argument '\(name)'")
            }
            if values.updateValue(value, forKey: name) != nil {
                throw TemplateError(line: line, message: "more than one value for the argument '\(name)'")
            }
        }
        if !takesAny, given.positional.count > names.count {
            throw TemplateError(
                line: line, message: "\(given.positional.count) arguments where \(names.count) are taken")
        }
        if let missing = names.prefix(required).first(where: { values[$0] == nil }) {
            throw TemplateError(line: line, message: "the argument '\(missing)' is missing")
        }
        return Arguments(values: values, given: given, line: line)
    }
}

/// Arguments as a template gives them.
struct GivenArguments {
    var positional: [Value] = []
    var named: [(name: String, value: Value)] = []

    /// Those behind the first so many.
    func dropFirst(_ count: Int) -> GivenArguments {
        GivenArguments(positional: Array(positional.dropFirst(count)), named: named)
    }
}

/// Arguments by the names of the parameters that they are for.
struct Arguments {
    private let values: [String: Value]
    let given: GivenArguments
    private let line: Int

    init(values: [String: Value], given: GivenArguments, line: Int) {
        self.values = values
        self.given = given
        self.line = line
    }

    subscript(name: String) -> Value? { values[name] }

    func value(_ name: String) -> Value {
        values[name] ?? .none
    }

    func flag(_ name: String) -> Bool { values[name]?.isTrue ?? false }

    func isGiven(_ name: String) -> Bool {
        if case .none = value(name) { false } else { true }
    }

    /// The default for an argument that is left out; none stands for itself.
    func integer(_ name: String, or standard: Int) throws(TemplateError) -> Int {
        guard let value = values[name] else { return standard }
        guard let integer = value.integer else { throw wrong(name, "a whole number", value) }
        return Int(clamping: integer)
    }

    /// The default for an argument that is left out or none.
    func text(_ name: String, or standard: String) throws(TemplateError) -> String {
        guard isGiven(name) else { return standard }
        guard let text = value(name).string else { throw wrong(name, "text", value(name)) }
        return text
    }

    private func wrong(_ name: String, _ wanted: String, _ value: Value) -> TemplateError {
        if case .undefined(let reason) = value { return TemplateError(line: line, message: reason) }
        return TemplateError(line: line, message: "the argument '\(name)' is a '\(value.typeName)', not \(wanted)")
    }
}
