/// Finds what somebody meant who mistyped a name.
public enum NearestName {
    /// The name among `candidates` that is nearest to `name`; nothing if none is near enough to be what was meant.
    public static func to(_ name: String, among candidates: some Sequence<String>) -> String? {
        let wanted = Array(name.lowercased().prefix(longest))
        var best: (distance: Int, name: String)?
        for candidate in candidates {
            let letters = Array(candidate.lowercased().prefix(longest))
            let distance = distance(wanted, letters)
            guard distance <= max(1, max(wanted.count, letters.count) / 3) else { continue }
            if let best, best.distance <= distance { continue }
            best = (distance, candidate)
        }
        return best?.name ?? completion(of: name, among: candidates)
    }

    /// What was cut short: the one candidate that begins so.
    private static func completion(of name: String, among candidates: some Sequence<String>) -> String? {
        guard name.count >= 3 else { return nil }
        let longer = candidates.filter { $0.lowercased().hasPrefix(name.lowercased()) }
        return longer.count == 1 ? longer.first : nil
    }

    /// A sentence for the end of a message: `; did you mean 'x'?`, or the choices if there are few, or nothing.
    public static func hint(for name: String, among candidates: [String], choices: Int = 12) -> String {
        if let nearest = to(name, among: candidates) { return "; did you mean '\(nearest)'?" }
        guard !candidates.isEmpty, candidates.count <= choices else { return "" }
        return "; there \(candidates.count == 1 ? "is" : "are") \(candidates.joined(separator: ", "))"
    }

    /// Longer names are compared by their beginnings, so that the time stays small.
    private static let longest = 100

    /// Insertions, deletions, replacements and swaps of neighbours that lead from one to the other (the restricted
    /// Damerau-Levenshtein distance).
    static func distance<Element: Equatable>(_ left: [Element], _ right: [Element]) -> Int {
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 1...left.count {
            var next = [row]
            for column in 1...right.count {
                let isSame = left[row - 1] == right[column - 1]
                var cost = min(last[column] + 1, next[column - 1] + 1, last[column - 1] + (isSame ? 0 : 1))
                let isSwap =
                    row > 1 && column > 1 && left[row - 1] == right[column - 2] && left[row - 2] == right[column - 1]
                if isSwap { cost = min(cost, beforeLast[column - 2] + 1) }
                next.append(cost)
            }
            (beforeLast, last) = (last, next)
        }
        return last[right.count]
    }
}
