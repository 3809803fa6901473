extension Parser {
    /// One expression, or a tuple of several with commas between them. An empty one is none unless in parentheses.
    mutating func tuple(
        withConditionals: Bool = true, endingBefore word: String? = nil, isInParentheses: Bool = false
    ) throws(TemplateError) -> Expression {
        let line = line
        var elements: [Expression] = []
        var isTuple = false
        while !isEndOfTuple(endingBefore: word) {
            elements.append(try withConditionals ? expression() : disjunction())
            guard take(.comma) else { break }
            isTuple = true
        }
        if !isTuple, let element = elements.first { return element }
        guard isTuple || isInParentheses else { throw unexpected(expecting: "an expression") }
        return try Expression(.tuple(elements), line: line)
    }

    private func isEndOfTuple(endingBefore word: String?) -> Bool {
        if let word, sees(word: word) { return true }
        return seesOutputEnd || seesStatementEnd || sees(.closeParenthesis)
    }

    mutating func expression() throws(TemplateError) -> Expression {
        try enter()
        defer { leave() }
        var value = try disjunction()
        while sees(word: "if") {
            let line = line
            advance()
            let condition = try disjunction()
            let otherwise = take(word: "else") ? try expression() : nil
            value = try Expression(.conditional(value, condition: condition, otherwise: otherwise), line: line)
        }
        return value
    }

    private mutating func disjunction() throws(TemplateError) -> Expression {
        var left = try conjunction()
        while sees(word: "or") {
            let line = line
            advance()
            left = try Expression(.or(left, try conjunction()), line: line)
        }
        return left
    }

    private mutating func conjunction() throws(TemplateError) -> Expression {
        var left = try negation()
        while sees(word: "and") {
            let line = line
            advance()
            left = try Expression(.and(left, try negation()), line: line)
        }
        return left
    }

    private mutating func negation() throws(TemplateError) -> Expression {
        guard sees(word: "not") else { return try comparison() }
        try enter()
        defer { leave() }
        let line = line
        advance()
        return try Expression(.not(try negation()), line: line)
    }

    private mutating func comparison() throws(TemplateError) -> Expression {
        let line = line
        let first = try arithmetic()
        var rest: [(relation: ComparisonOperator, operand: Expression)] = []
        while let comparison = takeComparison() { rest.append((comparison, try arithmetic())) }
        return rest.isEmpty ? first : try Expression(.comparison(first, rest), line: line)
    }

    private mutating func takeComparison() -> ComparisonOperator? {
        if case .symbol(let symbol) = current.kind, let comparison = ComparisonOperator(rawValue: symbol.rawValue) {
            advance()
            return comparison
        }
        if take(word: "in") { return .contained }
        guard sees(word: "not"), case .name("in") = next.kind else { return nil }
        advance()
        advance()
        return .notContained
    }

    private static let precedences: [Symbol: Int] = [
        .plus: 1, .minus: 1, .tilde: 2, .times: 3, .divided: 3, .dividedDown: 3, .modulo: 3, .power: 4,
    ]

    /// Operators that bind more tightly than `precedence`. All of them, powers too, are applied from left to right.
    private mutating func arithmetic(above precedence: Int = 0) throws(TemplateError) -> Expression {
        var left = try unary()
        while case .symbol(let symbol) = current.kind, let own = Self.precedences[symbol], own > precedence {
            let line = line
            advance()
            let right = try arithmetic(above: own)
            if let arithmetic = ArithmeticOperator(rawValue: symbol.rawValue) {
                left = try Expression(.arithmetic(arithmetic, left, right), line: line)
            } else {
                var parts = [left, right]
                while take(symbol) { parts.append(try arithmetic(above: own)) }
                left = try Expression(.concatenation(parts), line: line)
            }
        }
        return left
    }

    /// A sign binds more tightly than a filter, and than a power.
    mutating func unary(withFilters: Bool = true) throws(TemplateError) -> Expression {
        let line = line
        var operand: Expression
        if take(.minus) {
            operand = try Expression(.negative(try signed()), line: line)
        } else if take(.plus) {
            operand = try Expression(.positive(try signed()), line: line)
        } else {
            operand = try primary()
        }
        operand = try postfixes(operand)
        return withFilters ? try filtersAndTests(operand) : operand
    }

    private mutating func signed() throws(TemplateError) -> Expression {
        try enter()
        defer { leave() }
        return try unary(withFilters: false)
    }
}
