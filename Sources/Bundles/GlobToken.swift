/// What a pattern consists of: the wildcards of gitignore(5), read as git's own matcher reads them.
enum GlobToken: Equatable {
    case one(Unicode.Scalar)
    case anyOne
    case anyRun
    case slash
    case anyOf([ClosedRange<Unicode.Scalar>], isNegated: Bool)

    func matches(_ scalar: Unicode.Scalar) -> Bool {
        switch self {
        case .one(let own): own == scalar
        case .anyOne: true
        case .anyRun, .slash: false
        case .anyOf(let ranges, let isNegated): ranges.contains { $0.contains(scalar) } != isNegated
        }
    }

    /// nil for a pattern that can match nothing: a class without an end, a backslash with nothing behind it.
    static func parse(_ text: some Collection<Unicode.Scalar>) -> [GlobToken]? {
        var rest = Array(text)[...]
        var tokens: [GlobToken] = []
        while let scalar = rest.popFirst() {
            switch scalar {
            case "*": tokens.append(.anyRun)
            case "?": tokens.append(.anyOne)
            case "/": tokens.append(.slash)
            case "[":
                guard let token = parseClass(&rest) else { return nil }
                tokens.append(token)
            case "\\":
                guard let escaped = rest.popFirst() else { return nil }
                tokens.append(escaped == "/" ? .slash : .one(escaped))
            default: tokens.append(.one(scalar))
            }
        }
        return tokens
    }

    /// What follows a `[`. A `]` in the first place is a member.
    private static func parseClass(_ rest: inout ArraySlice<Unicode.Scalar>) -> GlobToken? {
        let isNegated = rest.first == "!" || rest.first == "^"
        if isNegated { rest.removeFirst() }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        var isFirst = true
        while let scalar = rest.popFirst() {
            if scalar == "]", !isFirst { return .anyOf(ranges, isNegated: isNegated) }
            isFirst = false
            if scalar == "[", rest.first == ":", let close = rest.firstIndex(of: "]") {
                if rest[close - 1] == ":", close - rest.startIndex >= 2 {
                    let name = String(String.UnicodeScalarView(rest[(rest.startIndex + 1)..<(close - 1)]))
                    guard let named = namedClasses[name] else { return nil }
                    ranges += named
                    rest = rest[(close + 1)...]
                    continue
                }
            }
            guard let range = parseRange(from: scalar, &rest) else { return nil }
            ranges += range
        }
        return nil
    }

    /// One member, or a range such as `a-z`.
    private static func parseRange(
        from scalar: Unicode.Scalar, _ rest: inout ArraySlice<Unicode.Scalar>
    ) -> [ClosedRange<Unicode.Scalar>]? {
        guard let low = scalar == "\\" ? rest.popFirst() : scalar else { return nil }
        guard rest.first == "-", let next = rest.dropFirst().first, next != "]" else { return [low...low] }
        rest.removeFirst(2)
        guard let high = next == "\\" ? rest.popFirst() : next else { return nil }
        // Git counts the lower end as a member even then.
        return low <= high ? [low...high] : [low...low]
    }

    /// POSIX's classes for ASCII.
    private static let namedClasses: [String: [ClosedRange<Unicode.Scalar>]] = [
        "alnum": ["0"..."9", "A"..."Z", "a"..."z"],
        "alpha": ["A"..."Z", "a"..."z"],
        "blank": [" "..." ", "\t"..."\t"],
        "cntrl": ["\u{0}"..."\u{1F}", "\u{7F}"..."\u{7F}"],
        "digit": ["0"..."9"],
        "graph": ["!"..."~"],
        "lower": ["a"..."z"],
        "print": [" "..."~"],
        "punct": ["!"..."/", ":"..."@", "["..."`", "{"..."~"],
        "space": [" "..." ", "\t"..."\r"],
        "upper": ["A"..."Z"],
        "xdigit": ["0"..."9", "A"..."F", "a"..."f"],
    ]
}
