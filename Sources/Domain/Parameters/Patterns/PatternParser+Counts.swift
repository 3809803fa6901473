extension PatternParser {
    /// The largest number in a quantifier; what a program may grow to is limited besides.
    private static let mostRepetitions = 1_000_000

    /// Reads a quantifier, if one is next.
    mutating func count() throws(PatternError) -> PatternCount? {
        var count: PatternCount
        if take("*") {
            count = PatternCount(least: 0, most: nil)
        } else if take("+") {
            count = PatternCount(least: 1, most: nil)
        } else if take("?") {
            count = PatternCount(least: 0, most: 1)
        } else if let braces = try bracedCount() {
            count = braces
        } else {
            return nil
        }
        count.isLazy = take("?")
        if next == "*" || next == "+" || next == "?" { throw error("multiple repeat") }
        if try bracedCount() != nil { throw error("multiple repeat") }
        return count
    }

    /// Reads `{n}`, `{n,}` or `{n,m}`. Any other brace stands for itself.
    private mutating func bracedCount() throws(PatternError) -> PatternCount? {
        let start = offset
        guard take("{"), let least = try number() else {
            offset = start
            return nil
        }
        var most: Int? = least
        if take(",") { most = try number() }
        guard take("}") else {
            offset = start
            return nil
        }
        if let most, most < least { throw error("the numbers in {\(least),\(most)} are out of order") }
        return PatternCount(least: least, most: most)
    }

    private mutating func number() throws(PatternError) -> Int? {
        var value: Int?
        while let digit = next?.decimalDigit {
            value = (value ?? 0) * 10 + digit
            offset += 1
            guard (value ?? 0) <= Self.mostRepetitions else {
                throw error("a repetition of more than \(Self.mostRepetitions) times")
            }
        }
        return value
    }
}

extension Unicode.Scalar {
    /// The value of an ASCII digit.
    var decimalDigit: Int? {
        ("0"..."9").contains(self) ? Int(value - 0x30) : nil
    }

    /// The value of an ASCII hexadecimal digit.
    var hexadecimalDigit: UInt32? {
        switch self {
        case "0"..."9": value - 0x30
        case "a"..."f": value - 0x61 + 10
        case "A"..."F": value - 0x41 + 10
        default: nil
        }
    }
}
