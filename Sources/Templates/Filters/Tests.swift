extension Routine {
    /// The tests of the language, what may stand behind `is`, by their names.
    static let tests: [String: Routine] = kindTests.merging(comparisonTests) { first, _ in first }

    private static func test(_ holds: @escaping @Sendable (Value) -> Bool) -> Routine {
        Routine { _, value, _ in .bool(holds(value)) }
    }

    private static let kindTests: [String: Routine] = [
        "boolean": test { if case .bool = $0 { true } else { false } },
        "callable": test {
            switch $0 {
            case .method, .function, .undefined: true
            default: false
            }
        },
        "defined": test { !$0.isUndefined },
        "escaped": test(\.isMarkup),
        "false": test { if case .bool(false) = $0 { true } else { false } },
        "filter": Routine { evaluation, value, _ in
            .bool(value.string.map { evaluation.filters[$0] != nil || filters[$0] != nil } ?? false)
        },
        "float": test { if case .float = $0 { true } else { false } },
        "integer": test { if case .integer = $0 { true } else { false } },
        "iterable": test { isSequence($0) || $0.isLoop },
        "mapping": test { if case .mapping = $0 { true } else { false } },
        "none": test { if case .none = $0 { true } else { false } },
        "number": test { $0.double != nil },
        "sequence": test(isSequence),
        "string": test { $0.string != nil },
        "test": test { value in value.string.map { tests[$0] != nil } ?? false },
        "true": test { if case .bool(true) = $0 { true } else { false } },
        "undefined": test(\.isUndefined),
        "even": Routine { evaluation, value, _ throws(TemplateError) in
            .bool(try evaluation.remainder(value, by: 2, is: 0))
        },
        "odd": Routine { evaluation, value, _ throws(TemplateError) in
            .bool(try evaluation.remainder(value, by: 2, is: 1))
        },
        "lower": Routine { evaluation, value, _ throws(TemplateError) in
            .bool(try evaluation.text(of: value).isLowercase)
        },
        "upper": Routine { evaluation, value, _ throws(TemplateError) in
            .bool(try evaluation.text(of: value).isUppercase)
        },
    ]

    private static func isSequence(_ value: Value) -> Bool {
        switch value {
        case .undefined, .text, .markup, .list, .tuple, .mapping: true
        default: false
        }
    }

    private static func comparison(_ comparison: ComparisonOperator) -> Routine {
        Routine("other", required: 1) { evaluation, value, arguments throws(TemplateError) in
            .bool(try evaluation.holds(comparison, value, arguments.value("other")))
        }
    }

    private static let comparisonTests: [String: Routine] = [
        "==": comparison(.equal), "eq": comparison(.equal), "equalto": comparison(.equal),
        "!=": comparison(.unequal), "ne": comparison(.unequal),
        "<": comparison(.less), "lt": comparison(.less), "lessthan": comparison(.less),
        "<=": comparison(.lessOrEqual), "le": comparison(.lessOrEqual),
        ">": comparison(.greater), "gt": comparison(.greater), "greaterthan": comparison(.greater),
        ">=": comparison(.greaterOrEqual), "ge": comparison(.greaterOrEqual),
        "in": comparison(.contained),
        "divisibleby": Routine("num", required: 1) { evaluation, value, arguments throws(TemplateError) in
            let number = arguments.value("num")
            return .bool(try evaluation.areEqual(try evaluation.calculate(.modulo, value, number), .integer(0)))
        },
        "sameas": Routine("other", required: 1) { evaluation, value, arguments throws(TemplateError) in
            let other = arguments.value("other")
            guard value.typeName == other.typeName else { return .bool(false) }
            return .bool(try evaluation.areEqual(value, other))
        },
    ]
}

extension Evaluation {
    fileprivate mutating func remainder(
        _ value: Value, by divisor: Int128, is remainder: Int128
    ) throws(TemplateError) -> Bool {
        try areEqual(try calculate(.modulo, value, .integer(divisor)), .integer(remainder))
    }
}

extension Value {
    fileprivate var isLoop: Bool {
        if case .loop = self { true } else { false }
    }
}

extension String {
    /// Whether it has letters with a case, and all of them are in this one.
    var isLowercase: Bool { unicodeScalars.contains(where: \.properties.isCased) && self.isSame(as: lowercased()) }
    var isUppercase: Bool { unicodeScalars.contains(where: \.properties.isCased) && self.isSame(as: uppercased()) }
}
