/// How a value is to be written in a format: Python's format specification, of which the older one is a part.
struct FormatField {
    var fill: Unicode.Scalar = " "
    /// `<`, `>`, `^`, or `=` for between the sign and the digits; nil for what is usual for the value.
    var alignment: Unicode.Scalar?
    /// What stands before numbers that are not negative: `+`, a blank, or nothing.
    var plus = ""
    var isAlternate = false
    /// What parts thousands.
    var separator = ""
    var width = 0
    var precision: Int?
    /// The letter that says how.
    var kind: Unicode.Scalar = " "

    /// The widest field and the most decimals.
    static let greatestSize = 10_000
}

extension Evaluation {
    /// Text in its field.
    mutating func formatted(_ text: String, in field: FormatField) throws(TemplateError) -> String {
        let part = field.precision.map { String(text.unicodeScalars.prefix($0)) } ?? text
        return try padded(part, sign: "", in: field, usually: "<")
    }

    /// A number in its field.
    mutating func formatted(_ number: Value, in field: FormatField) throws(TemplateError) -> String {
        try spend(400 + (field.precision ?? 0))
        let digits: DecimalDigits
        if let integer = number.integer {
            digits = DecimalDigits(integer)
            if ["d", "x", "X", "o", "b", "c"].contains(field.kind) { return try formatted(integer, in: field) }
        } else if case .float(let float) = number {
            guard float.isFinite else {
                return try padded(float.magnitude.pythonText, sign: float < 0 ? "-" : field.plus, in: field)
            }
            digits = DecimalDigits(float)
        } else {
            throw noNumber(number)
        }
        let isLarge = field.kind.properties.isUppercase
        let text = try self.text(of: digits, field)
        return try padded(
            isLarge ? text.uppercased() : text, sign: digits.isNegative ? "-" : field.plus, in: field)
    }

    private func text(of digits: DecimalDigits, _ field: FormatField) throws(TemplateError) -> String {
        let precision = field.precision ?? 6
        switch field.kind {
        case "f", "F": return digits.fixedText(decimals: precision)
        case "e", "E": return digits.exponentText(decimals: precision)
        case "g", "G", "n": return digits.generalText(digits: precision, keepsZeros: field.isAlternate)
        case "%":
            return digits.movingPoint(by: 2).fixedText(decimals: precision) + "%"
        default: throw failure("unknown format '\(field.kind)' for a number")
        }
    }

    private mutating func formatted(_ integer: Int128, in field: FormatField) throws(TemplateError) -> String {
        let sign = integer < 0 ? "-" : field.plus
        let magnitude = integer.magnitude
        let text: String
        switch field.kind {
        case "x": text = (field.isAlternate ? "0x" : "") + String(magnitude, radix: 16)
        case "X": text = (field.isAlternate ? "0X" : "") + String(magnitude, radix: 16, uppercase: true)
        case "o": text = (field.isAlternate ? "0o" : "") + String(magnitude, radix: 8)
        case "b": text = (field.isAlternate ? "0b" : "") + String(magnitude, radix: 2)
        case "c":
            guard let scalar = UInt32(exactly: integer).flatMap(Unicode.Scalar.init) else {
                throw failure("a number that is no character")
            }
            return try padded(String(scalar), sign: "", in: field, usually: "<")
        default: text = magnitude.description
        }
        return try padded(text, sign: sign, in: field)
    }

    private mutating func padded(
        _ text: String, sign: String, in field: FormatField, usually: Unicode.Scalar = ">"
    ) throws(TemplateError) -> String {
        let text = field.separator.isEmpty ? text : text.withThousands(parted: field.separator)
        let missing = max(0, field.width - text.unicodeScalars.count - sign.utf8.count)
        switch field.alignment ?? usually {
        case "<": return try padded(sign + text, left: 0, right: missing, with: field.fill)
        case "^": return try padded(sign + text, left: missing / 2, right: missing - missing / 2, with: field.fill)
        case "=": return sign + (try padded(text, left: missing, right: 0, with: field.fill))
        default: return try padded(sign + text, left: missing, right: 0, with: field.fill)
        }
    }
}

extension String {
    /// With a separator between every three digits before the decimal point.
    fileprivate func withThousands(parted separator: String) -> String {
        let digits = unicodeScalars.prefix(while: \.isDigit)
        var parted = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { parted += separator }
            parted.unicodeScalars.append(digit)
        }
        return parted + String(unicodeScalars.dropFirst(digits.count))
    }
}
