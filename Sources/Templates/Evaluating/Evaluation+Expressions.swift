extension Evaluation {
    mutating func evaluate(_ expression: Expression) throws(TemplateError) -> Value {
        try spend(1)
        line = expression.line
        switch expression.node {
        case .constant(let value): return value
        case .name(let name): return try value(of: name)
        case .list(let elements): return try checked(.list(try values(of: elements)))
        case .tuple(let elements): return try checked(.tuple(try values(of: elements)))
        case .mapping(let members): return try mapping(members)
        case .attribute(let owner, let name): return attribute(name, of: try evaluate(owner))
        case .item(let owner, let key):
            let owner = try evaluate(owner)
            return try item(try evaluate(key), of: owner)
        case .slice(let owner, let from, let to, let step):
            let owner = try evaluate(owner)
            let bounds = try [bound(from), bound(to), bound(step)]
            return try slice(owner, from: bounds[0], to: bounds[1], step: bounds[2])
        case .call(let callee, let arguments):
            let callee = try evaluate(callee)
            return try call(callee, try self.arguments(arguments))
        case .filter(let operand, let call): return try apply(call, to: try evaluate(operand))
        case .test(let operand, let call): return try check(call, of: try evaluate(operand))
        default: return try evaluateOperator(expression)
        }
    }

    private mutating func evaluateOperator(_ expression: Expression) throws(TemplateError) -> Value {
        switch expression.node {
        case .negative(let operand): return try negative(try evaluate(operand))
        case .positive(let operand): return try positive(try evaluate(operand))
        case .not(let operand): return .bool(try !evaluate(operand).isTrue)
        case .and(let left, let right):
            let left = try evaluate(left)
            return left.isTrue ? try evaluate(right) : left
        case .or(let left, let right):
            let left = try evaluate(left)
            return left.isTrue ? left : try evaluate(right)
        case .arithmetic(let operation, let left, let right):
            let left = try evaluate(left)
            let right = try evaluate(right)
            line = expression.line
            return try calculate(operation, left, right)
        case .concatenation(let parts): return .text(try joined(try values(of: parts)))
        case .comparison(let first, let rest): return .bool(try compare(first, rest))
        case .conditional(let value, let test, let otherwise):
            if try evaluate(test).isTrue { return try evaluate(value) }
            guard let otherwise else { return .undefined("the condition is false, and there is no 'else'") }
            return try evaluate(otherwise)
        default: throw failure("no operator")
        }
    }

    mutating func values(of expressions: [Expression]) throws(TemplateError) -> [Value] {
        var values: [Value] = []
        for expression in expressions { values.append(try evaluate(expression)) }
        return values
    }

    private mutating func mapping(_ members: [(key: Expression, value: Expression)]) throws(TemplateError) -> Value {
        var mapping = Mapping()
        for member in members {
            let name = try evaluate(member.key)
            mapping.set(try key(name), name, to: try evaluate(member.value))
        }
        return try checked(.mapping(mapping))
    }

    private mutating func compare(
        _ first: Expression, _ rest: [(relation: ComparisonOperator, operand: Expression)]
    ) throws(TemplateError) -> Bool {
        var left = try evaluate(first)
        for (comparison, operand) in rest {
            let right = try evaluate(operand)
            guard try holds(comparison, left, right) else { return false }
            left = right
        }
        return true
    }

    private mutating func bound(_ expression: Expression?) throws(TemplateError) -> Int? {
        guard let expression else { return nil }
        let value = try evaluate(expression)
        if case .none = value { return nil }
        guard let integer = value.integer else { throw failure("a slice needs whole numbers") }
        return Int(clamping: integer)
    }
}
