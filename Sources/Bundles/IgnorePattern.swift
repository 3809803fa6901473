/// One line of an ignore file.
struct IgnorePattern {
    /// A name of the pattern, or the `**` that stands for any number of names.
    private enum Segment {
        case anyNames
        case name([GlobToken])
    }

    let isNegated: Bool
    private let isForFolders: Bool
    private var segments: [Segment] = []

    /// nil for a comment, and for what can match nothing: an empty line, a class that is never closed.
    init?(_ line: String.UnicodeScalarView.SubSequence) {
        guard line.first != "#" else { return nil }
        var rest = Self.withoutTrailingBlanks(line)
        isNegated = rest.first == "!"
        if isNegated { rest.removeFirst() }
        isForFolders = rest.last == "/"
        if isForFolders { rest.removeLast() }
        guard !rest.isEmpty else { return nil }
        if !rest.contains("/") { segments.append(.anyNames) }
        if rest.first == "/" { rest.removeFirst() }

        guard let tokens = GlobToken.parse(rest) else { return nil }
        for part in tokens.split(separator: .slash, omittingEmptySubsequences: false) {
            guard !part.isEmpty else { return nil }
            let isAnyNames = part.count >= 2 && part.allSatisfy { $0 == .anyRun }
            segments.append(isAnyNames ? .anyNames : .name(Array(part)))
        }
        // "folder/**" is what is in the folder, not the folder itself.
        if case .anyNames = segments.last { segments.append(.name([.anyRun])) }
    }

    func matches(_ names: [String], isFolder: Bool) -> Bool {
        guard isFolder || !isForFolders else { return false }
        return globMatches(segments, names) { segment in
            if case .anyNames = segment { true } else { false }
        } matches: { segment, name in
            guard case .name(let tokens) = segment else { return false }
            return globMatches(tokens, Array(name.unicodeScalars)) {
                $0 == .anyRun
            } matches: {
                $0.matches($1)
            }
        }
    }

    /// Blanks at the end do not count unless a backslash stands before them.
    private static func withoutTrailingBlanks(
        _ line: String.UnicodeScalarView.SubSequence
    ) -> String.UnicodeScalarView.SubSequence {
        var end = line.startIndex
        var isEscaped = false
        for index in line.indices {
            if line[index] != " " || isEscaped { end = line.index(after: index) }
            isEscaped = line[index] == "\\" && !isEscaped
        }
        return line[..<end]
    }
}

/// Matches a sequence against a pattern in which some elements stand for a run of any length, and each other one for
/// one element. Going back to the last run is enough, so the time is at most the product of the lengths.
private func globMatches<Pattern, Element>(
    _ pattern: [Pattern], _ elements: [Element], isRun: (Pattern) -> Bool, matches: (Pattern, Element) -> Bool
) -> Bool {
    var (at, next) = (0, 0)
    var lastRun: (pattern: Int, element: Int)?
    while next < elements.count {
        if at < pattern.count, isRun(pattern[at]) {
            lastRun = (at, next)
            at += 1
        } else if at < pattern.count, matches(pattern[at], elements[next]) {
            at += 1
            next += 1
        } else if let run = lastRun {
            lastRun = (run.pattern, run.element + 1)
            (at, next) = (run.pattern + 1, run.element + 1)
        } else {
            return false
        }
    }
    return pattern[at...].allSatisfy(isRun)
}
