extension Routine {
    /// The filters of the language by their names.
    static let filters: [String: Routine] = [
        textFilters, markupFilters, numberFilters, collectionFilters, orderFilters, selectionFilters,
    ].reduce(into: [:]) { $0.merge($1) { first, _ in first } }

    /// A filter without arguments that makes text of text.
    static func text(_ transform: @escaping @Sendable (String) -> String) -> Routine {
        Routine { evaluation, value, _ throws(TemplateError) in
            let text = try evaluation.text(of: value)
            try evaluation.spend(text.utf8.count)
            let transformed = transform(text)
            return value.isMarkup ? .markup(transformed) : .text(transformed)
        }
    }
}
