extension Lexer {
    /// One token of an expression. `open` are the brackets that are still to be closed by what they hold.
    mutating func operand(open: inout [Symbol]) throws(TemplateError) {
        let scalar = scalars[position]
        if scalar.isDigit {
            try number()
        } else if scalar.isWordPart {
            try name()
        } else if scalar == "'" || scalar == "\"" {
            try string(endingWith: scalar)
        } else {
            try symbol(open: &open)
        }
    }

    private mutating func name() throws(TemplateError) {
        var end = position
        while end < scalars.count, scalars[end].isWordPart { end += 1 }
        let properties = scalars[position].properties
        guard scalars[position] == "_" || properties.isXIDStart,
            scalars[position..<end].allSatisfy({ $0.properties.isXIDContinue })
        else { throw failure("a character that no name may have") }
        append(.name(String(scalars[position..<end])))
        advance(to: end)
    }

    private mutating func symbol(open: inout [Symbol]) throws(TemplateError) {
        let long = String(scalars[position..<min(position + 2, scalars.count)])
        guard let symbol = Symbol(rawValue: long) ?? Symbol(rawValue: String(scalars[position])) else {
            throw failure("unexpected character '\(scalars[position])'")
        }
        if let closing = symbol.closing { open.append(closing) }
        if symbol.isClosing, open.popLast() != symbol { throw failure("unexpected '\(symbol.rawValue)'") }
        append(.symbol(symbol))
        advance(to: position + symbol.rawValue.utf8.count)
    }

    /// The end of a run of digits that underscores may part, beginning at `place`.
    private func endOfDigits(at place: Int, _ isDigit: (Unicode.Scalar) -> Bool = \.isDigit) -> Int {
        var end = place
        while end < scalars.count {
            let isParted = scalars[end] == "_" && end > place && end + 1 < scalars.count && isDigit(scalars[end + 1])
            guard isDigit(scalars[end]) || isParted else { break }
            end += 1
        }
        return end
    }

    private func digits(_ range: Range<Int>) -> String {
        String(scalars[range].filter { $0 != "_" })
    }

    private mutating func number() throws(TemplateError) {
        if try numberWithRadix() { return }
        let whole = endOfDigits(at: position)
        let follows = position > 0 && scalars[position - 1] == "."
        let end = follows ? whole : endOfFraction(after: whole)
        if end > whole {
            guard let value = Double(digits(position..<end)) else { throw failure("not a number") }
            append(.float(value))
            return advance(to: end)
        }
        // As in Python, nothing but zeros may follow a zero.
        let isZero = scalars[position] == "0"
        let last = isZero ? endOfDigits(at: position) { $0 == "0" } : whole
        guard let value = Int128(digits(position..<last)) else { throw failure("a number that is too large") }
        append(.integer(value))
        advance(to: last)
    }

    private mutating func numberWithRadix() throws(TemplateError) -> Bool {
        guard scalars[position] == "0", position + 1 < scalars.count else { return false }
        let radix: Int
        switch scalars[position + 1] {
        case "b", "B": radix = 2
        case "o", "O": radix = 8
        case "x", "X": radix = 16
        default: return false
        }
        let end = endOfDigits(at: position + 2) { Character($0).hexDigitValue.map { $0 < radix } ?? false }
        guard end > position + 2 else { return false }
        guard let value = Int128(digits(position + 2..<end), radix: radix) else {
            throw failure("a number that is too large")
        }
        append(.integer(value))
        advance(to: end)
        return true
    }

    /// Where a fraction and an exponent end that may follow the digits before `whole`; `whole` if none does.
    private func endOfFraction(after whole: Int) -> Int {
        var end = whole
        if whole + 1 < scalars.count, scalars[whole] == ".", scalars[whole + 1].isDigit {
            end = endOfDigits(at: whole + 1)
        }
        guard end < scalars.count, scalars[end] == "e" || scalars[end] == "E" else { return end }
        var exponent = end + 1
        if exponent < scalars.count, scalars[exponent] == "+" || scalars[exponent] == "-" { exponent += 1 }
        let last = endOfDigits(at: exponent)
        return last > exponent ? last : end
    }
}
