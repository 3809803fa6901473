/// Makes a tree of tokens. Precedence and spelling are those of Jinja 3.1.
struct Parser {
    private let tokens: [Token]
    private var index = 0
    private var depth = 0

    /// How deep brackets, signs and statements may nest, since parsing them recurses.
    static let greatestDepth = 40

    static func statements(of text: String) throws(TemplateError) -> [Statement] {
        var parser = Parser(tokens: try Lexer.tokens(of: text))
        return try parser.body(until: [])
    }

    private init(tokens: [Token]) {
        self.tokens = tokens
    }

    var current: Token { tokens[index] }
    var next: Token { tokens[min(index + 1, tokens.count - 1)] }
    var line: Int { current.line }

    mutating func advance() {
        if index < tokens.count - 1 { index += 1 }
    }

    func failure(_ message: String, line: Int? = nil) -> TemplateError {
        TemplateError(line: line ?? self.line, message: message)
    }

    func unexpected(expecting expected: String) -> TemplateError {
        failure("expected \(expected), not \(current.kind)")
    }

    /// Notes that parsing goes one level deeper; `leave()` ends it.
    mutating func enter() throws(TemplateError) {
        depth += 1
        if depth > Self.greatestDepth { throw failure("the template nests too deeply") }
    }

    mutating func leave() { depth -= 1 }

    func sees(_ symbol: Symbol) -> Bool {
        if case .symbol(symbol) = current.kind { true } else { false }
    }

    func sees(word: String) -> Bool { currentName == word }

    var currentName: String? {
        if case .name(let name) = current.kind { name } else { nil }
    }

    var seesStatementEnd: Bool {
        if case .statementEnd = current.kind { true } else { false }
    }

    var seesOutputEnd: Bool {
        if case .outputEnd = current.kind { true } else { false }
    }

    mutating func take(_ symbol: Symbol) -> Bool {
        guard sees(symbol) else { return false }
        advance()
        return true
    }

    mutating func take(word: String) -> Bool {
        guard sees(word: word) else { return false }
        advance()
        return true
    }

    mutating func expect(_ symbol: Symbol) throws(TemplateError) {
        guard take(symbol) else { throw unexpected(expecting: "'\(symbol.rawValue)'") }
    }

    mutating func expect(word: String) throws(TemplateError) {
        guard take(word: word) else { throw unexpected(expecting: "'\(word)'") }
    }

    mutating func expectName() throws(TemplateError) -> String {
        guard let name = currentName else { throw unexpected(expecting: "a name") }
        advance()
        return name
    }

    mutating func expectStatementEnd() throws(TemplateError) {
        guard seesStatementEnd else { throw unexpected(expecting: "'%}'") }
        advance()
    }

    /// Text and tags up to a statement that begins with one of `words`, which is left to be read, or to the end of the
    /// template if there are none.
    mutating func body(until words: [String]) throws(TemplateError) -> [Statement] {
        try enter()
        defer { leave() }
        var statements: [Statement] = []
        while true {
            switch current.kind {
            case .text(let text):
                advance()
                statements.append(.text(text))
            case .outputStart:
                advance()
                statements.append(.output([try tuple()]))
                guard seesOutputEnd else { throw unexpected(expecting: "'}}'") }
                advance()
            case .statementStart:
                advance()
                if let name = currentName, words.contains(name) { return statements }
                statements.append(try statement())
                try expectStatementEnd()
            default:
                guard words.isEmpty else { throw unexpected(expecting: words.joined(separator: " or ")) }
                return statements
            }
        }
    }
}
