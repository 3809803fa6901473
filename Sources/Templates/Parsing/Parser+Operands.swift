extension Parser {
    static let constants: [String: Value] = [
        "true": .bool(true), "True": .bool(true), "false": .bool(false), "False": .bool(false), "none": .none,
        "None": .none,
    ]

    mutating func primary() throws(TemplateError) -> Expression {
        let token = current
        switch token.kind {
        case .name(let name):
            advance()
            return try Expression(Self.constants[name].map(ExpressionNode.constant) ?? .name(name), line: token.line)
        case .string: return try Expression(.constant(.text(strings())), line: token.line)
        case .integer(let integer):
            advance()
            return try Expression(.constant(.integer(integer)), line: token.line)
        case .float(let float):
            advance()
            return try Expression(.constant(.float(float)), line: token.line)
        case .symbol(.openParenthesis):
            advance()
            let inner = try tuple(isInParentheses: true)
            try expect(.closeParenthesis)
            return inner
        case .symbol(.openBracket): return try list()
        case .symbol(.openBrace): return try mapping()
        default: throw failure("unexpected \(token.kind)")
        }
    }

    /// Strings next to each other are one.
    private mutating func strings() -> String {
        var text = ""
        while case .string(let part) = current.kind {
            text += part
            advance()
        }
        return text
    }

    private mutating func list() throws(TemplateError) -> Expression {
        let line = line
        advance()
        var elements: [Expression] = []
        while !sees(.closeBracket) {
            elements.append(try expression())
            guard take(.comma) else { break }
        }
        try expect(.closeBracket)
        return try Expression(.list(elements), line: line)
    }

    private mutating func mapping() throws(TemplateError) -> Expression {
        let line = line
        advance()
        var members: [(key: Expression, value: Expression)] = []
        while !sees(.closeBrace) {
            let key = try expression()
            try expect(.colon)
            members.append((key, try expression()))
            guard take(.comma) else { break }
        }
        try expect(.closeBrace)
        return try Expression(.mapping(members), line: line)
    }

    /// Attributes, subscripts and calls behind an operand.
    mutating func postfixes(_ operand: Expression) throws(TemplateError) -> Expression {
        var operand = operand
        while true {
            let line = line
            if take(.dot) {
                operand = try Expression(try attribute(of: operand), line: line)
            } else if take(.openBracket) {
                operand = try Expression(try item(of: operand), line: line)
            } else if sees(.openParenthesis) {
                operand = try Expression(.call(operand, try arguments()), line: line)
            } else {
                return operand
            }
        }
    }

    private mutating func attribute(of owner: Expression) throws(TemplateError) -> ExpressionNode {
        let token = current
        advance()
        switch token.kind {
        case .name(let name): return .attribute(owner, name)
        case .integer(let integer):
            return .item(owner, try Expression(.constant(.integer(integer)), line: token.line))
        default: throw failure("expected a name or a number behind '.'", line: token.line)
        }
    }

    /// What stands in brackets behind an operand.
    private mutating func item(of owner: Expression) throws(TemplateError) -> ExpressionNode {
        let line = line
        if take(.closeBracket) { return .item(owner, try Expression(.tuple([]), line: line)) }
        let from = sees(.colon) ? nil : try expression()
        if let from, !sees(.colon) {
            var keys = [from]
            while take(.comma), !sees(.closeBracket) { keys.append(try expression()) }
            try expect(.closeBracket)
            return .item(owner, keys.count == 1 ? from : try Expression(.tuple(keys), line: line))
        }
        advance()
        let to = sees(.colon) || sees(.closeBracket) ? nil : try expression()
        let step = take(.colon) && !sees(.closeBracket) ? try expression() : nil
        try expect(.closeBracket)
        return .slice(owner, from: from, to: to, step: step)
    }

    mutating func filtersAndTests(_ operand: Expression) throws(TemplateError) -> Expression {
        var operand = operand
        while true {
            let line = line
            if take(.pipe) {
                operand = try Expression(.filter(operand, try filterCall()), line: line)
            } else if take(word: "is") {
                let isNegated = take(word: "not")
                operand = try Expression(.test(operand, try testCall()), line: line)
                if isNegated { operand = try Expression(.not(operand), line: line) }
            } else if sees(.openParenthesis) {
                operand = try Expression(.call(operand, try arguments()), line: line)
            } else {
                return operand
            }
        }
    }

    private mutating func dottedName() throws(TemplateError) -> String {
        var name = try expectName()
        while take(.dot) { name += ".\(try expectName())" }
        return name
    }

    mutating func filterCall() throws(TemplateError) -> FilterCall {
        let line = line
        let name = try dottedName()
        return FilterCall(name: name, arguments: sees(.openParenthesis) ? try arguments() : .init(), line: line)
    }

    /// A test takes its one argument without parentheses, too.
    private mutating func testCall() throws(TemplateError) -> FilterCall {
        let line = line
        let name = try dottedName()
        var arguments = ArgumentExpressions()
        if sees(.openParenthesis) {
            arguments = try self.arguments()
        } else if beginsArgument {
            if sees(word: "is") { throw failure("tests cannot be chained with 'is'") }
            let argument = try primary()
            arguments.positional = [try postfixes(argument)]
        }
        return FilterCall(name: name, arguments: arguments, line: line)
    }

    private var beginsArgument: Bool {
        switch current.kind {
        case .name(let name): !["else", "or", "and"].contains(name)
        case .string, .integer, .float, .symbol(.openBracket), .symbol(.openBrace): true
        default: false
        }
    }

    private mutating func arguments() throws(TemplateError) -> ArgumentExpressions {
        try expect(.openParenthesis)
        var arguments = ArgumentExpressions()
        while !sees(.closeParenthesis) {
            if sees(.times) || sees(.power) { throw failure("arguments cannot be unpacked with '*'") }
            if let name = currentName, case .symbol(.assign) = next.kind {
                advance()
                advance()
                arguments.named.append((name, try expression()))
            } else {
                guard arguments.named.isEmpty else {
                    throw failure("an argument without a name behind one with a name")
                }
                arguments.positional.append(try expression())
            }
            guard take(.comma) else { break }
        }
        try expect(.closeParenthesis)
        return arguments
    }
}
