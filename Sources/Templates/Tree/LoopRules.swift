/// How many loops a template may have, as Prefect allows.
enum LoopRules {
    static let mostLoops = 10
    static let deepestNesting = 2

    /// - Throws: `TemplateError` if there are too many, or if they nest too deeply.
    static func check(_ statements: [Statement]) throws(TemplateError) {
        let loops = Self.loops(in: statements, depth: 1)
        if loops.count > mostLoops {
            throw TemplateError(
                line: loops[mostLoops].line,
                message: "Contains \(loops.count) for loops. Templates can contain no more than \(mostLoops) for loops."
            )
        }
        if let deepest = loops.max(by: { $0.depth < $1.depth }), deepest.depth > deepestNesting {
            throw TemplateError(
                line: deepest.line,
                message: "Contains nested for loops at a depth of \(deepest.depth). "
                    + "Templates can nest for loops no more than \(deepestNesting) loops deep.")
        }
    }

    private static func loops(in statements: [Statement], depth: Int) -> [(line: Int, depth: Int)] {
        statements.flatMap { statement -> [(line: Int, depth: Int)] in
            switch statement {
            case .text, .output, .assignment: []
            case .branches(let branches, let otherwise):
                (branches.map(\.body) + [otherwise]).flatMap { loops(in: $0, depth: depth) }
            case .loop(let loop):
                [(loop.line, depth)] + loops(in: loop.body + loop.otherwise, depth: depth + 1)
            case .capture(_, _, let body), .with(_, let body), .filtered(_, let body, _):
                loops(in: body, depth: depth)
            }
        }
    }
}
