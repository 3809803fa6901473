/// Reads the text of a pattern.
struct PatternParser {
    var scalars: [Unicode.Scalar]
    var offset = 0
    private(set) var groupCount = 0
    private var groupNumbers: [String: Int] = [:]
    /// The back references by number, with their place in the text; checked once all groups are known.
    private var references: [(number: Int, offset: Int)] = []
    private var depth = 0
    var flags = Flags()

    struct Flags {
        var ignoresCase = false
        var isMultiline = false
        var dotMatchesAll = false
    }

    /// Groups may nest so deep; compiling and looking around recurse.
    private static let deepest = 100
    private static let longest = 10_000

    init(_ source: String) {
        scalars = Array(source.unicodeScalars)
    }

    mutating func pattern() throws(PatternError) -> PatternNode {
        guard scalars.count <= Self.longest else { throw error("longer than \(Self.longest) characters") }
        let node = try choice()
        if offset < scalars.count { throw error("unmatched )") }
        for reference in references where reference.number > groupCount {
            throw PatternError(reason: "there is no group \(reference.number)", offset: reference.offset)
        }
        return node
    }

    func error(_ reason: String) -> PatternError {
        PatternError(reason: reason, offset: offset)
    }

    var next: Unicode.Scalar? { offset < scalars.count ? scalars[offset] : nil }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        offset += 1
        return true
    }

    mutating func take(_ text: String) -> Bool {
        let wanted = Array(text.unicodeScalars)
        guard scalars[offset...].starts(with: wanted) else { return false }
        offset += wanted.count
        return true
    }

    /// Reads a name up to `end` and steps over that.
    mutating func name(endingWith end: Unicode.Scalar) throws(PatternError) -> String {
        var name = String.UnicodeScalarView()
        while let scalar = next, scalar != end {
            name.append(scalar)
            offset += 1
        }
        guard take(end), !name.isEmpty else { throw error("a name that ends with \(end) is missing") }
        return String(name)
    }

    private mutating func choice() throws(PatternError) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw error("groups nest more than \(Self.deepest) deep") }
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(PatternError) -> PatternNode {
        var terms: [PatternNode] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            let start = offset
            guard let atom = try atom() else { continue }
            guard let count = try count() else {
                terms.append(atom)
                continue
            }
            if case .assertion = atom, scalar != "(" {
                throw PatternError(reason: "nothing to repeat", offset: start)
            }
            terms.append(.repetition(atom, count))
        }
        return terms.count == 1 ? terms[0] : .sequence(terms)
    }

    /// Nil for what matches nothing and means something for what follows: flags.
    private mutating func atom() throws(PatternError) -> PatternNode? {
        guard let scalar = next else { throw error("the pattern ends too early") }
        switch scalar {
        case "(":
            offset += 1
            return try group()
        case "[":
            offset += 1
            return .set(try characterClass())
        case ".":
            offset += 1
            return .set(flags.dotMatchesAll ? .any : ScalarSet(ScalarSet.lineTerminators, isNegated: true))
        case "^":
            offset += 1
            return .assertion(flags.isMultiline ? .lineStart : .textStart)
        case "$":
            offset += 1
            return .assertion(flags.isMultiline ? .lineEnd : .textEnd)
        case "\\":
            offset += 1
            return try escape()
        case "*", "+", "?":
            throw error("nothing to repeat")
        default:
            offset += 1
            return .set(ScalarSet(scalar, ignoresCase: flags.ignoresCase))
        }
    }

    private mutating func group() throws(PatternError) -> PatternNode? {
        if take("?:") { return try groupBody() }
        if take("?=") { return .look(try groupBody(), isBehind: false, isNegated: false) }
        if take("?!") { return .look(try groupBody(), isBehind: false, isNegated: true) }
        if take("?<=") { return .look(try groupBody(), isBehind: true, isNegated: false) }
        if take("?<!") { return .look(try groupBody(), isBehind: true, isNegated: true) }
        if take("?P=") { return try reference(toGroupNamed: name(endingWith: ")")) }
        groupCount += 1
        let number = groupCount
        if take("?P<") || take("?<") {
            let name = try name(endingWith: ">")
            guard groupNumbers.updateValue(number, forKey: name) == nil else {
                throw error("two groups are named \(name)")
            }
        } else if take("?") {
            groupCount -= 1
            return try flagGroup()
        }
        return .group(try groupBody(), number: number)
    }

    /// Reads to the closing parenthesis. Flags set within a group end with it.
    private mutating func groupBody() throws(PatternError) -> PatternNode {
        let outer = flags
        defer { flags = outer }
        let node = try choice()
        guard take(")") else { throw error("missing )") }
        return node
    }

    /// Reads what follows `(?`: flags for the rest of the enclosing group, or for a group of their own.
    private mutating func flagGroup() throws(PatternError) -> PatternNode? {
        let outer = flags
        var isSet = true
        while let scalar = next, scalar != ")", scalar != ":" {
            switch scalar {
            case "i": flags.ignoresCase = isSet
            case "m": flags.isMultiline = isSet
            case "s": flags.dotMatchesAll = isSet
            case "-": isSet = false
            default: throw error("unknown group (?\(scalar)")
            }
            offset += 1
        }
        if take(")") { return nil }
        guard take(":") else { throw error("missing )") }
        let node = try groupBody()
        flags = outer
        return node
    }

    mutating func reference(toGroupNamed name: String) throws(PatternError) -> PatternNode {
        guard let number = groupNumbers[name] else { throw error("no group before this is named \(name)") }
        return .backReference(number, ignoresCase: flags.ignoresCase)
    }

    mutating func reference(toGroup number: Int) -> PatternNode {
        references.append((number, offset))
        return .backReference(number, ignoresCase: flags.ignoresCase)
    }
}
