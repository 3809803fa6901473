/// One `{{ name }}` in a template of a work pool, as Prefect reads it: letters, digits and `_ . - [ ] $` between double
/// braces, with or without blanks.
struct TemplatePlaceholder: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        /// A value of the job: `{{ env.HOME }}`.
        case value
        /// `{{ prefect.variables.NAME }}`.
        case variable(name: String)
        /// `{{ prefect.blocks.TYPE.NAME }}`, and what stands behind it.
        case block(path: String)
        /// `{{ $NAME }}`: a variable of the environment of whoever starts the job.
        case environment(name: String)
    }

    let name: String
    let kind: Kind

    init(_ name: String) {
        self.name = name
        kind =
            if name.hasPrefix("prefect.blocks.") {
                .block(path: String(name.dropFirst("prefect.blocks.".count)))
            } else if name.hasPrefix("prefect.variables.") {
                .variable(name: String(name.dropFirst("prefect.variables.".count)))
            } else if name.hasPrefix("$") {
                .environment(name: String(name.drop { $0 == "$" }))
            } else {
                .value
            }
    }
}

/// A text of a template, taken apart.
struct TemplateText: Sendable {
    enum Part: Sendable {
        case literal(String)
        /// With its spelling, for those that stay.
        case placeholder(TemplatePlaceholder, spelling: String)
    }

    private(set) var parts: [Part] = []

    init(_ text: String) {
        var literal = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            literal += rest[..<open]
            rest = rest[open...]
            guard let (name, end) = Self.placeholder(at: rest) else {
                literal.append(rest.removeFirst())
                continue
            }
            if !literal.isEmpty { parts.append(.literal(literal)) }
            literal = ""
            parts.append(.placeholder(TemplatePlaceholder(name), spelling: String(rest[..<end])))
            rest = rest[end...]
        }
        literal += rest
        if !literal.isEmpty { parts.append(.literal(literal)) }
    }

    var placeholders: [TemplatePlaceholder] {
        parts.compactMap { if case .placeholder(let placeholder, _) = $0 { placeholder } else { nil } }
    }

    /// The placeholder that the text consists of, if it is nothing else.
    var only: TemplatePlaceholder? {
        guard parts.count == 1, case .placeholder(let placeholder, _) = parts[0] else { return nil }
        return placeholder
    }

    /// The text with what `value` answers in the place of each placeholder; one that it answers nothing for stays.
    func replacing<Failure>(_ value: (TemplatePlaceholder) throws(Failure) -> String?) throws(Failure) -> String {
        var text = ""
        for part in parts {
            switch part {
            case .literal(let literal): text += literal
            case .placeholder(let placeholder, let spelling): text += try value(placeholder) ?? spelling
            }
        }
        return text
    }

    private static func placeholder(at text: Substring) -> (name: String, end: Substring.Index)? {
        guard text.hasPrefix("{{") else { return nil }
        let inside = text.dropFirst(2).drop(while: \.isWhitespace)
        let name = inside.prefix { $0.isLetter || $0.isNumber || "_.-[]$".contains($0) }
        let rest = inside[name.endIndex...].drop(while: \.isWhitespace)
        guard !name.isEmpty, rest.hasPrefix("}}") else { return nil }
        return (String(name), rest.index(rest.startIndex, offsetBy: 2))
    }
}
