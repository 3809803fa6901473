extension Routine {
    static let selectionFilters: [String: Routine] = [
        "map": Routine("*", body: map),
        "reject": Routine("*") { evaluation, value, arguments throws(TemplateError) in
            try choose(&evaluation, value, arguments, byAttribute: false, wanted: false)
        },
        "rejectattr": Routine("*") { evaluation, value, arguments throws(TemplateError) in
            try choose(&evaluation, value, arguments, byAttribute: true, wanted: false)
        },
        "select": Routine("*") { evaluation, value, arguments throws(TemplateError) in
            try choose(&evaluation, value, arguments, byAttribute: false, wanted: true)
        },
        "selectattr": Routine("*") { evaluation, value, arguments throws(TemplateError) in
            try choose(&evaluation, value, arguments, byAttribute: true, wanted: true)
        },
    ]

    private static func name(
        _ evaluation: inout Evaluation, _ arguments: GivenArguments
    ) throws(TemplateError) -> String? {
        guard let first = arguments.positional.first else { return nil }
        guard let name = first.string else { throw evaluation.failure("a name is text") }
        return name
    }

    private static func map(
        _ evaluation: inout Evaluation, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        guard value.isTrue else { return .list([]) }
        let given = arguments.given
        let filter = try name(&evaluation, given)
        guard filter != nil || arguments["attribute"] != nil else {
            throw evaluation.failure("'map' takes a filter or an attribute")
        }
        if filter == nil, let other = given.named.first(where: { !["attribute", "default"].contains($0.name) }) {
            throw evaluation.failure("unexpected argument '\(other.name)'")
        }
        let standard = arguments.isGiven("default") ? arguments.value("default") : nil
        var mapped: [Value] = []
        for element in try evaluation.sequence(value) {
            if let filter {
                mapped.append(try evaluation.apply(filter: filter, given.dropFirst(1), to: element))
            } else {
                let path = arguments.value("attribute")
                mapped.append(try evaluation.attribute(path: path, of: element, or: standard))
            }
        }
        return .list(mapped)
    }

    /// The elements of which a test holds, or of which it does not. Without a test, that they count as true.
    private static func choose(
        _ evaluation: inout Evaluation, _ value: Value, _ arguments: Arguments, byAttribute: Bool, wanted: Bool
    ) throws(TemplateError) -> Value {
        guard value.isTrue else { return .list([]) }
        var given = arguments.given
        var path = Value.none
        if byAttribute {
            guard let attribute = given.positional.first else { throw evaluation.failure("the attribute is missing") }
            path = attribute
            given = given.dropFirst(1)
        }
        let test = try name(&evaluation, given)
        var chosen: [Value] = []
        for element in try evaluation.sequence(value) {
            let subject = try evaluation.attribute(path: path, of: element)
            try evaluation.spend(1)
            let holds =
                if let test {
                    try evaluation.check(test: test, given.dropFirst(1), of: subject)
                } else {
                    subject.isTrue
                }
            if holds == wanted { chosen.append(element) }
        }
        return .list(chosen)
    }
}
