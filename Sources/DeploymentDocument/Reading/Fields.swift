import Domain
import JSON

/// A mapping whose keys are known: gives their values by type, and a problem for each that is not what it should be.
/// A key without a value counts as left out.
struct Fields {
    let place: DocumentPlace
    let problems: ProblemList
    private let members: [String: YAMLNode.Member]

    /// - Parameters:
    ///   - what: what the mapping describes, for messages: `a deployment`.
    ///   - keys: all that it may have.
    init?(_ node: YAMLNode, of what: String, keys: [String], problems: ProblemList) {
        guard let members = node.members else {
            problems.add(node.place, "\(what) is a mapping of keys to values, not \(node.summary)")
            return nil
        }
        for member in members where !keys.contains(member.key) {
            let hint = NearestName.hint(for: member.key, among: keys, choices: 30)
            problems.add(member.keyPlace, "\(what) has no key '\(member.key)'\(hint)")
        }
        place = node.place
        self.problems = problems
        let given = members.filter { !$0.value.isNull }.map { ($0.key, $0) }
        self.members = Dictionary(given) { first, _ in first }
    }

    subscript(key: String) -> YAMLNode? { members[key]?.value }

    func keyPlace(_ key: String) -> DocumentPlace? { members[key]?.keyPlace }

    func add(_ node: YAMLNode, _ message: String) {
        problems.add(node.place, message)
    }

    // MARK: Texts

    /// A text; numbers and booleans are taken as they are spelled.
    func text(_ key: String) -> String? {
        self[key].flatMap { text($0, what: "'\(key)'") }
    }

    func text(_ node: YAMLNode, what: String) -> String? {
        guard let text = node.spelling, !node.isNull else {
            add(node, "\(what) is a text, not \(node.summary)")
            return nil
        }
        guard !text.utf8.contains(0) else {
            add(node, "\(what) holds a zero byte, which no program can be given")
            return nil
        }
        return text
    }

    /// A name that stands in `FLOW/DEPLOYMENT`, in addresses or in a terminal.
    func name(_ key: String) -> String? {
        guard let node = self[key], let name = text(key) else { return nil }
        let hasForbidden = name.unicodeScalars.contains { "/%&><".unicodeScalars.contains($0) || $0.value < 32 }
        guard !name.isEmpty, name.count <= 300, !hasForbidden else {
            add(
                node,
                "'\(key)' is \(node.summary); a name has 1 to 300 characters, without / % & > < and control characters")
            return nil
        }
        return name
    }

    func texts(_ key: String) -> [String]? {
        guard let node = self[key] else { return nil }
        guard let elements = node.elements else {
            add(
                node, "'\(key)' is a list of texts, not \(node.summary)\(node.spelling.map { "; write [\($0)]" } ?? "")"
            )
            return nil
        }
        return elements.compactMap { text($0, what: "an element of '\(key)'") }
    }

    // MARK: Numbers

    func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let node = self[key] else { return nil }
        guard case .scalar(let text, isPlain: true) = node.content, case .value(let value) = PlainScalar(text),
            let integer = value.intValue, range.contains(integer)
        else {
            add(node, "'\(key)' is a whole number \(Self.phrase(range)), not \(node.summary)")
            return nil
        }
        return integer
    }

    private static func phrase(_ range: ClosedRange<Int>) -> String {
        range.upperBound == .max ? "of \(range.lowerBound) or more" : "from \(range.lowerBound) to \(range.upperBound)"
    }

    func number(_ key: String, in range: ClosedRange<Double>) -> Double? {
        guard let node = self[key] else { return nil }
        guard case .scalar(let text, isPlain: true) = node.content, case .value(let value) = PlainScalar(text),
            let number = value.doubleValue, range.contains(number)
        else {
            add(node, "'\(key)' is a number from \(range.lowerBound) to \(range.upperBound), not \(node.summary)")
            return nil
        }
        return number
    }

    /// - Parameter shortest: the least that it may be.
    func duration(_ key: String, shortest: Duration = .zero) -> Duration? {
        guard let node = self[key] else { return nil }
        guard let span = node.spelling.flatMap({ DurationText.parse($0) }) else {
            add(node, "'\(key)' is a duration, such as 30s, 1h30m or a number of seconds, not \(node.summary)")
            return nil
        }
        guard span >= shortest else {
            add(node, "'\(key)' is \(DurationText.describe(shortest)) or more, not \(node.summary)")
            return nil
        }
        return span
    }

    /// One of a few words.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, as type: Choice.Type = Choice.self
    ) -> Choice? where Choice.RawValue == String {
        guard let node = self[key], let text = text(key) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let hint = NearestName.hint(for: text, among: Choice.allCases.map(\.rawValue))
            add(node, "'\(key)' cannot be \(node.summary)\(hint)")
            return nil
        }
        return choice
    }
}
