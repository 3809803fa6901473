/// Reads the fields of a format of the form `%s`.
private struct PercentFormat {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    let line: Int

    init(_ format: String, line: Int) {
        scalars = format.scalars
        self.line = line
    }

    enum Part {
        case text(String)
        case field(FormatField, key: String?, hasOpenWidth: Bool, hasOpenPrecision: Bool)
    }

    private func failure(_ message: String) -> TemplateError { TemplateError(line: line, message: message) }

    private var current: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard current == scalar else { return false }
        position += 1
        return true
    }

    mutating func next() throws(TemplateError) -> Part? {
        guard let first = current else { return nil }
        if first != "%" {
            let text = scalars[position...].prefix { $0 != "%" }
            position += text.count
            return .text(String(text))
        }
        position += 1
        let key = try takeKey()
        var field = FormatField()
        takeFlags(into: &field)
        let hasOpenWidth = take("*")
        if !hasOpenWidth { field.width = try takeSize() }
        var hasOpenPrecision = false
        if take(".") {
            hasOpenPrecision = take("*")
            field.precision = hasOpenPrecision ? nil : try takeSize()
        }
        while take("l") || take("h") || take("L") {}
        guard let kind = current else { throw failure("a format ends within a field") }
        position += 1
        field.kind = kind
        return .field(field, key: key, hasOpenWidth: hasOpenWidth, hasOpenPrecision: hasOpenPrecision)
    }

    private mutating func takeKey() throws(TemplateError) -> String? {
        guard take("(") else { return nil }
        let key = scalars[position...].prefix { $0 != ")" }
        position += key.count
        guard take(")") else { throw failure("a format ends within a key") }
        return String(key)
    }

    private mutating func takeFlags(into field: inout FormatField) {
        field.alignment = ">"
        while let flag = current {
            switch flag {
            case "-": field.alignment = "<"
            case "+": field.plus = "+"
            case " ": field.plus = field.plus.isEmpty ? " " : field.plus
            case "#": field.isAlternate = true
            case "0": field.fill = "0"
            default: return
            }
            position += 1
        }
    }

    private mutating func takeSize() throws(TemplateError) -> Int {
        var size = 0
        while let digit = current, digit.isDigit {
            size = size * 10 + Int(digit.value - 0x30)
            if size > FormatField.greatestSize { throw failure("a field that is too wide") }
            position += 1
        }
        return size
    }
}

extension Evaluation {
    /// Python's `format % values`.
    mutating func percentFormat(_ format: String, _ values: Value) throws(TemplateError) -> String {
        try spend(format.utf8.count)
        var parts = PercentFormat(format, line: line)
        var rest: ArraySlice<Value> = [values]
        if case .tuple(let elements) = values { rest = elements.values[...] }
        // Python does not count what could be asked for members.
        let isCounted =
            switch values {
            case .mapping, .list, .undefined: false
            default: true
            }
        var usesKeys = false
        var text = ""
        while let part = try parts.next() {
            switch part {
            case .text(let plain): text += plain
            case .field(var field, let key, let hasOpenWidth, let hasOpenPrecision):
                if hasOpenWidth { try set(width: try takeSize(&rest), of: &field) }
                if hasOpenPrecision { field.precision = max(0, try takeSize(&rest)) }
                if field.kind == "%" {
                    text += "%"
                    continue
                }
                var value: Value
                if let key {
                    usesKeys = true
                    value = try member(key, of: values)
                } else {
                    value = try take(&rest)
                }
                text += try percentFormatted(&value, in: field)
            }
        }
        if !usesKeys, isCounted, !rest.isEmpty { throw failure("more values than the format has fields") }
        return text
    }

    private mutating func set(width: Int, of field: inout FormatField) throws(TemplateError) {
        if width < 0 { field.alignment = "<" }
        field.width = abs(width)
    }

    private func take(_ values: inout ArraySlice<Value>) throws(TemplateError) -> Value {
        guard let value = values.popFirst() else { throw failure("fewer values than the format has fields") }
        return value
    }

    private func takeSize(_ values: inout ArraySlice<Value>) throws(TemplateError) -> Int {
        let value = try take(&values)
        guard let size = value.integer.flatMap(Int.init(exactly:)), abs(size) <= FormatField.greatestSize else {
            throw failure("the width of a field is a whole number")
        }
        return size
    }

    private func member(_ key: String, of values: Value) throws(TemplateError) -> Value {
        guard case .mapping(let mapping) = values else { throw failure("a format with keys takes a mapping") }
        guard let value = mapping[key] else { throw failure("the format's key '\(key)' is not there") }
        return value
    }

    private mutating func percentFormatted(_ value: inout Value, in field: FormatField) throws(TemplateError) -> String
    {
        var field = field
        switch field.kind {
        case "s", "r", "a":
            field.fill = " "
            return try formatted(try field.kind == "s" ? text(of: value) : representation(of: value), in: field)
        case "d", "i", "u":
            field.kind = "d"
            guard let number = value.double, number.isFinite else { throw noNumber(value) }
            if case .float = value { value = .integer(try whole(number)) }
        case "c":
            field.fill = " "
            if let text = value.string, text.unicodeScalars.count == 1 { return try formatted(text, in: field) }
            field.alignment = field.alignment == "<" ? "<" : ">"
        case "x", "X", "o":
            if value.integer == nil { throw noNumber(value) }
        case "e", "E", "f", "F", "g", "G": break
        default: throw failure("unknown format '%\(field.kind)'")
        }
        let isZeroPadded = field.fill == "0" && field.alignment == ">"
        if isZeroPadded { field.alignment = "=" }
        if field.alignment == "<" { field.fill = " " }
        return try formatted(value, in: field)
    }

    /// The number without its fraction.
    func whole(_ number: Double) throws(TemplateError) -> Int128 {
        guard let whole = Int128(exactly: number.rounded(.towardZero)) else {
            throw failure("a number that is too large")
        }
        return whole
    }
}
