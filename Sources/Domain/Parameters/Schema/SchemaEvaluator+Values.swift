import JSON

/// Rules on numbers and strings.
extension SchemaEvaluator {
    func satisfies(_ rule: NumberRule, _ value: JSONValue) -> Bool {
        switch rule {
        case .minimum(let bound): !value.isBelow(bound)
        case .maximum(let bound): !value.isAbove(bound)
        case .exclusiveMinimum(let bound): value.isAbove(bound)
        case .exclusiveMaximum(let bound): value.isBelow(bound)
        case .multipleOf(let bound): value.isMultiple(of: bound)
        }
    }

    mutating func satisfies(_ rule: StringRule, _ text: String, _ value: JSONValue) -> Bool {
        switch rule {
        case .minLength(let count):
            // A code point takes one to four bytes.
            text.utf8.count >= count && (text.utf8.count / 4 >= count || text.unicodeScalars.count >= count)
        case .maxLength(let count):
            text.utf8.count <= count || text.unicodeScalars.count <= count
        case .pattern(let pattern):
            occurs(pattern, in: text, value)
        case .format(let format):
            spend(text.utf8.count / 16, on: value) && format.accepts(text)
        }
    }
}

extension JSONValue {
    fileprivate func isBelow(_ bound: SchemaBound) -> Bool {
        if case .integer(let integer) = self, let limit = bound.integer { return integer < limit }
        return ExactDecimal(self).map { $0 < bound.decimal } ?? false
    }

    fileprivate func isAbove(_ bound: SchemaBound) -> Bool {
        if case .integer(let integer) = self, let limit = bound.integer { return integer > limit }
        return ExactDecimal(self).map { $0 > bound.decimal } ?? false
    }

    fileprivate func isMultiple(of bound: SchemaBound) -> Bool {
        if case .integer(let integer) = self, let divisor = bound.integer { return integer % divisor == 0 }
        return ExactDecimal(self)?.isMultiple(of: bound.decimal) ?? false
    }
}
