import JSON
import Yams

/// Makes the parser's nodes into ours: restores what stood in for other characters, resolves aliases within a budget,
/// merges, and refuses what JSON has no place for.
struct NodeConverter {
    /// How many nodes a stream may come to, aliases written out.
    private static let largestCount = 50_000
    /// How deep they may nest. JSON on the server's side has a limit, too.
    private static let deepest = 64

    private let source: YAMLText
    private let problems: ProblemList
    private var anchors: [String: Anchored] = [:]
    private var count = 0

    /// What an alias stands for.
    private struct Anchored {
        let node: YAMLNode
        let count: Int
        let depth: Int
    }

    init(source: YAMLText, problems: ProblemList) {
        self.source = source
        self.problems = problems
    }

    mutating func convert(document node: Node) -> YAMLNode? {
        anchors = [:]
        return convert(node, depth: 0)?.node
    }

    private mutating func convert(_ node: Node, depth: Int) -> Anchored? {
        let place = DocumentPlace(of: node)
        guard depth <= Self.deepest else {
            problems.add(place, "this is nested more than \(Self.deepest) deep")
            return nil
        }
        let before = count
        guard spend(1, at: place) else { return nil }
        let converted: (node: YAMLNode, depth: Int)?
        switch node {
        case .scalar(let scalar):
            if let name = aliasName(of: scalar) { return alias(name, at: place, depth: depth) }
            converted = (self.scalar(scalar, at: place), 0)
        case .sequence(let sequence): converted = elements(of: sequence, at: place, depth: depth)
        case .mapping(let mapping): converted = members(of: mapping, at: place, depth: depth)
        case .alias: converted = nil
        }
        guard let converted else { return nil }
        let anchored = Anchored(node: converted.node, count: count - before, depth: converted.depth)
        if let anchor = node.anchor { anchors[anchor.rawValue] = anchored }
        return anchored
    }

    private mutating func spend(_ nodes: Int, at place: DocumentPlace) -> Bool {
        let isFirst = count <= Self.largestCount
        count += nodes
        if count > Self.largestCount, isFirst {
            problems.add(place, "with its aliases written out, the document has more than \(Self.largestCount) nodes")
        }
        return count <= Self.largestCount
    }

    private func scalar(_ scalar: Node.Scalar, at place: DocumentPlace) -> YAMLNode {
        let tag = scalar.tag.description
        if scalar.style == .plain, !["", "!", Tag.Name.str.rawValue].contains(tag) {
            problems.add(place, "the tag '\(tag)' means nothing here; leave it out")
        }
        return YAMLNode(
            place: place,
            content: .scalar(source.restored(scalar.string), isPlain: scalar.style == .plain && tag.isEmpty))
    }

    // MARK: Aliases

    /// A scalar that begins with the stand-in of `*`: it cannot be anything else.
    private func aliasName(of scalar: Node.Scalar) -> String? {
        guard scalar.style == .plain, scalar.string.unicodeScalars.first == source.star else { return nil }
        return source.restored(String(scalar.string.dropFirst()))
    }

    private mutating func alias(_ name: String, at place: DocumentPlace, depth: Int) -> Anchored? {
        guard name.utf8.allSatisfy({ $0.isAnchorLetter }), !name.isEmpty else {
            problems.add(place, "'*\(name)' is no alias of an anchor; put a text that begins with '*' in quotes")
            return nil
        }
        guard let anchored = anchors[name] else {
            let hint = NearestName.to(name, among: anchors.keys.sorted()).map { "; did you mean '*\($0)'?" }
            problems.add(
                place,
                "there is no anchor '&\(name)' before this"
                    + (hint ?? "; put a text that begins with '*' in quotes"))
            return nil
        }
        guard depth + anchored.depth <= Self.deepest else {
            problems.add(place, "this is nested more than \(Self.deepest) deep")
            return nil
        }
        return spend(anchored.count, at: place) ? anchored : nil
    }

    // MARK: Lists and mappings

    private mutating func elements(
        of sequence: Node.Sequence, at place: DocumentPlace, depth: Int
    ) -> (node: YAMLNode, depth: Int) {
        var elements: [YAMLNode] = []
        var deepest = 0
        for element in sequence {
            guard let converted = convert(element, depth: depth + 1) else { continue }
            elements.append(converted.node)
            deepest = max(deepest, converted.depth + 1)
        }
        return (YAMLNode(place: place, content: .sequence(elements)), deepest)
    }

    private mutating func members(
        of mapping: Node.Mapping, at place: DocumentPlace, depth: Int
    ) -> (node: YAMLNode, depth: Int) {
        var members = MemberList(problems: problems)
        var deepest = 0
        for (keyNode, valueNode) in mapping {
            let keyPlace = DocumentPlace(of: keyNode)
            let isMerge = keyNode.scalar.map { $0.style == .plain && $0.string == "<<" } ?? false
            let key = isMerge ? nil : key(keyNode, at: keyPlace)
            guard let converted = convert(valueNode, depth: depth + 1) else { continue }
            deepest = max(deepest, converted.depth + 1)
            if isMerge {
                members.merge(converted.node, at: keyPlace)
            } else if let key {
                members.add(YAMLNode.Member(key: key, keyPlace: keyPlace, value: converted.node))
            }
        }
        return (YAMLNode(place: place, content: .mapping(members.all)), deepest)
    }

    private func key(_ node: Node, at place: DocumentPlace) -> String? {
        guard let scalar = node.scalar else {
            let isPlaceholder = node.mapping != nil
            problems.add(
                place,
                "a key is a text, not a \(isPlaceholder ? "mapping" : "list")"
                    + (isPlaceholder ? "; if a placeholder is meant, put it in quotes: \"{{ parameters.x }}\"" : ""))
            return nil
        }
        let text = source.restored(scalar.string)
        if aliasName(of: scalar) != nil {
            problems.add(place, "an alias cannot be a key; write the key itself")
            return nil
        }
        if scalar.style == .plain, case .value(let value) = PlainScalar(text), value.stringValue == nil {
            problems.add(place, "the key '\(text)' is not a text; put it in quotes")
            return nil
        }
        return text
    }
}

/// The members of a mapping as they are found: keys only once, merged ones behind those that are written here.
private struct MemberList {
    let problems: ProblemList
    private var own: [YAMLNode.Member] = []
    private var merged: [YAMLNode.Member] = []
    private var places: [String: DocumentPlace] = [:]

    init(problems: ProblemList) {
        self.problems = problems
    }

    var all: [YAMLNode.Member] {
        var seen = Set(own.map(\.key))
        return own + merged.filter { seen.insert($0.key).inserted }
    }

    mutating func add(_ member: YAMLNode.Member) {
        if let first = places[member.key] {
            problems.add(
                member.keyPlace, "the key '\(member.key)' is there twice: first at \(first.line):\(first.column)")
        } else {
            places[member.key] = member.keyPlace
            own.append(member)
        }
    }

    mutating func merge(_ node: YAMLNode, at place: DocumentPlace) {
        for source in node.elements ?? [node] {
            if let members = source.members {
                merged += members
            } else {
                problems.add(place, "'<<' takes a mapping, or a list of mappings, not \(source.summary)")
            }
        }
    }
}

extension UInt8 {
    fileprivate var isAnchorLetter: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }
}
