extension Evaluation {
    /// Python's `format.format(…)`.
    mutating func braceFormat(_ format: String, _ arguments: GivenArguments) throws(TemplateError) -> String {
        var used = 0
        return try braceFormat(format.scalars, arguments, used: &used, depth: 0)
    }

    private mutating func braceFormat(
        _ format: [Unicode.Scalar], _ arguments: GivenArguments, used: inout Int, depth: Int
    ) throws(TemplateError) -> String {
        try spend(format.count)
        if depth > 1 { throw failure("the fields of a format nest too deeply") }
        var text = String.UnicodeScalarView()
        var place = 0
        while place < format.count {
            let scalar = format[place]
            let isDoubled = place + 1 < format.count && format[place + 1] == scalar
            switch scalar {
            case "{" where !isDoubled:
                let end = try endOfField(format, from: place)
                let field = Array(format[place + 1..<end])
                text.append(contentsOf: try braceField(field, arguments, used: &used, depth: depth).unicodeScalars)
                place = end + 1
            case "}" where !isDoubled: throw failure("a single '}' in a format")
            default:
                text.append(scalar)
                place += scalar == "{" || scalar == "}" ? 2 : 1
            }
        }
        return String(text)
    }

    private func endOfField(_ format: [Unicode.Scalar], from start: Int) throws(TemplateError) -> Int {
        var open = 0
        for place in start..<format.count {
            if format[place] == "{" { open += 1 }
            if format[place] == "}" { open -= 1 }
            if open == 0 { return place }
        }
        throw failure("a field of a format does not end")
    }

    private mutating func braceField(
        _ field: [Unicode.Scalar], _ arguments: GivenArguments, used: inout Int, depth: Int
    ) throws(TemplateError) -> String {
        let name = field.prefix { $0 != "!" && $0 != ":" }
        var rest = field.dropFirst(name.count)
        var value = try argument(String(name), arguments, used: &used)
        if rest.first == "!" {
            guard let conversion = rest.dropFirst().first, ["s", "r", "a"].contains(conversion) else {
                throw failure("a conversion in a format is 's' or 'r'")
            }
            value = .text(try conversion == "s" ? text(of: value) : representation(of: value))
            rest = rest.dropFirst(2)
        }
        guard rest.isEmpty || rest.first == ":" else { throw failure("':' is missing in a format") }
        rest = rest.dropFirst()
        guard rest.contains("{") || rest.contains("}") else { return try formatted(value, as: Array(rest)) }
        let specification = try braceFormat(Array(rest), arguments, used: &used, depth: depth + 1)
        return try formatted(value, as: specification.scalars)
    }

    /// What a field such as `0`, `name` or `name.attribute[2]` stands for.
    private mutating func argument(
        _ name: String, _ arguments: GivenArguments, used: inout Int
    ) throws(TemplateError) -> Value {
        let path = name.unicodeScalars
        let root = String(path.prefix { $0 != "." && $0 != "[" })
        var value: Value
        if root.unicodeScalars.allSatisfy(\.isDigit) {
            let index = root.isEmpty ? used : Int(root) ?? .max
            if root.isEmpty { used += 1 }
            guard arguments.positional.indices.contains(index) else {
                throw failure("fewer values than the format has fields")
            }
            value = arguments.positional[index]
        } else {
            guard let named = arguments.named.first(where: { $0.name.isSame(as: root) }) else {
                throw failure("the format's value '\(root)' is not there")
            }
            value = named.value
        }
        var rest = path.dropFirst(root.unicodeScalars.count)
        while let mark = rest.popFirst() {
            try spend(1)
            let part = String(rest.prefix { mark == "[" ? $0 != "]" : $0 != "." && $0 != "[" })
            rest = rest.dropFirst(part.unicodeScalars.count)
            if mark == "[" {
                guard rest.popFirst() == "]" else { throw failure("']' is missing in a format") }
                value = try item(Int128(part).map { .integer($0) } ?? .text(part), of: value)
            } else {
                value = attribute(part, of: value)
            }
        }
        return value
    }

    private mutating func formatted(_ value: Value, as specification: [Unicode.Scalar]) throws(TemplateError) -> String
    {
        if specification.isEmpty { return try text(of: value) }
        var field = try self.field(specification)
        switch value {
        case .text(let text), .markup(let text):
            guard field.kind == " " || field.kind == "s" else { throw failure("a text is no number") }
            return try formatted(text, in: field)
        case .integer, .bool, .float:
            if field.fill == "0", field.alignment == nil { field.alignment = "=" }
            if case .float(let float) = value, field.kind == " " {
                if field.precision == nil { return try formattedShortest(float, in: field) }
                field.kind = "g"
            } else if field.kind == " " {
                field.kind = "d"
            } else if case .float = value, ["d", "x", "X", "o", "b", "c"].contains(field.kind) {
                throw failure("a number with a fraction has no format '\(field.kind)'")
            }
            return try formatted(value, in: field)
        default: throw failure("a '\(value.typeName)' takes no format")
        }
    }

    private mutating func formattedShortest(_ number: Double, in field: FormatField) throws(TemplateError) -> String {
        var field = field
        if field.alignment == nil { field.alignment = ">" }
        return try formatted((number < 0 ? "" : field.plus) + number.pythonText, in: field)
    }

    /// Reads `[[fill]align][sign][#][0][width][,][.precision][type]`.
    private func field(_ specification: [Unicode.Scalar]) throws(TemplateError) -> FormatField {
        var field = FormatField()
        var rest = specification[...]
        func takes(_ scalars: Set<Unicode.Scalar>) -> Unicode.Scalar? {
            rest.first.flatMap { scalars.contains($0) ? rest.popFirst() : nil }
        }
        let alignments: Set<Unicode.Scalar> = ["<", ">", "^", "="]
        if rest.count > 1, alignments.contains(rest[1]) { field.fill = rest.removeFirst() }
        field.alignment = takes(alignments)
        if let sign = takes(["+", "-", " "]), sign != "-" { field.plus = String(sign) }
        field.isAlternate = takes(["#"]) != nil
        if takes(["0"]) != nil, field.alignment == nil { field.fill = "0" }
        field.width = try size(&rest) ?? 0
        if let separator = takes([",", "_"]) { field.separator = String(separator) }
        if takes(["."]) != nil {
            field.precision = try size(&rest)
            if field.precision == nil { throw failure("a format's precision is missing") }
        }
        if let kind = rest.popFirst() { field.kind = kind }
        if !rest.isEmpty { throw failure("an invalid format '\(String(specification))'") }
        return field
    }

    private func size(_ rest: inout ArraySlice<Unicode.Scalar>) throws(TemplateError) -> Int? {
        let digits = rest.prefix(while: \.isDigit)
        guard !digits.isEmpty else { return nil }
        rest = rest.dropFirst(digits.count)
        guard let size = Int(String(digits)), size <= FormatField.greatestSize else {
            throw failure("a field that is too wide")
        }
        return size
    }
}
