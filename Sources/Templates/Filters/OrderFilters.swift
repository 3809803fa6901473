extension Routine {
    static let orderFilters: [String: Routine] = [
        "dictsort": Routine("case_sensitive", "by", "reverse", body: dictsort),
        "max": Routine("case_sensitive", "attribute") { evaluation, value, arguments throws(TemplateError) in
            try extreme(&evaluation, value, arguments, isMaximum: true)
        },
        "min": Routine("case_sensitive", "attribute") { evaluation, value, arguments throws(TemplateError) in
            try extreme(&evaluation, value, arguments, isMaximum: false)
        },
        "reverse": Routine { evaluation, value, _ throws(TemplateError) in
            if let text = value.string {
                try evaluation.spend(text.utf8.count)
                return value.isMarkup ? .markup(text.reversedText) : .text(text.reversedText)
            }
            return .list(try evaluation.sequence(value).reversed())
        },
        "sort": Routine("reverse", "case_sensitive", "attribute", body: sort),
        "unique": Routine("case_sensitive", "attribute", body: unique),
    ]

    /// What elements are compared by: themselves or an attribute, without regard to case if not told otherwise.
    private static func key(
        _ evaluation: inout Evaluation, _ element: Value, _ attribute: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let key = try evaluation.attribute(path: attribute, of: element)
        guard !arguments.flag("case_sensitive"), let text = key.string else { return key }
        try evaluation.spend(text.utf8.count)
        return .text(text.lowercased())
    }

    private static func sort(
        _ evaluation: inout Evaluation, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let elements = try evaluation.sequence(value)
        let attributes = arguments.value("attribute").string?.parts(between: ",").map { Value.text($0) }
        var keys: [[Value]] = []
        for element in elements {
            var parts: [Value] = []
            for attribute in attributes ?? [arguments.value("attribute")] {
                parts.append(try key(&evaluation, element, attribute, arguments))
            }
            keys.append(parts)
        }
        return .list(try evaluation.sorted(keys, isReversed: arguments.flag("reverse")).map { elements[$0] })
    }

    private static func dictsort(
        _ evaluation: inout Evaluation, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        guard case .mapping(let mapping) = value else { throw evaluation.failure("'dictsort' takes a mapping") }
        let by = try arguments.text("by", or: "key")
        guard ["key", "value"].contains(by) else {
            throw evaluation.failure("'dictsort' sorts by 'key' or by 'value'")
        }
        var keys: [[Value]] = []
        for entry in mapping.entries {
            keys.append([try key(&evaluation, by == "key" ? entry.key : entry.value, .none, arguments)])
        }
        let items = try evaluation.items(of: value)
        return .list(try evaluation.sorted(keys, isReversed: arguments.flag("reverse")).map { items[$0] })
    }

    private static func extreme(
        _ evaluation: inout Evaluation, _ value: Value, _ arguments: Arguments, isMaximum: Bool
    ) throws(TemplateError) -> Value {
        let elements = try evaluation.sequence(value)
        guard var best = elements.first else { return .undefined("No aggregated item, sequence was empty.") }
        var bestKey = try key(&evaluation, best, arguments.value("attribute"), arguments)
        for element in elements.dropFirst() {
            let key = try key(&evaluation, element, arguments.value("attribute"), arguments)
            if try isMaximum ? evaluation.isLess(bestKey, key) : evaluation.isLess(key, bestKey) {
                (best, bestKey) = (element, key)
            }
        }
        return best
    }

    private static func unique(
        _ evaluation: inout Evaluation, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        var seen: Set<Mapping.Key> = []
        var elements: [Value] = []
        for element in try evaluation.sequence(value) {
            let key = try key(&evaluation, element, arguments.value("attribute"), arguments)
            if seen.insert(try evaluation.key(key)).inserted { elements.append(element) }
        }
        return .list(elements)
    }
}

extension Evaluation {
    /// The places of the keys in their order. Equal ones keep theirs, in reverse too.
    mutating func sorted(_ keys: [[Value]], isReversed: Bool = false) throws(TemplateError) -> [Int] {
        var places = Array(keys.indices)
        var width = 1
        while width < places.count {
            var merged: [Int] = []
            var start = 0
            while start < places.count {
                let middle = min(start + width, places.count)
                let end = min(middle + width, places.count)
                merged += try merge(places[start..<middle], places[middle..<end], keys, isReversed)
                start = end
            }
            places = merged
            width *= 2
        }
        return places
    }

    private mutating func merge(
        _ left: ArraySlice<Int>, _ right: ArraySlice<Int>, _ keys: [[Value]], _ isReversed: Bool
    ) throws(TemplateError) -> [Int] {
        var (left, right) = (left, right)
        var merged: [Int] = []
        while let first = left.first, let second = right.first {
            let swaps = try isReversed ? isLess(keys[first], keys[second]) : isLess(keys[second], keys[first])
            merged.append(swaps ? right.removeFirst() : left.removeFirst())
        }
        return merged + left + right
    }

    private mutating func isLess(_ left: [Value], _ right: [Value]) throws(TemplateError) -> Bool {
        if left.count == 1 { return try isLess(left[0], right[0]) }
        return try isLess(.list(left), .list(right))
    }
}
