import JSON

/// Values as Python's `repr` spells them: the reasons of a refusal do so, as those of Prefect's server do.
struct PythonSpelling {
    /// Longer spellings are cut, so that a refusal does not repeat a megabyte.
    private static let longest = 2_000

    private let limit: Int
    private(set) var text = ""
    private var isFull: Bool { text.utf8.count >= limit }

    private init(limit: Int) { self.limit = limit }

    static func of(_ value: JSONValue) -> String {
        var spelling = PythonSpelling(limit: longest)
        spelling.append(value)
        return spelling.isFull ? spelling.text + "…" : spelling.text
    }

    /// The same, however long it is.
    static func whole(_ value: JSONValue) -> String {
        var spelling = PythonSpelling(limit: .max)
        spelling.append(value)
        return spelling.text
    }

    static func of(_ string: String) -> String { of(.string(string)) }

    private mutating func append(_ value: JSONValue) {
        guard !isFull else { return }
        switch value {
        case .null: text += "None"
        case .bool(let bool): text += bool ? "True" : "False"
        case .integer(let integer): text += integer.description
        case .number(let number): text += Self.spelling(of: number)
        case .string(let string): append(string)
        case .array(let elements):
            text += "["
            for (place, element) in elements.enumerated() where !isFull {
                if place > 0 { text += ", " }
                append(element)
            }
            text += "]"
        case .object(let object):
            text += "{"
            for (place, member) in object.enumerated() where !isFull {
                if place > 0 { text += ", " }
                append(member.key)
                text += ": "
                append(member.value)
            }
            text += "}"
        }
    }

    private mutating func append(_ string: String) {
        let hasOnlySingleQuotes = string.utf8.contains(UInt8(ascii: "'")) && !string.utf8.contains(UInt8(ascii: "\""))
        let quote: Unicode.Scalar = hasOnlySingleQuotes ? "\"" : "'"
        text.unicodeScalars.append(quote)
        for scalar in string.unicodeScalars {
            guard !isFull else { break }
            switch scalar {
            case quote, "\\": text += "\\\(scalar)"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.isPrintable: text.unicodeScalars.append(scalar)
            default: text += Self.escape(of: scalar)
            }
        }
        text.unicodeScalars.append(quote)
    }

    private static func escape(of scalar: Unicode.Scalar) -> String {
        let (mark, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
        let digits = String(scalar.value, radix: 16)
        return "\\" + mark + String(repeating: "0", count: width - digits.count) + digits
    }

    /// Python reads a number with a fraction or an exponent as a float, and writes that in its shortest spelling.
    private static func spelling(of number: JSONNumber) -> String {
        guard number.lexeme.utf8.contains(where: { ".eE".utf8.contains($0) }) else {
            return number.lexeme == "-0" ? "0" : number.lexeme
        }
        let double = number.doubleValue
        guard double.isFinite else { return double < 0 ? "-inf" : "inf" }
        let text = double.description
        // Swift goes over to exponents at 2^54, Python at 10^16.
        guard double.magnitude >= 1e16, !text.contains("e") else { return text }
        let digits = text.drop { $0 == "-" }.prefix { $0 != "." }
        var fraction = digits.dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        let sign = double < 0 ? "-" : ""
        return "\(sign)\(digits.prefix(1))\(fraction.isEmpty ? "" : ".")\(fraction)e+\(digits.count - 1)"
    }
}

extension Unicode.Scalar {
    /// As Python's `str.isprintable` has it.
    fileprivate var isPrintable: Bool {
        if isASCII { return (0x20...0x7e).contains(value) }
        return switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: self == " "
        default: true
        }
    }
}
