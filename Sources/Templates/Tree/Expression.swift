/// An expression, where it stands, and how high its tree is.
struct Expression: Sendable {
    let node: ExpressionNode
    let line: Int
    /// 1 for one without operands. Bounded by the parser, since what walks the tree recurses.
    let height: Int

    static let greatestHeight = 100

    /// - Throws: If the tree would be too high.
    init(_ node: ExpressionNode, line: Int) throws(TemplateError) {
        self.node = node
        self.line = line
        height = 1 + (node.operands.map(\.height).max() ?? 0)
        if height > Self.greatestHeight {
            throw TemplateError(line: line, message: "expressions nest too deeply")
        }
    }
}

indirect enum ExpressionNode: Sendable {
    case constant(Value)
    case name(String)
    case list([Expression])
    case tuple([Expression])
    case mapping([(key: Expression, value: Expression)])
    case attribute(Expression, String)
    case item(Expression, Expression)
    case slice(Expression, from: Expression?, to: Expression?, step: Expression?)
    case call(Expression, ArgumentExpressions)
    case filter(Expression, FilterCall)
    case test(Expression, FilterCall)
    case negative(Expression)
    case positive(Expression)
    case not(Expression)
    case and(Expression, Expression)
    case or(Expression, Expression)
    case arithmetic(ArithmeticOperator, Expression, Expression)
    case concatenation([Expression])
    case comparison(Expression, [(relation: ComparisonOperator, operand: Expression)])
    case conditional(Expression, condition: Expression, otherwise: Expression?)

    var operands: [Expression] {
        switch self {
        case .constant, .name: []
        case .list(let elements), .tuple(let elements), .concatenation(let elements): elements
        case .mapping(let members): members.flatMap { [$0.key, $0.value] }
        case .attribute(let operand, _), .negative(let operand), .positive(let operand), .not(let operand): [operand]
        case .item(let owner, let key): [owner, key]
        case .slice(let owner, let from, let to, let step): [owner] + [from, to, step].compactMap(\.self)
        case .call(let callee, let arguments): [callee] + arguments.all
        case .filter(let operand, let call), .test(let operand, let call): [operand] + call.arguments.all
        case .and(let left, let right), .or(let left, let right), .arithmetic(_, let left, let right): [left, right]
        case .comparison(let first, let rest): [first] + rest.map(\.operand)
        case .conditional(let value, let test, let otherwise): [value, test] + [otherwise].compactMap(\.self)
        }
    }
}

struct ArgumentExpressions: Sendable {
    var positional: [Expression] = []
    var named: [(name: String, value: Expression)] = []

    var all: [Expression] { positional + named.map(\.value) }
}

/// A filter or a test, with what stands in its parentheses.
struct FilterCall: Sendable {
    let name: String
    let arguments: ArgumentExpressions
    let line: Int
}

enum ArithmeticOperator: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case divideDown = "//"
    case modulo = "%"
    case power = "**"
}

enum ComparisonOperator: String, Sendable {
    case equal = "=="
    case unequal = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case contained = "in"
    case notContained = "not in"
}
