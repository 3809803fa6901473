/// A number's worth, without rounding: what `1.50`, `15e-1` and `1.5` have in common.
///
/// Exponents beyond ±2⁵⁹ count as ±2⁵⁹.
public struct ExactDecimal: Sendable, Hashable {
    private let isNegative: Bool
    /// The significant digits, from 0 to 9, neither beginning nor ending with a zero; none for zero.
    private let digits: [UInt8]
    /// Where the decimal point stands, counted from before the first digit.
    private let point: Int

    private static let largestExponent = 1 << 59
    private static let zero = ExactDecimal(isNegative: false, digits: [], point: 0)

    private init(isNegative: Bool, digits: [UInt8], point: Int) {
        self.isNegative = isNegative
        self.digits = digits
        self.point = point
    }

    public init(_ integer: Int64) {
        self.init(lexeme: integer.description)
    }

    public init(_ number: JSONNumber) {
        self.init(lexeme: number.lexeme)
    }

    /// Nil for what is not a number.
    public init?(_ value: JSONValue) {
        switch value {
        case .integer(let integer): self.init(integer)
        case .number(let number): self.init(number)
        default: return nil
        }
    }

    private init(lexeme: String) {
        var digits: [UInt8] = []
        var point = 0
        var isBeforePoint = true
        var rest = lexeme.utf8[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest.removeFirst() }
        while let byte = rest.popFirst(), byte | 0x20 != UInt8(ascii: "e") {
            if byte == UInt8(ascii: ".") {
                isBeforePoint = false
                continue
            }
            let isSignificant = byte != UInt8(ascii: "0") || !digits.isEmpty
            if isSignificant { digits.append(byte - UInt8(ascii: "0")) }
            if isSignificant, isBeforePoint { point += 1 }
            if !isSignificant, !isBeforePoint { point -= 1 }
        }
        point += Self.exponent(rest)
        while digits.last == 0 { digits.removeLast() }
        self = digits.isEmpty ? .zero : ExactDecimal(isNegative: isNegative, digits: digits, point: point)
    }

    private static func exponent(_ text: Substring.UTF8View) -> Int {
        var magnitude = 0
        for byte in text where byte &- UInt8(ascii: "0") < 10 {
            magnitude = min(largestExponent, magnitude * 10 + Int(byte - UInt8(ascii: "0")))
        }
        return text.first == UInt8(ascii: "-") ? -magnitude : magnitude
    }

    public var isZero: Bool { digits.isEmpty }

    public var isPositive: Bool { !isNegative && !isZero }

    /// Whether the number is an integer, as `1.0` and `1e3` are.
    public var isWhole: Bool { digits.isEmpty || point >= digits.count }

    /// How many digits it has without leading and trailing zeros.
    public var significantDigits: Int { digits.count }

    /// The number as an integer, if it is one that fits.
    public var wholeValue: Int64? {
        guard isWhole, point <= 19 else { return nil }
        var value: Int64 = 0
        for place in 0..<max(0, point) {
            let digit = Int64(place < digits.count ? digits[place] : 0)
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, stillTooLarge) = product.subtractingReportingOverflow(digit)
            if tooLarge || stillTooLarge { return nil }
            value = sum
        }
        // Counted downwards, since there is one negative number more.
        return isNegative ? value : Int64(exactly: value.magnitude)
    }

    /// The most significant digits that a divisor may have.
    public static let longestDivisor = 18

    /// Whether this is `divisor` times an integer; nil if the divisor is zero or has more than ``longestDivisor``
    /// significant digits.
    public func isMultiple(of divisor: ExactDecimal) -> Bool? {
        guard !divisor.isZero, divisor.digits.count <= Self.longestDivisor else { return nil }
        if isZero { return true }
        // Both as an integer times a power of ten.
        let zeros = (point - digits.count) - (divisor.point - divisor.digits.count)
        // The last digit is not zero, so the quotient has decimals.
        if zeros < 0 { return false }
        let modulus = divisor.digits.reduce(0 as UInt64) { $0 * 10 + UInt64($1) }
        func next(_ remainder: UInt64, _ digit: UInt8) -> UInt64 {
            let (high, low) = remainder.multipliedFullWidth(by: 10)
            let (sum, carry) = low.addingReportingOverflow(UInt64(digit))
            return modulus.dividingFullWidth((high + (carry ? 1 : 0), sum)).remainder
        }
        var remainder = digits.reduce(0, next)
        // No divisor below 10^18 has a power of two or five in it that 64 zeros do not cover.
        for _ in 0..<min(zeros, 64) { remainder = next(remainder, 0) }
        return remainder == 0
    }

    /// The one value that all spellings of this number share.
    var value: JSONValue {
        if let wholeValue { return .integer(wholeValue) }
        let text = digits.map { String($0) }.joined()
        return .number(JSONNumber(validLexeme: "\(isNegative ? "-" : "")0.\(text)e\(point)"))
    }
}

extension ExactDecimal: Comparable {
    public static func < (left: ExactDecimal, right: ExactDecimal) -> Bool {
        guard left.sign == right.sign else { return left.sign < right.sign }
        return left.isNegative ? right.isSmallerInMagnitude(than: left) : left.isSmallerInMagnitude(than: right)
    }

    private var sign: Int { isZero ? 0 : isNegative ? -1 : 1 }

    private func isSmallerInMagnitude(than other: ExactDecimal) -> Bool {
        point == other.point ? digits.lexicographicallyPrecedes(other.digits) : point < other.point
    }
}

extension JSONValue {
    /// The same value with every number in it spelled in one way, so that `==` and hashing compare by worth.
    public var withUniformNumbers: JSONValue {
        switch self {
        case .number(let number): ExactDecimal(number).value
        case .array(let elements): .array(elements.map(\.withUniformNumbers))
        case .object(let object): .object(JSONObject(object.lazy.map { ($0.key, $0.value.withUniformNumbers) }))
        default: self
        }
    }

    /// Whether both are equal when numbers are compared by their worth: `1` equals `1.0`.
    public func isMathematicallyEqual(to other: JSONValue) -> Bool {
        self == other || withUniformNumbers == other.withUniformNumbers
    }
}
