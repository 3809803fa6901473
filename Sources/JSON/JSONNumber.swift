/// A number that is not a plain `Int64`: with a fraction, an exponent, a negative zero, or very many digits.
///
/// It keeps its spelling, so that what was read as `1.0` or `0.10` is written back the same.
/// Made by parsing, or by ``JSONValue/init(numberLexeme:)`` and ``JSONValue/init(_:)-(Double)``.
public struct JSONNumber: Sendable, Hashable {
    /// The number as it was written, valid by RFC 8259's grammar.
    public let lexeme: String

    init(validLexeme: String) {
        lexeme = validLexeme
    }

    /// The nearest `Double`; infinite if the number is too large for one.
    public var doubleValue: Double {
        // Every number of JSON's grammar is one of Swift's.
        Double(lexeme) ?? .nan
    }
}

extension JSONValue {
    /// The number spelled by `lexeme`; nil unless it is one number by JSON's grammar and nothing else.
    public init?(numberLexeme lexeme: String) {
        // The parser would step over white space around the number.
        guard lexeme.utf8.allSatisfy({ $0 > 0x20 }), let value = try? JSONValue(parsing: lexeme), value.isNumber
        else { return nil }
        self = value
    }
}
