/// Text with placeholders, taken apart.
public struct PlaceholderText: Sendable, Hashable {
    enum Part: Sendable, Hashable {
        case literal(String)
        case reference(TemplateReference)
    }

    let parts: [Part]

    /// Every `{{ SOURCE.PATH }}` of a known source in `text` is a placeholder; all else, other braces included, is itself.
    public init(_ text: String) {
        var parts: [Part] = []
        var literal = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            literal += rest[..<open]
            rest = rest[open...]
            if let (reference, end) = Self.placeholder(in: rest) {
                if !literal.isEmpty { parts.append(.literal(literal)) }
                literal = ""
                parts.append(.reference(reference))
                rest = rest[end...]
            } else {
                literal.append(rest.removeFirst())
            }
        }
        literal += rest
        if !literal.isEmpty || parts.isEmpty { parts.append(.literal(literal)) }
        self.parts = parts
    }

    /// What it names, in order.
    var references: [TemplateReference] {
        parts.compactMap { if case .reference(let reference) = $0 { reference } else { nil } }
    }

    /// The text with each value in its place: strings as they are, everything else as JSON, null as nothing.
    public func render(in scope: TemplateScope) throws(UnresolvedReference) -> String {
        var text = ""
        for part in parts {
            switch part {
            case .literal(let literal): text += literal
            case .reference(let reference): text += try scope.text(of: reference)
            }
        }
        return text
    }

    private static func placeholder(in text: Substring) -> (TemplateReference, end: Substring.Index)? {
        guard text.hasPrefix("{{"), let close = firstClose(in: text.dropFirst(2)) else { return nil }
        let inside = text[text.index(text.startIndex, offsetBy: 2)..<close]
        let name = inside.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
        let path = String(name).split(separator: ".", omittingEmptySubsequences: false)
        guard path.allSatisfy(isName),
            let source = path.first.flatMap({ TemplateReference.Source(rawValue: String($0)) }),
            path.count > source.leastNames
        else { return nil }
        let reference = TemplateReference(source, path.dropFirst().map(String.init))
        return (reference, text.index(close, offsetBy: 2))
    }

    private static func firstClose(in text: Substring) -> Substring.Index? {
        var index = text.startIndex
        while index < text.endIndex {
            if text[index...].hasPrefix("}}") { return index }
            if text[index] == "{" || text[index] == "\n" { return nil }
            index = text.index(after: index)
        }
        return nil
    }

    private static func isName(_ text: Substring) -> Bool {
        !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
    }
}
