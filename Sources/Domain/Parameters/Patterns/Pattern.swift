/// A regular expression as JSON Schema's `pattern` means it: ECMA-262 with Unicode semantics, found anywhere in a text.
///
/// An engine of our own, because it has to count its steps: a backtracking matcher can need a time that grows
/// exponentially with the text (as for `^(a+)+$`), and both pattern and text come from clients.
/// Beyond ECMA-262 it reads what patterns written for Python use: `\A`, `\Z`, `(?P<name>…)`, `(?P=name)` and the
/// inline flags `i`, `m` and `s`.
struct Pattern: Sendable {
    let source: String
    private let program: PatternProgram

    init(_ source: String) throws(PatternError) {
        self.source = source
        var parser = PatternParser(source)
        program = try PatternProgram(compiling: parser.pattern(), groups: parser.groupCount)
    }

    /// Whether the pattern occurs in the text.
    ///
    /// - Parameter steps: how many steps may be made; those made are taken off.
    /// - Throws: ``PatternExhausted`` if the steps do not suffice to tell.
    func occurs(in text: String, steps: inout Int) throws(PatternExhausted) -> Bool {
        let scalars = Array(text.unicodeScalars)
        var matcher = PatternMatcher(program: program, text: scalars, steps: steps)
        defer { steps = matcher.steps }
        return try matcher.occurs()
    }
}

/// Why a pattern cannot be used.
struct PatternError: Error, Sendable, Hashable {
    let reason: String
    /// Where in the pattern, in code points from its start.
    let offset: Int
}

/// The budget was spent before it was known whether a pattern matches.
struct PatternExhausted: Error, Sendable {}
