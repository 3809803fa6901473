extension Routine {
    /// What Python's own types would do to themselves, by the names of the types.
    static let changingMethods: [String: Set<String>] = [
        "list": ["append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"],
        "dict": ["clear", "pop", "popitem", "setdefault", "update"],
    ]

    static let mappingMethods: [String: Routine] = [
        "get": Routine("key", "default", required: 1, body: get),
        "keys": Routine { evaluation, subject, _ throws(TemplateError) in .list(try evaluation.sequence(subject)) },
        "values": Routine { evaluation, subject, _ throws(TemplateError) in
            .list(try evaluation.mapping(of: subject).entries.map(\.value))
        },
        "items": Routine { evaluation, subject, _ throws(TemplateError) in .list(try evaluation.items(of: subject)) },
        "copy": Routine { _, subject, _ in subject },
    ]

    private static func get(
        _ evaluation: inout Evaluation, _ subject: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let mapping = try evaluation.mapping(of: subject)
        return try evaluation.member(arguments.value("key"), of: mapping) ?? arguments.value("default")
    }

    static let listMethods: [String: Routine] = [
        "index": Routine("value", required: 1, body: index),
        "count": Routine("value", required: 1) { evaluation, subject, arguments throws(TemplateError) in
            var count: Int128 = 0
            for element in try evaluation.sequence(subject)
            where try evaluation.areEqual(element, arguments.value("value")) {
                count += 1
            }
            return .integer(count)
        },
        "copy": Routine { _, subject, _ in subject },
    ]

    private static func index(
        _ evaluation: inout Evaluation, _ subject: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        for (index, element) in try evaluation.sequence(subject).enumerated()
        where try evaluation.areEqual(element, arguments.value("value")) {
            return .integer(Int128(index))
        }
        throw evaluation.failure("the list does not have that value")
    }
}

extension Evaluation {
    /// The members of a mapping as pairs.
    mutating func items(of value: Value) throws(TemplateError) -> [Value] {
        let entries = try mapping(of: value).entries
        try spend(entries.count)
        return entries.map { .tuple([$0.key, $0.value]) }
    }
}
