extension Routine {
    /// The methods of texts that answer several.
    static let cutTextMethods: [String: Routine] = [
        "partition": Routine("sep", required: 1) { evaluation, value, arguments throws(TemplateError) in
            try partition(&evaluation, value, arguments, fromEnd: false)
        },
        "rpartition": Routine("sep", required: 1) { evaluation, value, arguments throws(TemplateError) in
            try partition(&evaluation, value, arguments, fromEnd: true)
        },
        "rsplit": Routine("sep", "maxsplit") { evaluation, value, arguments throws(TemplateError) in
            try split(&evaluation, value, arguments, fromEnd: true)
        },
        "split": Routine("sep", "maxsplit") { evaluation, value, arguments throws(TemplateError) in
            try split(&evaluation, value, arguments, fromEnd: false)
        },
        "splitlines": Routine { evaluation, value, _ throws(TemplateError) in
            let text = value.string ?? ""
            try evaluation.spend(2 * text.utf8.count)
            return .list(parts(text.linesOfText, of: value))
        },
    ]

    /// Parts of markup are markup.
    private static func parts(_ parts: [String], of value: Value) -> [Value] {
        parts.map { value.isMarkup ? .markup($0) : .text($0) }
    }

    /// From the end, the text is read backwards, and so is what comes of it.
    private static func split(
        _ evaluation: inout Evaluation, _ value: Value, _ arguments: Arguments, fromEnd: Bool
    ) throws(TemplateError) -> Value {
        let text = value.string ?? ""
        try evaluation.spend(2 * text.utf8.count)
        let limit = try arguments.integer("maxsplit", or: -1)
        let most = limit < 0 ? Int.max : limit
        let subject = fromEnd ? text.reversedText : text
        var parts: [String]
        if arguments.isGiven("sep") {
            let separator = try arguments.text("sep", or: "")
            if separator.isEmpty { throw evaluation.failure("an empty text separates nothing") }
            parts = subject.parts(between: fromEnd ? separator.reversedText : separator, atMostSplits: most)
        } else {
            parts = subject.words(atMostSplits: most)
        }
        if fromEnd { parts = parts.reversed().map(\.reversedText) }
        return .list(Self.parts(parts, of: value))
    }

    private static func partition(
        _ evaluation: inout Evaluation, _ value: Value, _ arguments: Arguments, fromEnd: Bool
    ) throws(TemplateError) -> Value {
        let text = value.string ?? ""
        try evaluation.spend(2 * text.utf8.count)
        let separator = try arguments.text("sep", or: "")
        if separator.isEmpty { throw evaluation.failure("an empty text separates nothing") }
        let all = text.parts(between: separator)
        guard all.count > 1 else {
            return .tuple(parts(fromEnd ? ["", "", text] : [text, "", ""], of: value))
        }
        let cut = fromEnd ? all.count - 1 : 1
        let sides = [all[..<cut].joined(separator: separator), separator, all[cut...].joined(separator: separator)]
        return .tuple(parts(sides, of: value))
    }
}
