/// What is known of one thing, a line each.
struct FactSheet {
    private struct Fact {
        let name: String
        let value: String
        let ink: Style.Ink?
    }

    private var facts: [Fact] = []

    /// Adds a fact; one without a value is none.
    mutating func add(_ name: String, _ value: String?, _ ink: Style.Ink? = nil) {
        guard let value, !value.isEmpty else { return }
        facts.append(Fact(name: name, value: TerminalText.line(value), ink: ink))
    }

    func lines(style: Style) -> [String] {
        let width = max(12, (facts.map(\.name.count).max() ?? 0) + 2)
        return facts.map { fact in
            let gap = String(repeating: " ", count: width - fact.name.count)
            return style(.dim, fact.name + gap) + style(fact.ink, fact.value)
        }
    }
}
