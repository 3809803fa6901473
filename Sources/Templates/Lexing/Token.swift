/// A piece of a template, and the line on which it begins.
struct Token: Sendable {
    enum Kind: Sendable {
        /// Text outside of all tags.
        case text(String)
        case outputStart
        case outputEnd
        case statementStart
        case statementEnd
        case name(String)
        case string(String)
        case integer(Int128)
        case float(Double)
        case symbol(Symbol)
        case end
    }

    let kind: Kind
    let line: Int
}

/// What stands between operands.
enum Symbol: String, Sendable, CaseIterable {
    case plus = "+"
    case minus = "-"
    case times = "*"
    case divided = "/"
    case dividedDown = "//"
    case modulo = "%"
    case power = "**"
    case tilde = "~"
    case equal = "=="
    case unequal = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case assign = "="
    case dot = "."
    case colon = ":"
    case comma = ","
    case semicolon = ";"
    case pipe = "|"
    case openParenthesis = "("
    case closeParenthesis = ")"
    case openBracket = "["
    case closeBracket = "]"
    case openBrace = "{"
    case closeBrace = "}"

    /// What closes this bracket, if it is one that opens.
    var closing: Symbol? {
        switch self {
        case .openParenthesis: .closeParenthesis
        case .openBracket: .closeBracket
        case .openBrace: .closeBrace
        default: nil
        }
    }

    var isClosing: Bool { [.closeParenthesis, .closeBracket, .closeBrace].contains(self) }
}

extension Token.Kind: CustomStringConvertible {
    var description: String {
        switch self {
        case .text: "text"
        case .outputStart: "'{{'"
        case .outputEnd: "'}}'"
        case .statementStart: "'{%'"
        case .statementEnd: "'%}'"
        case .name(let name): "'\(name)'"
        case .string: "a string"
        case .integer, .float: "a number"
        case .symbol(let symbol): "'\(symbol.rawValue)'"
        case .end: "the end of the template"
        }
    }
}
