extension Parser {
    /// The statement whose word is next, up to the end of its last tag.
    mutating func statement() throws(TemplateError) -> Statement {
        let line = line
        let word = try expectName()
        switch word {
        case "if": return try branches()
        case "for": return .loop(try loop(line: line))
        case "set": return try assignment()
        case "with": return try with()
        case "filter": return .filtered(try filters(), try block(until: "endfilter"), line: line)
        case "print": return .output(try printed())
        case "block", "extends", "include", "import", "from", "macro", "call", "autoescape":
            throw failure("'\(word)' is not supported in a template of this kind", line: line)
        default: throw failure("unknown statement '\(word)'", line: line)
        }
    }

    /// The end of a tag, and what stands up to the one that begins with `word`, which is stepped over.
    private mutating func block(until word: String) throws(TemplateError) -> [Statement] {
        let body = try section(until: [word])
        advance()
        return body
    }

    /// The end of a tag, for which a colon may stand too, and what follows up to one of `words`.
    private mutating func section(until words: [String]) throws(TemplateError) -> [Statement] {
        _ = take(.colon)
        try expectStatementEnd()
        return try body(until: words)
    }

    private mutating func branches() throws(TemplateError) -> Statement {
        var branches: [(condition: Expression, body: [Statement])] = []
        repeat {
            let condition = try tuple(withConditionals: false)
            branches.append((condition, try section(until: ["elif", "else", "endif"])))
        } while take(word: "elif")
        if take(word: "else") {
            return .branches(branches, otherwise: try block(until: "endif"))
        }
        advance()
        return .branches(branches, otherwise: [])
    }

    private mutating func loop(line: Int) throws(TemplateError) -> LoopStatement {
        let target = try target(endingBefore: "in")
        try expect(word: "in")
        let elements = try tuple(withConditionals: false, endingBefore: "recursive")
        let condition = take(word: "if") ? try expression() : nil
        if sees(word: "recursive") { throw failure("recursive loops are not supported") }
        let body = try section(until: ["endfor", "else"])
        let otherwise = take(word: "else") ? try block(until: "endfor") : []
        _ = take(word: "endfor")
        return LoopStatement(
            target: target, elements: elements, condition: condition, body: body, otherwise: otherwise, line: line)
    }

    private mutating func assignment() throws(TemplateError) -> Statement {
        let target = try target(mayBeMember: true)
        if take(.assign) { return .assignment(target, try tuple()) }
        let filters = sees(.pipe) ? try pipedFilters() : []
        return .capture(target, filters, try block(until: "endset"))
    }

    private mutating func with() throws(TemplateError) -> Statement {
        var bindings: [(target: AssignmentTarget, value: Expression)] = []
        while !seesStatementEnd, !sees(.colon) {
            if !bindings.isEmpty { try expect(.comma) }
            let target = try target()
            try expect(.assign)
            bindings.append((target, try expression()))
        }
        return .with(bindings, try block(until: "endwith"))
    }

    private mutating func printed() throws(TemplateError) -> [Expression] {
        var expressions: [Expression] = []
        while !seesStatementEnd {
            if !expressions.isEmpty { try expect(.comma) }
            expressions.append(try expression())
        }
        return expressions
    }

    private mutating func filters() throws(TemplateError) -> [FilterCall] {
        [try filterCall()] + (try pipedFilters())
    }

    private mutating func pipedFilters() throws(TemplateError) -> [FilterCall] {
        var filters: [FilterCall] = []
        while take(.pipe) { filters.append(try filterCall()) }
        return filters
    }

    /// A target, or several with commas between them, of which the last may be followed by one.
    private mutating func target(
        mayBeMember: Bool = false, endingBefore word: String? = nil
    ) throws(TemplateError) -> AssignmentTarget {
        try enter()
        defer { leave() }
        var targets = [try singleTarget(mayBeMember: mayBeMember)]
        guard sees(.comma) else { return targets[0] }
        while take(.comma) {
            let isOver = word.map { sees(word: $0) } ?? false
            if isOver || sees(.assign) || sees(.closeParenthesis) || seesStatementEnd { break }
            targets.append(try singleTarget(mayBeMember: mayBeMember))
        }
        return .tuple(targets)
    }

    private mutating func singleTarget(mayBeMember: Bool) throws(TemplateError) -> AssignmentTarget {
        if take(.openParenthesis) {
            let target = try target()
            try expect(.closeParenthesis)
            return target
        }
        let name = try expectName()
        if Self.constants[name] != nil { throw failure("'\(name)' cannot be assigned to") }
        guard mayBeMember, take(.dot) else { return .name(name) }
        return .member(of: name, try expectName())
    }
}
