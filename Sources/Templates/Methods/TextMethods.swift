extension Routine {
    static let textMethods: [String: Routine] = [
        changedTextMethods, askedTextMethods, cutTextMethods,
    ].reduce(into: [:]) { $0.merge($1) { first, _ in first } }

    /// Those that answer a changed text.
    private static let changedTextMethods: [String: Routine] = [
        "capitalize": text(\.capitalizedOnce),
        "casefold": text { $0.lowercased() },
        "center": Routine("width", "fillchar", required: 1) { evaluation, value, arguments throws(TemplateError) in
            let (width, fill) = try size(arguments, &evaluation)
            return .text(try evaluation.centered(value.string ?? "", in: width, with: fill))
        },
        "format": Routine("*") { evaluation, value, arguments throws(TemplateError) in
            .text(try evaluation.braceFormat(value.string ?? "", arguments.given))
        },
        "join": Routine("iterable", required: 1, body: join),
        "ljust": Routine("width", "fillchar", required: 1) { evaluation, value, arguments throws(TemplateError) in
            let ((width, fill), text) = (try size(arguments, &evaluation), value.string ?? "")
            return .text(try evaluation.padded(text, left: 0, right: width - text.unicodeScalars.count, with: fill))
        },
        "lower": text { $0.lowercased() },
        "lstrip": strip(left: true, right: false),
        "removeprefix": Routine("prefix", required: 1) { _, value, arguments throws(TemplateError) in
            let (text, prefix) = ((value.string ?? "").scalars, try arguments.text("prefix", or: "").scalars)
            return .text(String(text.dropFirst(text.starts(with: prefix) ? prefix.count : 0)))
        },
        "removesuffix": Routine("suffix", required: 1) { _, value, arguments throws(TemplateError) in
            let (text, suffix) = ((value.string ?? "").scalars, try arguments.text("suffix", or: "").scalars)
            return .text(String(text.dropLast(text.suffix(suffix.count).elementsEqual(suffix) ? suffix.count : 0)))
        },
        "replace": Routine("old", "new", "count", required: 2) { evaluation, value, arguments throws(TemplateError) in
            _ = try (arguments.text("old", or: ""), arguments.text("new", or: ""))
            return try replace(&evaluation, value, arguments)
        },
        "rjust": Routine("width", "fillchar", required: 1) { evaluation, value, arguments throws(TemplateError) in
            let ((width, fill), text) = (try size(arguments, &evaluation), value.string ?? "")
            return .text(try evaluation.padded(text, left: width - text.unicodeScalars.count, right: 0, with: fill))
        },
        "rstrip": strip(left: false, right: true),
        "strip": strip(left: true, right: true),
        "swapcase": text { text in
            text.unicodeScalars.map { scalar in
                scalar.properties.isUppercase ? scalar.properties.lowercaseMapping : scalar.properties.uppercaseMapping
            }.joined()
        },
        "title": text(\.titlecased),
        "upper": text { $0.uppercased() },
        "zfill": Routine("width", required: 1) { evaluation, value, arguments throws(TemplateError) in
            let text = value.string ?? ""
            let sign = text.hasPrefix("-") || text.hasPrefix("+") ? String(text.prefix(1)) : ""
            let missing = try arguments.integer("width", or: 0) - text.unicodeScalars.count
            let digits = String(text.dropFirst(sign.count))
            return .text(sign + (try evaluation.padded(digits, left: missing, right: 0, with: "0")))
        },
    ]

    private static func size(
        _ arguments: Arguments, _ evaluation: inout Evaluation
    ) throws(TemplateError) -> (width: Int, fill: Unicode.Scalar) {
        let fill = try arguments.text("fillchar", or: " ").unicodeScalars
        guard let scalar = fill.first, fill.count == 1 else { throw evaluation.failure("one character fills") }
        return (try max(0, arguments.integer("width", or: 0)), scalar)
    }

    private static func strip(left: Bool, right: Bool) -> Routine {
        Routine("chars") { evaluation, value, arguments throws(TemplateError) in
            let unwanted = arguments.isGiven("chars") ? try arguments.text("chars", or: "") : nil
            let text = value.string ?? ""
            try evaluation.spend(text.utf8.count)
            return .text(text.stripped(of: unwanted, left: left, right: right))
        }
    }

    private static func join(
        _ evaluation: inout Evaluation, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let separator = value.string ?? ""
        var joined = ""
        for (index, element) in try evaluation.sequence(arguments.value("iterable")).enumerated() {
            guard let part = element.string else {
                throw evaluation.failure("element \(index) of what is joined is a '\(element.typeName)'")
            }
            try evaluation.spend(part.utf8.count + separator.utf8.count)
            joined += (index > 0 ? separator : "") + part
        }
        return .text(joined)
    }

    /// Those that answer a question.
    private static let askedTextMethods: [String: Routine] = [
        "count": Routine("sub", required: 1) { evaluation, value, arguments throws(TemplateError) in
            let (text, part) = (value.string ?? "", try arguments.text("sub", or: ""))
            try evaluation.spend(text.utf8.count)
            if part.isEmpty { return .integer(Int128(text.unicodeScalars.count + 1)) }
            return .integer(Int128(text.parts(between: part).count - 1))
        },
        "endswith": affix { $0.suffix($1.count).elementsEqual($1) },
        "find": Routine("sub", required: 1) { evaluation, value, arguments throws(TemplateError) in
            .integer(Int128(try place(&evaluation, value, arguments) ?? -1))
        },
        "index": Routine("sub", required: 1) { evaluation, value, arguments throws(TemplateError) in
            guard let place = try place(&evaluation, value, arguments) else {
                throw evaluation.failure("the text does not have that part")
            }
            return .integer(Int128(place))
        },
        "isalnum": all { $0.properties.isAlphabetic || $0.properties.numericType != nil },
        "isalpha": all(\.properties.isAlphabetic),
        "isdigit": all { [.decimal, .digit].contains($0.properties.numericType) },
        "islower": Routine { _, value, _ in .bool((value.string ?? "").isLowercase) },
        "isnumeric": all { $0.properties.numericType != nil },
        "isspace": all(\.isSpace),
        "isupper": Routine { _, value, _ in .bool((value.string ?? "").isUppercase) },
        "startswith": affix { $0.starts(with: $1) },
    ]

    /// Whether the text has characters, and all of them are of a kind.
    private static func all(_ isOfKind: @escaping @Sendable (Unicode.Scalar) -> Bool) -> Routine {
        Routine { evaluation, value, _ throws(TemplateError) in
            let text = value.string ?? ""
            try evaluation.spend(text.utf8.count)
            return .bool(!text.isEmpty && text.unicodeScalars.allSatisfy(isOfKind))
        }
    }

    private static func place(
        _ evaluation: inout Evaluation, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Int? {
        let text = value.string ?? ""
        try evaluation.spend(text.utf8.count)
        return text.scalars.place(of: try arguments.text("sub", or: "").scalars)
    }

    /// A method that takes one text, or a tuple of several.
    private static func affix(
        _ holds: @escaping @Sendable ([Unicode.Scalar], [Unicode.Scalar]) -> Bool
    ) -> Routine {
        Routine("affix", required: 1) { evaluation, value, arguments throws(TemplateError) in
            let text = (value.string ?? "").scalars
            try evaluation.spend(text.count)
            var affixes = [arguments.value("affix")]
            if case .tuple(let elements) = affixes[0] { affixes = elements.values }
            for affix in affixes {
                guard let affix = affix.string else { throw evaluation.failure("a text begins and ends with texts") }
                try evaluation.spend(affix.utf8.count)
                if holds(text, affix.scalars) { return .bool(true) }
            }
            return .bool(false)
        }
    }
}
