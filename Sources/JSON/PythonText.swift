extension JSONValue {
    /// The text that Python's `json.dumps(value, sort_keys=True)` makes of what its `json.loads` has read: with a blank
    /// after commas and colons, keys in the order of their code points, nothing but ASCII, and numbers as Python spells
    /// them. Some checksums are taken of it.
    public var pythonText: String {
        var bytes: [UInt8] = []
        writePython(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func writePython(into bytes: inout [UInt8]) {
        switch self {
        case .number(let number): bytes.append(contentsOf: number.pythonText.utf8)
        case .string(let string): bytes.appendASCIIQuoted(string)
        case .array(let elements):
            bytes.appendJoined(elements, between: "[", "]") { $1.writePython(into: &$0) }
        case .object(let object):
            let members = object.sorted { $0.key.precedesInCodePoints($1.key) }
            bytes.appendJoined(members, between: "{", "}") { bytes, member in
                bytes.appendASCIIQuoted(member.key)
                bytes.append(contentsOf: ": ".utf8)
                member.value.writePython(into: &bytes)
            }
        case .null, .bool, .integer: write(into: &bytes)
        }
    }
}

extension JSONNumber {
    /// The number as Python spells it: one without point and exponent is an `int`, and any other a `float`.
    fileprivate var pythonText: String {
        guard lexeme.utf8.contains(where: { ".eE".utf8.contains($0) }) else { return lexeme == "-0" ? "0" : lexeme }
        let value = doubleValue
        guard value.isFinite else { return value < 0 ? "-Infinity" : "Infinity" }
        return Self.pythonText(value)
    }

    /// Python's `repr`: the shortest digits that read back as the same number, which Swift finds too, but with an
    /// exponent below 1e-4 and from 1e16 on.
    private static func pythonText(_ value: Double) -> String {
        let parts = value.magnitude.description.split(separator: "e")
        let sign = value.sign == .minus ? "-" : ""
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let whole = mantissa[0]
        let fraction = mantissa.count > 1 ? mantissa[1] : ""
        let written = Array(whole + fraction)
        let zeros = written.prefix { $0 == "0" }.count
        guard zeros < written.count else { return sign + "0.0" }
        var digits = written.dropFirst(zeros)
        while digits.last == "0" { digits.removeLast() }
        // Where the point stands, counted from before the first digit.
        let point = whole.count - zeros + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        return sign + pythonText(String(digits), point: point)
    }

    private static func pythonText(_ digits: String, point: Int) -> String {
        guard (-3...16).contains(point) else {
            let exponent = point - 1
            let rest = digits.count > 1 ? ".\(digits.dropFirst())" : ""
            let magnitude = String(exponent.magnitude)
            let padding = magnitude.count < 2 ? "0" : ""
            return "\(digits.prefix(1))\(rest)e\(exponent < 0 ? "-" : "+")\(padding)\(magnitude)"
        }
        if point <= 0 { return "0.\(String(repeating: "0", count: -point))\(digits)" }
        guard point < digits.count else {
            return digits + String(repeating: "0", count: point - digits.count) + ".0"
        }
        return "\(digits.prefix(point)).\(digits.dropFirst(point))"
    }
}

extension [UInt8] {
    fileprivate mutating func appendJoined<Value>(
        _ elements: [Value], between open: StaticString, _ close: StaticString,
        _ write: (inout [UInt8], Value) -> Void
    ) {
        append(contentsOf: "\(open)".utf8)
        for (index, element) in elements.enumerated() {
            if index > 0 { append(contentsOf: ", ".utf8) }
            write(&self, element)
        }
        append(contentsOf: "\(close)".utf8)
    }

    /// What is not printable ASCII is escaped, code points beyond the first plane as two surrogates.
    fileprivate mutating func appendASCIIQuoted(_ string: String) {
        append(UInt8(ascii: "\""))
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": append(contentsOf: "\\\"".utf8)
            case "\\": append(contentsOf: "\\\\".utf8)
            case "\u{8}": append(contentsOf: "\\b".utf8)
            case "\u{c}": append(contentsOf: "\\f".utf8)
            case "\n": append(contentsOf: "\\n".utf8)
            case "\r": append(contentsOf: "\\r".utf8)
            case "\t": append(contentsOf: "\\t".utf8)
            case " "..."~": append(UInt8(truncatingIfNeeded: scalar.value))
            default:
                for unit in String(scalar).utf16 { appendEscaped(unit) }
            }
        }
        append(UInt8(ascii: "\""))
    }

    private mutating func appendEscaped(_ unit: UInt16) {
        let digits = String(unit, radix: 16)
        append(contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
    }
}
