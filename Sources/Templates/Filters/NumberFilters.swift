extension Routine {
    static let numberFilters: [String: Routine] = [
        "abs": Routine { evaluation, value, _ throws(TemplateError) in
            if let integer = value.integer { return integer < 0 ? try evaluation.negative(value) : .integer(integer) }
            guard let double = value.double else { throw evaluation.noNumber(value) }
            return .float(double.magnitude)
        },
        "filesizeformat": Routine("binary", body: fileSize),
        "float": Routine("default") { evaluation, value, arguments throws(TemplateError) in
            try evaluation.float(value).map { .float($0) } ?? arguments["default"] ?? .float(0)
        },
        "int": Routine("default", "base", body: int),
        "round": Routine("precision", "method", body: round),
    ]

    private static func int(
        _ evaluation: inout Evaluation, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if let integer = value.integer { return .integer(integer) }
        if let text = value.string {
            let base = try arguments.integer("base", or: 10)
            if let integer = text.pythonInteger(radix: base) { return .integer(integer) }
        }
        guard let double = try evaluation.float(value), double.isFinite else {
            return arguments["default"] ?? .integer(0)
        }
        return .integer(try evaluation.whole(double))
    }

    private static func round(
        _ evaluation: inout Evaluation, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        try evaluation.spend(400)
        let method = try arguments.text("method", or: "common")
        let precision = try max(-400, min(400, arguments.integer("precision", or: 0)))
        guard let number = value.double else { throw evaluation.noNumber(value) }
        switch method {
        case "common":
            if let integer = value.integer {
                let rounded = DecimalDigits(integer).rounded(toDecimals: precision).integer
                return .integer(precision >= 0 ? integer : rounded)
            }
            let rounded = DecimalDigits(number).rounded(toDecimals: precision)
            guard number.isFinite else { return value }
            return .float(rounded.double)
        case "ceil", "floor":
            let shift = try evaluation.calculate(.power, .integer(10), .integer(Int128(precision)))
            guard let shifted = try evaluation.calculate(.multiply, value, shift).double else { return value }
            let whole = shifted.rounded(method == "ceil" ? .up : .down)
            return try evaluation.calculate(.divide, .float(whole), shift)
        default: throw evaluation.failure("'round' has the methods 'common', 'ceil' and 'floor'")
        }
    }

    private static func fileSize(
        _ evaluation: inout Evaluation, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        guard let bytes = try evaluation.float(value), bytes.isFinite else { throw evaluation.noNumber(value) }
        let isBinary = arguments.flag("binary")
        let base: Double = isBinary ? 1_024 : 1_000
        if bytes == 1 { return .text("1 Byte") }
        if bytes < base { return .text("\(try evaluation.whole(bytes)) Bytes") }
        var unit = base
        var prefixes = (isBinary ? "KMGTPEZY" : "kMGTPEZY").scalars[...]
        while prefixes.count > 1, bytes >= unit * base {
            unit *= base
            prefixes.removeFirst()
        }
        let field = FormatField(precision: 1, kind: "f")
        let number = try evaluation.formatted(.float(bytes / unit), in: field)
        return .text("\(number) \(String(prefixes.prefix(1)))\(isBinary ? "iB" : "B")")
    }
}

extension Evaluation {
    /// What Python's `float` makes of a value; nil for what is no number.
    ///
    /// - Throws: `TemplateError` for what is not there.
    func float(_ value: Value) throws(TemplateError) -> Double? {
        if case .undefined(let reason) = value { throw failure(reason) }
        if let double = value.double { return double }
        return value.string?.pythonFloat
    }
}

extension DecimalDigits {
    var double: Double {
        let text = digits.map(\.description).joined()
        return Double("\(isNegative ? "-" : "")0.\(text.isEmpty ? "0" : text)e\(point)") ?? 0
    }

    /// Zero if it is too large.
    var integer: Int128 { Int128("\(isNegative ? "-" : "")\(fixedText(decimals: 0))") ?? 0 }
}

extension String {
    /// Digits that single underscores may part, with a sign, and with a prefix for the base.
    fileprivate func pythonInteger(radix: Int) -> Int128? {
        var text = stripped().lowercased()
        guard radix == 0 || (2...36).contains(radix), !text.hasPrefix("_"), !text.hasSuffix("_"), !text.contains("__")
        else { return nil }
        let sign = text.hasPrefix("-") ? "-" : ""
        if text.hasPrefix("-") || text.hasPrefix("+") { text.removeFirst() }
        var base = radix == 0 ? 10 : radix
        for (prefix, own) in [("0x", 16), ("0o", 8), ("0b", 2)]
        where text.hasPrefix(prefix) && [0, own].contains(radix) {
            text.removeFirst(2)
            base = own
        }
        guard let first = text.first, first != "-", first != "+" else { return nil }
        text.removeAll { $0 == "_" }
        return Int128(sign + text, radix: base)
    }

    fileprivate var pythonFloat: Double? {
        let text = stripped().lowercased()
        if ["inf", "+inf", "infinity", "+infinity"].contains(text) { return .infinity }
        if ["-inf", "-infinity"].contains(text) { return -.infinity }
        if ["nan", "+nan", "-nan"].contains(text) { return .nan }
        let plain = "0123456789+-.e_"
        guard text.unicodeScalars.allSatisfy(plain.unicodeScalars.contains), text.contains(where: \.isNumber) else {
            return nil
        }
        guard !text.hasPrefix("_"), !text.hasSuffix("_"), !text.contains("__") else { return nil }
        return Double(text.filter { $0 != "_" })
    }
}
