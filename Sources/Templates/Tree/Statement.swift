/// What a template consists of.
indirect enum Statement: Sendable {
    case text(String)
    case output([Expression])
    case branches([(condition: Expression, body: [Statement])], otherwise: [Statement])
    case loop(LoopStatement)
    case assignment(AssignmentTarget, Expression)
    /// `{% set x %}…{% endset %}`
    case capture(AssignmentTarget, [FilterCall], [Statement])
    case with([(target: AssignmentTarget, value: Expression)], [Statement])
    /// `{% filter upper %}…{% endfilter %}`
    case filtered([FilterCall], [Statement], line: Int)
}

struct LoopStatement: Sendable {
    let target: AssignmentTarget
    let elements: Expression
    let condition: Expression?
    let body: [Statement]
    let otherwise: [Statement]
    let line: Int
}

/// What can stand to the left of `=`, and between `for` and `in`.
indirect enum AssignmentTarget: Sendable {
    case name(String)
    case tuple([AssignmentTarget])
    /// An attribute of what `namespace()` made.
    case member(of: String, String)

    /// The names that are bound by assigning to it.
    var names: [String] {
        switch self {
        case .name(let name): [name]
        case .tuple(let targets): targets.flatMap(\.names)
        case .member: []
        }
    }
}
