import JSON

extension Evaluation {
    mutating func arguments(_ expressions: ArgumentExpressions) throws(TemplateError) -> GivenArguments {
        var arguments = GivenArguments(positional: try values(of: expressions.positional))
        for (name, value) in expressions.named { arguments.named.append((name, try evaluate(value))) }
        return arguments
    }

    mutating func call(_ callee: Value, _ arguments: GivenArguments) throws(TemplateError) -> Value {
        let routine: Routine?
        var subject = Value.none
        switch callee {
        case .undefined(let reason): throw failure(reason)
        case .function(let name): routine = Routine.globals[name]
        case .method(let owner, let name):
            subject = owner
            routine = Routine.method(name, of: owner)
        default: routine = nil
        }
        guard let routine else { throw failure("a '\(callee.typeName)' cannot be called") }
        try spend(on: subject)
        return try checked(try routine(&self, subject, arguments))
    }

    mutating func apply(_ call: FilterCall, to value: Value) throws(TemplateError) -> Value {
        let arguments = try self.arguments(call.arguments)
        line = call.line
        return try apply(filter: call.name, arguments, to: value)
    }

    mutating func apply(
        filter name: String, _ arguments: GivenArguments, to value: Value
    ) throws(TemplateError) -> Value {
        try spend(1)
        try spend(on: value)
        if let filter = filters[name] { return try apply(filter, name, arguments, to: value) }
        guard let routine = Routine.filters[name] else { throw failure("No filter named '\(name)'.") }
        return try checked(try routine(&self, value, arguments))
    }

    private mutating func apply(
        _ filter: TemplateFilter, _ name: String, _ arguments: GivenArguments, to value: Value
    ) throws(TemplateError) -> Value {
        if let first = arguments.named.first { throw failure("unexpected argument '\(first.name)'") }
        let subject = try json(value)
        var others: [JSONValue] = []
        for argument in arguments.positional { others.append(try json(argument)) }
        do {
            return try Value(try filter(subject, others), line: line)
        } catch let error as TemplateError {
            throw error
        } catch {
            throw failure("the filter '\(name)' failed: \(error)")
        }
    }

    mutating func check(_ call: FilterCall, of value: Value) throws(TemplateError) -> Value {
        let arguments = try self.arguments(call.arguments)
        line = call.line
        return .bool(try check(test: call.name, arguments, of: value))
    }

    mutating func check(
        test name: String, _ arguments: GivenArguments, of value: Value
    ) throws(TemplateError) -> Bool {
        try spend(1)
        guard let routine = Routine.tests[name] else { throw failure("No test named '\(name)'.") }
        return try routine(&self, value, arguments).isTrue
    }

    /// Looks up `attribute`, which may be a path with points in it, or a number; none is the value itself.
    mutating func attribute(path: Value, of value: Value, or standard: Value? = nil) throws(TemplateError) -> Value {
        if case .none = path { return value }
        guard let text = path.string else { return try item(path, of: value) }
        var value = value
        for part in text.split(separator: ".", omittingEmptySubsequences: false) {
            try spend(1)
            let number = part.unicodeScalars.allSatisfy(\.isDigit) ? Int128(part) : nil
            value = try item(number.map { .integer($0) } ?? .text(String(part)), of: value)
            if let standard, value.isUndefined { value = standard }
        }
        return value
    }
}

extension Routine {
    static func method(_ name: String, of owner: Value) -> Routine? {
        switch owner {
        case .text, .markup: textMethods[name]
        case .list, .tuple: listMethods[name]
        case .mapping: mappingMethods[name]
        case .loop: loopMethods[name]
        default: nil
        }
    }
}
