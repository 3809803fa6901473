extension Evaluation {
    mutating func run(_ statements: [Statement]) throws(TemplateError) {
        for statement in statements { try run(statement) }
    }

    private mutating func run(_ statement: Statement) throws(TemplateError) {
        try spend(1)
        switch statement {
        case .text(let text): try write(text)
        case .output(let expressions):
            for expression in expressions {
                let value = try evaluate(expression)
                try write(try text(of: value))
            }
        case .branches(let branches, let otherwise): try run(branches, otherwise: otherwise)
        case .loop(let loop): try run(loop)
        case .assignment(let target, let expression): try assign(try evaluate(expression), to: target)
        case .capture(let target, let filters, let body):
            let text = try captured(body)
            try assign(try filtered(.text(text), by: filters), to: target)
        case .with(let bindings, let body): try run(bindings, body)
        case .filtered(let filters, let body, let line):
            let text = try captured(body)
            self.line = line
            let value = try filtered(.text(text), by: filters)
            try write(try self.text(of: value))
        }
    }

    private mutating func run(
        _ branches: [(condition: Expression, body: [Statement])], otherwise: [Statement]
    ) throws(TemplateError) {
        for branch in branches where try evaluate(branch.condition).isTrue { return try run(branch.body) }
        try run(otherwise)
    }

    private mutating func run(
        _ bindings: [(target: AssignmentTarget, value: Expression)], _ body: [Statement]
    ) throws(TemplateError) {
        var values: [Value] = []
        for binding in bindings { values.append(try evaluate(binding.value)) }
        enterScope()
        for (binding, value) in zip(bindings, values) { try assign(value, to: binding.target) }
        try run(body)
        leaveScope()
    }

    /// What statements write, instead of writing it.
    private mutating func captured(_ body: [Statement]) throws(TemplateError) -> String {
        let before = output
        output = ""
        enterScope()
        try run(body)
        leaveScope()
        let text = output
        output = before
        return text
    }

    private mutating func filtered(_ value: Value, by filters: [FilterCall]) throws(TemplateError) -> Value {
        var value = value
        for filter in filters { value = try apply(filter, to: value) }
        return value
    }

    private mutating func run(_ loop: LoopStatement) throws(TemplateError) {
        line = loop.line
        if loop.target.names.contains("loop") { throw failure("a loop cannot assign to 'loop'") }
        let elements = Elements(try chosen(try sequence(try evaluate(loop.elements)), for: loop))
        if elements.values.isEmpty {
            enterScope()
            try run(loop.otherwise)
            return leaveScope()
        }
        for (index, element) in elements.values.enumerated() {
            try spend(1)
            enterScope(["loop": .loop(LoopState(elements: elements, index: index))])
            try assign(element, to: loop.target)
            try run(loop.body)
            leaveScope()
        }
    }

    /// The elements that meet the loop's condition.
    private mutating func chosen(_ elements: [Value], for loop: LoopStatement) throws(TemplateError) -> [Value] {
        guard let condition = loop.condition else { return elements }
        var chosen: [Value] = []
        for element in elements {
            enterScope()
            try assign(element, to: loop.target)
            if try evaluate(condition).isTrue { chosen.append(element) }
            leaveScope()
        }
        return chosen
    }
}
