import JSON

/// A template while it is being rendered.
struct Evaluation {
    private let names: JSONObject
    let filters: [String: TemplateFilter]
    /// What may still be spent: one for each step, and one for each byte that is made.
    private var budget: Int
    /// The line of what is being evaluated.
    var line = 1
    var output = ""
    private var scopes: [[String: Value]] = [[:]]
    private var outside: [String: Value] = [:]
    private var namespaces: [Mapping] = []

    init(names: JSONObject, filters: [String: TemplateFilter], budget: Int) {
        self.names = names
        self.filters = filters
        self.budget = budget
    }

    func failure(_ message: String) -> TemplateError {
        TemplateError(line: line, message: message)
    }

    /// - Throws: `TemplateError` once there is nothing left to spend.
    mutating func spend(_ amount: Int) throws(TemplateError) {
        let (rest, isTooMuch) = budget.subtractingReportingOverflow(amount)
        guard !isTooMuch, rest >= 0 else {
            budget = 0
            throw failure("the template does or writes more than it may")
        }
        budget = rest
    }

    /// What looking at a value costs, without what it holds.
    mutating func spend(on value: Value) throws(TemplateError) {
        try spend(1 + (value.string?.utf8.count ?? 0) / 16)
    }

    mutating func write(_ text: String) throws(TemplateError) {
        try spend(text.utf8.count)
        output += text
    }
}

// Names
extension Evaluation {
    mutating func value(of name: String) throws(TemplateError) -> Value {
        for scope in scopes.reversed() {
            if let value = scope[name] { return value }
        }
        if let value = outside[name] { return value }
        if let json = names[name] {
            let value = try Value(json, line: line)
            outside[name] = value
            return value
        }
        return Routine.globals[name] == nil ? .undefined("'\(name)' is undefined") : .function(name)
    }

    mutating func bind(_ name: String, to value: Value) {
        scopes[scopes.count - 1][name] = value
    }

    mutating func enterScope(_ names: [String: Value] = [:]) { scopes.append(names) }
    mutating func leaveScope() { scopes.removeLast() }

    mutating func assign(_ value: Value, to target: AssignmentTarget) throws(TemplateError) {
        try spend(1)
        switch target {
        case .name(let name): bind(name, to: value)
        case .tuple(let targets):
            let values = try sequence(value)
            guard values.count == targets.count else {
                throw failure("\(values.count) values for \(targets.count) names")
            }
            for (target, value) in zip(targets, values) { try assign(value, to: target) }
        case .member(let owner, let name):
            guard case .namespace(let number) = try self.value(of: owner) else {
                throw failure("'\(owner)' is no namespace, so its attributes cannot be set")
            }
            namespaces[number].set(name, to: try checked(value))
        }
    }

    mutating func makeNamespace(_ members: Mapping) -> Value {
        namespaces.append(members)
        return .namespace(namespaces.count - 1)
    }

    func member(_ name: String, ofNamespace number: Int) -> Value? { namespaces[number][name] }

    /// The value, if it does not nest too deeply.
    func checked(_ value: Value) throws(TemplateError) -> Value {
        if value.depth > Value.greatestDepth { throw failure("a value nests too deeply") }
        return value
    }
}
