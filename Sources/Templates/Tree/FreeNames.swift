/// Finds the names that a template asks for without binding them itself.
struct FreeNames {
    private(set) var names: Set<String> = []
    private var bound: [Set<String>] = [[]]

    init(of statements: [Statement]) {
        visit(statements)
    }

    private mutating func visit(_ statements: [Statement]) {
        for statement in statements { visit(statement) }
    }

    private mutating func visit(_ statement: Statement) {
        switch statement {
        case .text: break
        case .output(let expressions): visit(expressions)
        case .branches(let branches, let otherwise):
            for branch in branches {
                visit(branch.condition)
                // A branch need not be taken, so what it binds may still be asked of the outside.
                visit(branch.body, binding: [])
            }
            visit(otherwise, binding: [])
        case .loop(let loop): visit(loop)
        case .assignment(let target, let value):
            visit(value)
            bind(target)
        case .capture(let target, let filters, let body):
            visit(filters.flatMap(\.arguments.all))
            visit(body, binding: [])
            bind(target)
        case .with(let bindings, let body):
            visit(bindings.map(\.value))
            visit(body, binding: bindings.flatMap(\.target.names))
        case .filtered(let filters, let body, _):
            visit(filters.flatMap(\.arguments.all))
            visit(body, binding: [])
        }
    }

    private mutating func visit(_ loop: LoopStatement) {
        visit(loop.elements)
        bound.append(Set(loop.target.names))
        if let condition = loop.condition { visit(condition) }
        visit(loop.body, binding: ["loop"])
        bound.removeLast()
        visit(loop.otherwise, binding: [])
    }

    private mutating func visit(_ body: [Statement], binding names: [String]) {
        bound.append(Set(names))
        visit(body)
        bound.removeLast()
    }

    private mutating func bind(_ target: AssignmentTarget) {
        if case .member(let namespace, _) = target { load(namespace) }
        bound[bound.count - 1].formUnion(target.names)
    }

    private mutating func visit(_ expressions: [Expression]) {
        for expression in expressions { visit(expression) }
    }

    private mutating func visit(_ expression: Expression) {
        if case .name(let name) = expression.node { load(name) }
        visit(expression.node.operands)
    }

    private mutating func load(_ name: String) {
        if Routine.globals[name] == nil, !bound.contains(where: { $0.contains(name) }) { names.insert(name) }
    }
}
