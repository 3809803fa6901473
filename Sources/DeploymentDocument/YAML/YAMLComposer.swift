import Yams

/// Turns a YAML text into nodes. What cannot be read, or would grow beyond all bounds, becomes a problem.
struct YAMLComposer {
    /// A document is written by hand: what is larger is not one.
    static let largestText = 1 << 20
    /// Keys that are there twice and reported with both lines; with more, reading ends.
    private static let duplicates = 50

    let problems: ProblemList

    /// The roots of the documents in a stream; empty documents are left out.
    func roots(of text: String) -> [YAMLNode] {
        let start = DocumentPlace(line: 1, column: 1)
        guard text.utf8.count <= Self.largestText else {
            problems.add(
                start, "the document has \(text.utf8.count) bytes; at most \(Self.largestText) are read")
            return []
        }
        guard var source = YAMLText(text, standIns: Self.duplicates + 1) else {
            problems.add(start, "the document uses every private-use character of Unicode; leave one out")
            return []
        }
        while true {
            do {
                return try compose(source)
            } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
                let place = DocumentPlace(context.mark)
                // What it is named after is what it was before; then the parser goes on to the end.
                guard let key = keys.first, source.disguise(key: key, at: place) else {
                    problems.add(place, "the key '\(source.restored(keys.first ?? ""))' is there twice")
                    return []
                }
            } catch {
                report(error, in: source)
                return []
            }
        }
    }

    private func compose(_ source: YAMLText) throws -> [YAMLNode] {
        // Without a resolver: what a scalar means is decided by PlainScalar.
        let parser = try Parser(yaml: source.masked, resolver: .basic, encoding: .utf8)
        var converter = NodeConverter(source: source, problems: problems)
        var roots: [YAMLNode] = []
        // The parser owns the anchors that its nodes only refer to.
        try withExtendedLifetime(parser) {
            while let node = try parser.nextRoot() {
                roots += converter.convert(document: node).map { [$0] } ?? []
            }
        }
        return roots.filter { !$0.isNull }
    }

    private func report(_ error: any Error, in source: YAMLText) {
        switch error {
        case YamlError.scanner(let context, let problem, let mark, _),
            YamlError.parser(let context, let problem, let mark, _),
            YamlError.composer(let context, let problem, let mark, _):
            let place = DocumentPlace(mark)
            let around = context.map { " \($0.text)" } ?? ""
            problems.add(place, "this is not YAML: \(problem)\(around)\(Self.hint(at: place, in: source))")
        case YamlError.reader(let problem, let offset, _, let yaml):
            let before = yaml.prefix(offset ?? 0)
            let line = before.reduce(1) { $0 + ($1.isNewline ? 1 : 0) }
            let column = (before.lastIndex(where: \.isNewline).map { before[$0...].count } ?? before.count + 1)
            problems.add(DocumentPlace(line: line, column: column), "this is not YAML: \(problem)")
        default:
            problems.add(DocumentPlace(line: 1, column: 1), "this is not YAML: \(error)")
        }
    }

    /// What the usual traps look like from inside a parser.
    private static func hint(at place: DocumentPlace, in source: YAMLText) -> String {
        let line = source.line(place.line)
        if line.prefix(while: { $0 == " " || $0 == "\t" }).contains("\t") || at(place, line) == "\t" {
            return "; YAML is indented with blanks, not with tabs"
        }
        if line.count > 1, zip(line, line.dropFirst()).contains(where: { $0 == "{" && $1 == "{" }) {
            return "; put what holds {{ … }} in quotes"
        }
        if let character = at(place, line), "@`%".unicodeScalars.contains(character) {
            return "; a text that begins with '\(character)' goes in quotes"
        }
        return ""
    }

    private static func at(_ place: DocumentPlace, _ line: ArraySlice<Unicode.Scalar>) -> Unicode.Scalar? {
        line.dropFirst(place.column - 1).first
    }
}

extension DocumentPlace {
    init(_ mark: Mark) {
        self.init(line: mark.line, column: mark.column)
    }

    init(of node: Node) {
        self = node.mark.map { DocumentPlace($0) } ?? DocumentPlace(line: 1, column: 1)
    }
}
