import JSON

/// What a scalar without quotes means, by YAML 1.2's core schema. Where YAML 1.1 read it otherwise, so that people and
/// tools disagree, it is refused instead of guessed.
enum PlainScalar: Equatable {
    case value(JSONValue)
    /// - Parameter remedy: what to write instead.
    case ambiguous(remedy: String)

    init(_ text: String) {
        switch text {
        case "", "~", "null", "Null", "NULL": self = .value(.null)
        case "true", "True", "TRUE": self = .value(true)
        case "false", "False", "FALSE": self = .value(false)
        default: self = Self.number(text) ?? Self.trap(text) ?? .value(.string(text))
        }
    }

    /// Spellings that are a boolean or a number to some readers of YAML, and a text to others.
    private static func trap(_ text: String) -> PlainScalar? {
        let bytes = Array(text.utf8)
        switch text.lowercased() {
        case "yes", "on", "y": return .ambiguous(remedy: "write true, or '\(text)' in quotes for the text")
        case "no", "off", "n": return .ambiguous(remedy: "write false, or '\(text)' in quotes for the text")
        case ".inf", "+.inf", "-.inf", ".nan":
            return .ambiguous(remedy: "JSON has no such number; put it in quotes for the text")
        default: break
        }
        guard let first = bytes.first, isDigit(first) || first == UInt8(ascii: "-") || first == UInt8(ascii: "+") else {
            return nil
        }
        let rest = isDigit(first) ? bytes[...] : bytes.dropFirst()
        guard let digit = rest.first, isDigit(digit) else { return nil }
        if rest.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: "_") }), bytes.contains(UInt8(ascii: "_")) {
            return .ambiguous(remedy: "write the number without '_', or put it in quotes for the text")
        }
        if rest.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: ":") }), bytes.contains(UInt8(ascii: ":")) {
            return .ambiguous(remedy: "some tools read it in base 60; put it in quotes for the text")
        }
        return nil
    }

    private static func number(_ text: String) -> PlainScalar? {
        let isNegative = text.hasPrefix("-")
        var digits = text[...].utf8
        if isNegative || text.hasPrefix("+") { digits = digits.dropFirst() }
        guard let first = digits.first, isDigit(first) || first == UInt8(ascii: ".") else { return nil }
        if first == UInt8(ascii: "0"), digits.count > 1, digits.allSatisfy(isDigit) {
            return .ambiguous(
                remedy: "some tools read it in base 8; write it without the leading zero, with 0o for base 8, "
                    + "or in quotes for the text")
        }
        if let value = based(digits) { return isNegative || text.hasPrefix("+") ? nil : .value(value) }
        return decimal(String(Substring(digits)), isNegative: isNegative).map { .value($0) }
    }

    /// `0x1F`, `0o17`
    private static func based(_ digits: Substring.UTF8View) -> JSONValue? {
        let text = String(Substring(digits))
        let radix: Int? = text.hasPrefix("0x") ? 16 : text.hasPrefix("0o") ? 8 : nil
        guard let radix, !text.dropFirst(2).hasPrefix("-"), !text.dropFirst(2).hasPrefix("+") else { return nil }
        return UInt64(text.dropFirst(2), radix: radix).map { JSONValue($0) }
    }

    /// YAML lets out zeros that JSON wants: `.5`, `5.`
    private static func decimal(_ text: String, isNegative: Bool) -> JSONValue? {
        guard text.utf8.contains(where: isDigit) else { return nil }
        var lexeme = text.hasPrefix(".") ? "0\(text)" : text
        if lexeme.hasSuffix(".") { lexeme += "0" }
        if let point = lexeme.firstRange(of: ".e") ?? lexeme.firstRange(of: ".E") {
            lexeme.replaceSubrange(point, with: ".0e")
        }
        return JSONValue(numberLexeme: isNegative ? "-\(lexeme)" : lexeme)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}
