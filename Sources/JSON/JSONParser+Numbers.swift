extension JSONParser {
    mutating func number() throws(JSONError) -> JSONValue {
        let start = offset
        let isNegative = take(UInt8(ascii: "-"))
        let whole = try wholePart()
        let hasFraction = try fraction()
        let hasExponent = try exponent()
        guard offset - start <= limits.numberLength else {
            offset = start
            throw fault(.numberTooLong(limit: limits.numberLength))
        }
        if !hasFraction, !hasExponent, let integer = whole.flatMap({ Self.signed($0, isNegative: isNegative) }) {
            return .integer(integer)
        }
        let lexeme = UnsafeBufferPointer(rebasing: bytes[start..<offset])
        return .number(JSONNumber(validLexeme: String(decoding: lexeme, as: UTF8.self)))
    }

    /// The digits before a fraction, as a number if they fit.
    private mutating func wholePart() throws(JSONError) -> UInt64? {
        if take(UInt8(ascii: "0")) { return 0 }
        let start = offset
        var value: UInt64 = 0
        var overflows = false
        while offset < bytes.count, case let digit = bytes[offset] &- UInt8(ascii: "0"), digit < 10 {
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, stillTooLarge) = product.addingReportingOverflow(UInt64(digit))
            overflows = overflows || tooLarge || stillTooLarge
            value = sum
            offset += 1
        }
        if offset == start { throw unexpected(expecting: "a digit") }
        return overflows ? nil : value
    }

    private mutating func fraction() throws(JSONError) -> Bool {
        guard take(UInt8(ascii: ".")) else { return false }
        try digits()
        return true
    }

    private mutating func exponent() throws(JSONError) -> Bool {
        guard take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) else { return false }
        if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
        try digits()
        return true
    }

    private mutating func digits() throws(JSONError) {
        let start = offset
        while offset < bytes.count, bytes[offset] &- UInt8(ascii: "0") < 10 { offset += 1 }
        if offset == start { throw unexpected(expecting: "a digit") }
    }

    /// Nil for what an `Int64` cannot hold; negative zero is one such.
    private static func signed(_ magnitude: UInt64, isNegative: Bool) -> Int64? {
        guard isNegative else { return Int64(exactly: magnitude) }
        guard magnitude != 0, magnitude <= Int64.min.magnitude else { return nil }
        return Int64(truncatingIfNeeded: 0 &- magnitude)
    }
}
