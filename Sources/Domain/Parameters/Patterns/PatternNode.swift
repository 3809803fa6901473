/// A pattern as it is read: what the parser hands to the compiler.
indirect enum PatternNode: Sendable {
    case set(ScalarSet)
    case sequence([PatternNode])
    case choice([PatternNode])
    case repetition(PatternNode, PatternCount)
    /// A group whose match a back reference may name by its number, from 1.
    case group(PatternNode, number: Int)
    /// What the group of that number matched last; nothing if it did not match.
    case backReference(Int, ignoresCase: Bool)
    case assertion(PatternAssertion)
    case look(PatternNode, isBehind: Bool, isNegated: Bool)
}

struct PatternCount: Sendable, Hashable {
    var least: Int
    /// Nil for any number.
    var most: Int?
    var isLazy = false
}

/// What holds or not between two scalars.
enum PatternAssertion: Sendable, Hashable {
    case textStart, textEnd, lineStart, lineEnd, wordBoundary, noWordBoundary
}
