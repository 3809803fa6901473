public import JSON

/// What a caller adds to the filters of the language: takes the value to the left of `|`, and the arguments.
/// What it throws ends the rendering.
public typealias TemplateFilter = @Sendable (JSONValue, [JSONValue]) throws -> JSONValue

/// A text with expressions and statements in it, in the language of Jinja 3.1 as far as Prefect lets its users go.
///
/// A template comes from a user and is trusted with nothing: it sees what it is given, changes nothing, and neither
/// runs nor writes without end.
public struct Template: Sendable {
    private let statements: [Statement]
    /// The names that it asks for: `event` for `{{ event.resource.id }}`. Those that it binds itself, and the functions
    /// of the language, are not among them.
    public let names: Set<String>

    /// - Throws: `TemplateError` if the text is not a template, nests too deeply, or has more loops than Prefect allows.
    public init(parsing text: String) throws(TemplateError) {
        statements = try Parser.statements(of: text)
        try LoopRules.check(statements)
        names = FreeNames(of: statements).names
    }

    /// The text with what the expressions are worth in their places. What is not there is worth nothing.
    ///
    /// - Parameters:
    ///   - names: What the template can see.
    ///   - filters: Filters beyond those of the language. One of the same name is replaced.
    ///   - budget: What the template may do: about one for each step, and one for each byte that it makes.
    /// - Throws: `TemplateError` if an expression cannot be evaluated, a filter fails, or the budget does not suffice.
    public func render(
        _ names: JSONObject, filters: [String: TemplateFilter] = [:], budget: Int = 100_000
    ) throws(TemplateError) -> String {
        var evaluation = Evaluation(names: names, filters: filters, budget: budget)
        try evaluation.run(statements)
        return evaluation.output
    }

    /// Whether the text may be more than text: whether `{{` or `{%` occurs in it.
    public static func isLikely(_ text: String) -> Bool {
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if previous == UInt8(ascii: "{"), byte == previous || byte == UInt8(ascii: "%") { return true }
            previous = byte
        }
        return false
    }
}
