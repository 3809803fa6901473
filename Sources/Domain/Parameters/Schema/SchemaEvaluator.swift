import JSON

/// Checks one value against a compiled schema.
///
/// Its work is limited: every subschema applied, every member and element looked at, and every step of a pattern
/// counts. When the budget is spent, or references lead round in circles, the value is refused with that reason;
/// neither a hostile schema nor a hostile value takes the server's time or stack.
struct SchemaEvaluator {
    let schema: CompiledSchema
    let ignoresRequired: Bool
    private var steps: Int
    private var depth = 0
    private var path: [JSONPathComponent] = []
    /// The resources entered and not yet left; `$dynamicRef` looks through them.
    private(set) var scope: [Int] = []
    private var violations: [SchemaViolation] = []
    /// Whether the reasons are wanted; otherwise the first violation ends the work.
    private(set) var isCollecting = true
    /// Why no verdict could be reached.
    private var failure: SchemaViolation?

    /// Subschemas within subschemas; each takes about one kilobyte of stack, or six in a debug build.
    private static let deepest = 320
    /// More violations than that help nobody.
    private static let mostViolations = 100
    /// Steps of one pattern over one text, beside those that grow with the text.
    private static let patternSteps = 100_000

    private init(schema: CompiledSchema, steps: Int, ignoresRequired: Bool) {
        self.schema = schema
        self.steps = steps
        self.ignoresRequired = ignoresRequired
    }

    static func violations(
        of value: JSONValue, against schema: CompiledSchema, steps: Int, ignoresRequired: Bool
    ) -> [SchemaViolation] {
        var evaluator = SchemaEvaluator(schema: schema, steps: steps, ignoresRequired: ignoresRequired)
        var marks = SchemaMarks.unneeded
        _ = evaluator.evaluate(0, value, &marks)
        return evaluator.failure.map { [$0] } ?? evaluator.violations
    }

    /// Whether the value satisfies the node. Marks what of the value was looked at, if it does.
    mutating func evaluate(_ number: Int, _ value: JSONValue, _ marks: inout SchemaMarks) -> Bool {
        guard spend(1, on: value) else { return false }
        let node = schema.nodes[number]
        if let verdict = node.verdict {
            return verdict || fail("", .text("False schema does not allow \(PythonSpelling.of(value))"), value, node)
        }
        guard depth < Self.deepest else {
            return giveUp("the schema's references lead more than \(Self.deepest) deep", value)
        }
        depth += 1
        let entersResource = scope.last != node.resource
        if entersResource { scope.append(node.resource) }
        defer {
            depth -= 1
            if entersResource { scope.removeLast() }
        }
        guard marks.isNeeded || node.tracksEvaluation else { return satisfiesAll(of: node, value, &marks) }
        // Marks of a sibling or of a parent are not this node's to see.
        var own = SchemaMarks(for: value)
        let isValid = satisfiesAll(of: node, value, &own)
        if isValid, marks.isNeeded { marks.formUnion(own) }
        return isValid
    }

    private mutating func satisfiesAll(of node: SchemaNode, _ value: JSONValue, _ marks: inout SchemaMarks) -> Bool {
        var isValid = true
        for keyword in node.keywords where !satisfies(keyword, of: node, value, &marks) {
            isValid = false
            if !isCollecting || failure != nil { return false }
        }
        return isValid
    }

    private mutating func satisfies(
        _ keyword: SchemaKeyword, of node: SchemaNode, _ value: JSONValue, _ marks: inout SchemaMarks
    ) -> Bool {
        let isSatisfied: Bool
        switch (keyword.rule, value) {
        case (.type(let types), _):
            isSatisfied = types.covers(value)
        case (.oneOfValues(let choices), _):
            isSatisfied = spend(value.weight, on: value) && choices.contains(value)
        case (.number(let rule), .integer), (.number(let rule), .number):
            isSatisfied = satisfies(rule, value)
        case (.string(let rule), .string(let text)):
            isSatisfied = satisfies(rule, text, value)
        case (.array(let rule), .array(let elements)):
            return satisfies(rule, elements, Claim(keyword: keyword, node: node, value: value), &marks)
        case (.object(let rule), .object(let object)):
            return satisfies(rule, object, Claim(keyword: keyword, node: node, value: value), &marks)
        case (.logic(let rule), _):
            return satisfies(rule, Claim(keyword: keyword, node: node, value: value), &marks)
        default:
            return true
        }
        return isSatisfied || fail(keyword.name, keyword.phrase, value, node)
    }

    /// Like ``evaluate(_:_:_:)``, but for the verdict only.
    mutating func isValid(_ number: Int, _ value: JSONValue, _ marks: inout SchemaMarks) -> Bool {
        let wasCollecting = isCollecting
        isCollecting = false
        defer { isCollecting = wasCollecting }
        return evaluate(number, value, &marks)
    }

    /// Evaluates a part of the value that is at hand.
    mutating func evaluate(_ number: Int, _ part: JSONValue, at component: JSONPathComponent) -> Bool {
        path.append(component)
        defer { path.removeLast() }
        var marks = SchemaMarks.unneeded
        return evaluate(number, part, &marks)
    }
}

// MARK: Verdicts

extension SchemaEvaluator {
    /// A keyword at work on a value: what a violation of it is about.
    struct Claim {
        let keyword: SchemaKeyword
        let node: SchemaNode
        let value: JSONValue
    }

    /// Whether no reason stands in the way of a verdict.
    var canDecide: Bool { failure == nil }

    /// Notes a violation. Answers false, as what was asked for is not so.
    mutating func fail(
        _ keyword: String, _ phrase: @autoclosure () -> SchemaPhrase, _ value: JSONValue, _ node: SchemaNode,
        context: [SchemaViolation] = []
    ) -> Bool {
        guard isCollecting, violations.count < Self.mostViolations else { return false }
        violations.append(
            SchemaViolation(
                location: path, value: value, keyword: keyword, context: context, phrase: phrase(),
                matchesType: node.types?.covers(value) ?? false))
        return false
    }

    mutating func fail(
        _ claim: Claim, _ phrase: @autoclosure () -> SchemaPhrase? = nil, context: [SchemaViolation] = []
    ) -> Bool {
        fail(claim.keyword.name, phrase() ?? claim.keyword.phrase, claim.value, claim.node, context: context)
    }

    /// Ends the work without a verdict. Whatever negates or tries alternatives must not take that for a no.
    mutating func giveUp(_ reason: String, _ value: JSONValue) -> Bool {
        if failure == nil {
            failure = SchemaViolation(
                location: path, value: value, keyword: "", context: [], phrase: .text(reason), matchesType: false)
        }
        return false
    }

    /// Takes steps off the budget; false if that is spent.
    mutating func spend(_ count: Int, on value: JSONValue) -> Bool {
        guard failure == nil else { return false }
        guard steps >= count else { return giveUp("too much work to check it against this schema", value) }
        steps -= count
        return true
    }

    /// Whether a pattern occurs in a text, within its own budget and the whole one.
    mutating func occurs(_ pattern: Pattern, in text: String, _ value: JSONValue) -> Bool {
        guard spend(1 + text.utf8.count / 16, on: value) else { return false }
        let allowed = min(steps, Self.patternSteps + 32 * text.utf8.count)
        var left = allowed
        defer { steps -= allowed - left }
        do throws(PatternExhausted) {
            return try pattern.occurs(in: text, steps: &left)
        } catch {
            let (text, source) = (PythonSpelling.of(text), PythonSpelling.of(pattern.source))
            return giveUp("\(text) could not be matched with \(source) within the budget of steps", value)
        }
    }

    /// The violations that `body` adds, taken off again.
    mutating func collectingApart(_ body: (inout SchemaEvaluator) -> Void) -> [SchemaViolation] {
        let outer = violations
        violations = []
        body(&self)
        defer { violations = outer }
        return violations
    }
}

extension JSONValue {
    /// How much there is to compare, in about the steps that it takes.
    var weight: Int {
        switch self {
        case .null, .bool, .integer: 0
        case .number(let number): number.lexeme.utf8.count / 16
        case .string(let string): string.utf8.count / 64
        case .array(let elements): elements.reduce(1) { $0 + 1 + $1.weight }
        case .object(let object): object.reduce(1) { $0 + 2 + $1.value.weight }
        }
    }
}
