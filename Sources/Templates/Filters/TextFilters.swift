extension Routine {
    static let textFilters: [String: Routine] = [
        "capitalize": text(\.capitalizedOnce),
        "center": Routine("width") { evaluation, value, arguments throws(TemplateError) in
            let text = try evaluation.text(of: value)
            return .text(try evaluation.centered(text, in: try arguments.integer("width", or: 80)))
        },
        "format": Routine("*", body: format),
        "indent": Routine("width", "first", "blank", body: indent),
        "lower": text { $0.lowercased() },
        "replace": Routine("old", "new", "count", required: 2, body: replace),
        "string": Routine { evaluation, value, _ throws(TemplateError) in
            value.isMarkup ? value : .text(try evaluation.text(of: value))
        },
        "title": text(titled),
        "trim": Routine("chars") { evaluation, value, arguments throws(TemplateError) in
            let text = try evaluation.text(of: value)
            let unwanted = arguments.isGiven("chars") ? try arguments.text("chars", or: "") : nil
            try evaluation.spend(text.utf8.count)
            return .text(text.stripped(of: unwanted))
        },
        "truncate": Routine("length", "killwords", "end", "leeway", body: truncate),
        "upper": text { $0.uppercased() },
        "urlencode": Routine(body: urlencode),
        "wordcount": Routine { evaluation, value, _ throws(TemplateError) in
            let text = try evaluation.text(of: value)
            try evaluation.spend(text.utf8.count)
            return .integer(Int128(text.unicodeScalars.split { !$0.isWordPart }.count))
        },
    ]

    /// Words begin behind white space, hyphens and opening brackets.
    private static func titled(_ text: String) -> String {
        var title = ""
        var isInWord = false
        for scalar in text.unicodeScalars {
            if scalar.isSpace || ["-", "(", "{", "[", "<"].contains(scalar) {
                title.unicodeScalars.append(scalar)
                isInWord = false
            } else {
                title += isInWord ? scalar.properties.lowercaseMapping : scalar.properties.uppercaseMapping
                isInWord = true
            }
        }
        return title
    }

    private static func format(
        _ evaluation: inout Evaluation, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        var named = Mapping()
        for (name, value) in arguments.given.named { named.set(name, to: value) }
        let values = arguments.given.positional
        if !named.entries.isEmpty, !values.isEmpty {
            throw evaluation.failure("'format' takes arguments with names or without, but not both")
        }
        let format = try evaluation.text(of: value)
        return .text(try evaluation.percentFormat(format, named.entries.isEmpty ? .tuple(values) : .mapping(named)))
    }

    private static func indent(
        _ evaluation: inout Evaluation, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        guard value.string != nil else { throw evaluation.failure("'indent' takes text") }
        let width = arguments["width"]?.string == nil ? try arguments.integer("width", or: 4) : 0
        let lines = try (evaluation.text(of: value) + "\n").linesOfText
        try evaluation.spend(max(0, width))
        let indention = arguments["width"]?.string ?? String(repeating: " ", count: max(0, width))
        var text = arguments.flag("first") ? indention : ""
        for (index, line) in lines.enumerated() {
            let isIndented = index > 0 && (arguments.flag("blank") || !line.isEmpty)
            try evaluation.spend(indention.utf8.count + line.utf8.count)
            text += (index > 0 ? "\n" : "") + (isIndented ? indention : "") + line
        }
        return .text(text)
    }

    static func replace(
        _ evaluation: inout Evaluation, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let text = try evaluation.text(of: value)
        let old = try evaluation.text(of: arguments.value("old"))
        let new = try evaluation.text(of: arguments.value("new"))
        let count = arguments.isGiven("count") ? try arguments.integer("count", or: -1) : -1
        let limit = count < 0 ? Int.max : count
        let most = min(limit, text.utf8.count / max(1, old.utf8.count) + 1)
        let growth = most.multipliedReportingOverflow(by: max(0, new.utf8.count - old.utf8.count))
        try evaluation.spend(text.utf8.count)
        try evaluation.spend(growth.overflow ? .max : growth.partialValue)
        return .text(text.replacing(old, by: new, atMost: limit))
    }

    private static func truncate(
        _ evaluation: inout Evaluation, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let text = try evaluation.text(of: value).scalars
        let end = try arguments.text("end", or: "...")
        let length = try arguments.integer("length", or: 255)
        let leeway = arguments.isGiven("leeway") ? try arguments.integer("leeway", or: 5) : 5
        try evaluation.spend(text.count)
        let kept = length - end.unicodeScalars.count
        if kept < 0 || leeway < 0 { throw evaluation.failure("'truncate' needs a greater length than \(length)") }
        guard value.string != nil else {
            guard try evaluation.length(of: value) - length <= leeway else {
                throw evaluation.failure("'truncate' takes text")
            }
            return value
        }
        if text.count - length <= leeway { return .text(String(text)) }
        var start = text.prefix(kept)
        if !arguments.flag("killwords"), let blank = start.lastIndex(of: " ") { start = start[..<blank] }
        return .text(String(start) + end)
    }

    private static func urlencode(
        _ evaluation: inout Evaluation, _ value: Value, _: Arguments
    ) throws(TemplateError) -> Value {
        switch value {
        case .list, .tuple, .mapping:
            let isMapping = if case .mapping = value { true } else { false }
            var parts: [String] = []
            for pair in try isMapping ? evaluation.items(of: value) : evaluation.sequence(value) {
                let pair = try evaluation.sequence(pair)
                guard pair.count == 2 else { throw evaluation.failure("'urlencode' takes pairs") }
                var encoded: [String] = []
                for side in pair { encoded.append(try queryPart(&evaluation, side)) }
                parts.append(encoded.joined(separator: "="))
            }
            return .text(parts.joined(separator: "&"))
        default:
            let text = try evaluation.text(of: value)
            try evaluation.spend(3 * text.utf8.count)
            return .text(text.percentEncoded())
        }
    }

    private static func queryPart(_ evaluation: inout Evaluation, _ value: Value) throws(TemplateError) -> String {
        let text = try evaluation.text(of: value)
        try evaluation.spend(3 * text.utf8.count)
        return text.percentEncoded(safe: " ").replacing(" ", by: "+", atMost: .max)
    }
}
