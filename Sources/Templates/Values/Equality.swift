extension Evaluation {
    /// Python's `==`. Costs as much as there is to compare.
    mutating func areEqual(_ left: Value, _ right: Value) throws(TemplateError) -> Bool {
        try spend(on: left)
        switch (left, right) {
        case (.undefined, .undefined), (.none, .none): return true
        case (.text(let left), _), (.markup(let left), _): return right.string.map(left.isSame) ?? false
        case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
            guard left.values.count == right.values.count else { return false }
            for (left, right) in zip(left.values, right.values) where try !areEqual(left, right) { return false }
            return true
        case (.mapping(let left), .mapping(let right)): return try areEqual(left, right)
        case (.namespace(let left), .namespace(let right)): return left == right
        case (.function(let left), .function(let right)): return left == right
        default:
            if let left = left.integer, let right = right.integer { return left == right }
            if let left = left.double, let right = right.double { return left == right }
            return false
        }
    }

    private mutating func areEqual(_ left: Mapping, _ right: Mapping) throws(TemplateError) -> Bool {
        guard left.entries.count == right.entries.count else { return false }
        for (name, value) in left.entries {
            guard let key = Mapping.Key(name), let other = right[key], try areEqual(value, other) else { return false }
        }
        return true
    }

    /// Python's `<`.
    ///
    /// - Throws: `TemplateError` for what has no order.
    mutating func isLess(_ left: Value, _ right: Value) throws(TemplateError) -> Bool {
        try spend(on: left)
        if let left = left.integer, let right = right.integer { return left < right }
        if let left = left.double, let right = right.double { return left < right }
        if let left = left.string, let right = right.string { return left.precedes(right) }
        switch (left, right) {
        case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
            for (left, right) in zip(left.values, right.values) where try !areEqual(left, right) {
                return try isLess(left, right)
            }
            return left.values.count < right.values.count
        case (.undefined(let reason), _), (_, .undefined(let reason)): throw failure(reason)
        default: throw failure("'\(left.typeName)' and '\(right.typeName)' have no order")
        }
    }

    mutating func holds(_ comparison: ComparisonOperator, _ left: Value, _ right: Value) throws(TemplateError) -> Bool {
        switch comparison {
        case .equal: try areEqual(left, right)
        case .unequal: try !areEqual(left, right)
        case .less: try isLess(left, right)
        case .greater: try isLess(right, left)
        case .lessOrEqual: try isLess(left, right) ? true : areEqual(left, right)
        case .greaterOrEqual: try isLess(right, left) ? true : areEqual(left, right)
        case .contained: try contains(right, left)
        case .notContained: try !contains(right, left)
        }
    }

    /// Python's `element in container`.
    mutating func contains(_ container: Value, _ element: Value) throws(TemplateError) -> Bool {
        switch container {
        case .undefined: return false
        case .text(let text), .markup(let text):
            guard let part = element.string else { throw failure("a '\(element.typeName)' cannot be in a string") }
            try spend(text.utf8.count / 8)
            return text.scalars.place(of: part.scalars) != nil
        case .mapping(let mapping): return try member(element, of: mapping) != nil
        default:
            for other in try sequence(container) where try areEqual(other, element) { return true }
            return false
        }
    }

    /// The value of a key, if it is there. What is not there itself is no key of anything.
    func member(_ name: Value, of mapping: Mapping) throws(TemplateError) -> Value? {
        switch name {
        case .undefined, .tuple: nil
        default: mapping[try key(name)]
        }
    }

    func key(_ value: Value) throws(TemplateError) -> Mapping.Key {
        guard let key = Mapping.Key(value) else { throw failure("a '\(value.typeName)' cannot be a key") }
        return key
    }
}

extension [Unicode.Scalar] {
    /// Where `part` occurs first, from `start` on.
    func place(of part: [Unicode.Scalar], from start: Int = 0) -> Int? {
        guard let first = part.first else { return start <= count ? start : nil }
        var place = start
        while place + part.count <= count {
            if self[place] == first, self[place..<place + part.count].elementsEqual(part) { return place }
            place += 1
        }
        return nil
    }
}
