extension Routine {
    static let markupFilters: [String: Routine] = [
        "e": Routine(body: escape),
        "escape": Routine(body: escape),
        "forceescape": Routine(body: forceEscape),
        "safe": Routine { evaluation, value, _ throws(TemplateError) in .markup(try evaluation.text(of: value)) },
        "striptags": text(\.withoutTags),
        "tojson": Routine("indent") { evaluation, value, arguments throws(TemplateError) in
            let indent = arguments.isGiven("indent") ? try arguments.integer("indent", or: 0) : nil
            return .markup(try evaluation.htmlSafeJSON(value, indent: indent))
        },
    ]

    private static func escape(
        _ evaluation: inout Evaluation, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        value.isMarkup ? value : try forceEscape(&evaluation, value, arguments)
    }

    private static func forceEscape(
        _ evaluation: inout Evaluation, _ value: Value, _: Arguments
    ) throws(TemplateError) -> Value {
        let text = try evaluation.text(of: value)
        try evaluation.spend(5 * text.utf8.count)
        return .markup(text.escapedForHTML)
    }
}

extension String {
    /// Without comments and tags, with one blank for any white space, and with the commonest entities resolved.
    fileprivate var withoutTags: String {
        let text = without(from: "<!--", to: "-->").without(from: "<", to: ">").words().joined(separator: " ")
        let entities = ["&lt;": "<", "&gt;": ">", "&quot;": "\"", "&#34;": "\"", "&#39;": "'", "&nbsp;": "\u{a0}"]
        var resolved = text
        for (entity, meaning) in entities { resolved = resolved.replacing(entity, by: meaning, atMost: .max) }
        return resolved.replacing("&amp;", by: "&", atMost: .max)
    }

    private func without(from open: String, to close: String) -> String {
        let (text, open, close) = (scalars, open.scalars, close.scalars)
        var kept: [Unicode.Scalar] = []
        var start = 0
        while let place = text.place(of: open, from: start),
            let end = text.place(of: close, from: place + open.count)
        {
            kept += text[start..<place]
            start = end + close.count
        }
        return String(kept + text[start...])
    }
}
