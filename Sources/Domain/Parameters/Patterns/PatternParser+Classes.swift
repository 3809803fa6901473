extension PatternParser {
    /// Reads an escape whose backslash has been read.
    mutating func escape() throws(PatternError) -> PatternNode {
        guard let scalar = next else { throw error("\\ at the end of the pattern") }
        switch scalar {
        case "b", "B", "A", "Z", "z":
            offset += 1
            return .assertion(Self.assertion(scalar))
        case "1"..."9":
            var number = 0
            while let digit = next?.decimalDigit, number < 1_000 {
                number = number * 10 + digit
                offset += 1
            }
            return reference(toGroup: number)
        case "k":
            offset += 1
            guard take("<") else { throw error("\\k needs a name in <>") }
            return try reference(toGroupNamed: name(endingWith: ">"))
        default:
            return .set(ScalarSet(try members(ofEscape: scalar), ignoresCase: flags.ignoresCase))
        }
    }

    private static func assertion(_ scalar: Unicode.Scalar) -> PatternAssertion {
        switch scalar {
        case "b": .wordBoundary
        case "B": .noWordBoundary
        case "A": .textStart
        default: .textEnd
        }
    }

    /// Reads a class whose opening bracket has been read.
    mutating func characterClass() throws(PatternError) -> ScalarSet {
        let isNegated = take("^")
        var members: [ScalarSet.Member] = []
        while !take("]") {
            let lower = try classMember()
            guard next == "-", offset + 1 < scalars.count, scalars[offset + 1] != "]" else {
                members += lower
                continue
            }
            offset += 1
            let upper = try classMember()
            guard let first = Self.single(lower), let last = Self.single(upper) else {
                // One end is a class such as \d: the hyphen stands for itself.
                members += lower + [.range(0x2d...0x2d)] + upper
                continue
            }
            guard first <= last else { throw error("a range in a class is out of order") }
            members.append(.range(first...last))
        }
        return ScalarSet(members, isNegated: isNegated, ignoresCase: flags.ignoresCase)
    }

    private mutating func classMember() throws(PatternError) -> [ScalarSet.Member] {
        guard let scalar = next else { throw error("missing ]") }
        offset += 1
        guard scalar == "\\" else { return [.range(scalar.value...scalar.value)] }
        guard let escaped = next else { throw error("\\ at the end of the pattern") }
        if escaped == "b" {
            offset += 1
            return [.range(0x08...0x08)]
        }
        return try members(ofEscape: escaped)
    }

    private static func single(_ members: [ScalarSet.Member]) -> UInt32? {
        guard members.count == 1, case .range(let range) = members[0], range.count == 1 else { return nil }
        return range.lowerBound
    }

    /// Reads an escape that stands for one scalar out of some.
    private mutating func members(ofEscape scalar: Unicode.Scalar) throws(PatternError) -> [ScalarSet.Member] {
        offset += 1
        switch scalar {
        case "d": return ScalarSet.digits
        case "D": return ScalarSet.nonDigits
        case "w": return ScalarSet.wordCharacters
        case "W": return ScalarSet.nonWordCharacters
        case "s": return ScalarSet.whitespace
        case "S": return ScalarSet.nonWhitespace
        case "p", "P": return [.property(try property(), isNegated: scalar == "P")]
        default:
            let value = try value(ofEscape: scalar)
            return [.range(value...value)]
        }
    }

    private mutating func property() throws(PatternError) -> ScalarProperty {
        guard take("{") else { throw error("\\p needs a name in {}") }
        let name = try name(endingWith: "}")
        guard let property = ScalarProperty(name: name) else { throw error("unknown property \\p{\(name)}") }
        return property
    }

    private mutating func value(ofEscape scalar: Unicode.Scalar) throws(PatternError) -> UInt32 {
        switch scalar {
        case "t": return 0x09
        case "n": return 0x0a
        case "v": return 0x0b
        case "f": return 0x0c
        case "r": return 0x0d
        case "0" where next?.decimalDigit == nil: return 0
        case "x": return try hexadecimal(digits: 2)
        case "u": return try codePoint()
        case "c":
            guard let letter = next, letter.isASCII, letter.properties.isAlphabetic else {
                throw error("\\c needs a letter")
            }
            offset += 1
            return letter.value % 32
        case _ where scalar.isASCII && (scalar.properties.isAlphabetic || scalar.decimalDigit != nil):
            offset -= 1
            throw error("unknown escape \\\(scalar)")
        default: return scalar.value
        }
    }

    /// Reads what follows `\u`: four digits, two such escapes that make a surrogate pair, or digits in braces.
    private mutating func codePoint() throws(PatternError) -> UInt32 {
        if take("{") {
            var value: UInt32 = 0
            let start = offset
            while let digit = next?.hexadecimalDigit, value <= 0x10ffff {
                value = value * 16 + digit
                offset += 1
            }
            guard offset > start, take("}"), value <= 0x10ffff else { throw error("\\u{} needs a code point") }
            return value
        }
        let first = try hexadecimal(digits: 4)
        let afterFirst = offset
        guard (0xd800...0xdbff).contains(first), take("\\u"), next != "{" else {
            offset = afterFirst
            return first
        }
        let second = try hexadecimal(digits: 4)
        guard (0xdc00...0xdfff).contains(second) else {
            offset = afterFirst
            return first
        }
        return 0x10000 + (first - 0xd800) << 10 + (second - 0xdc00)
    }

    private mutating func hexadecimal(digits: Int) throws(PatternError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let digit = next?.hexadecimalDigit else { throw error("\(digits) hexadecimal digits are missing") }
            value = value * 16 + digit
            offset += 1
        }
        return value
    }
}
