extension Routine {
    /// The functions that a template can call without being given them.
    static let globals: [String: Routine] = [
        "range": Routine("start", "stop", "step", required: 1, body: range),
        "dict": Routine("*", body: dict),
        "namespace": Routine("*", body: namespace),
    ]

    /// The most numbers in a range, as Prefect allows.
    private static let longestRange = 100

    private static func range(
        _ evaluation: inout Evaluation, _: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let isOne = arguments["stop"] == nil
        let start = isOne ? 0 : try arguments.integer("start", or: 0)
        let stop = try arguments.integer(isOne ? "start" : "stop", or: 0)
        let step = try arguments.integer("step", or: 1)
        if step == 0 { throw evaluation.failure("a range cannot have a step of zero") }
        let numbers = Array(stride(from: Int128(start), to: Int128(stop), by: Int(step)).prefix(longestRange + 1))
        if numbers.count > longestRange {
            throw evaluation.failure("Range too big. Ranges can have no more than \(longestRange) numbers.")
        }
        try evaluation.spend(numbers.count)
        return .list(numbers.map { .integer($0) })
    }

    private static func members(
        _ evaluation: inout Evaluation, _ arguments: Arguments
    ) throws(TemplateError) -> Mapping {
        var mapping = Mapping()
        if let first = arguments.given.positional.first { mapping = try evaluation.mapping(of: first) }
        for (name, value) in arguments.given.named { mapping.set(name, to: value) }
        return mapping
    }

    private static func dict(
        _ evaluation: inout Evaluation, _: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        .mapping(try members(&evaluation, arguments))
    }

    private static func namespace(
        _ evaluation: inout Evaluation, _: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        evaluation.makeNamespace(try members(&evaluation, arguments))
    }

    static let loopMethods: [String: Routine] = [
        "cycle": Routine("*") { evaluation, subject, arguments throws(TemplateError) in
            let values = arguments.given.positional
            guard case .loop(let loop) = subject, !values.isEmpty else {
                throw evaluation.failure("no items for cycling given")
            }
            return values[loop.index % values.count]
        }
    ]
}

extension Evaluation {
    /// A mapping, or what pairs of keys and values make.
    mutating func mapping(of value: Value) throws(TemplateError) -> Mapping {
        if case .mapping(let mapping) = value { return mapping }
        var mapping = Mapping()
        for pair in try sequence(value) {
            try spend(1)
            let parts = try sequence(pair)
            guard parts.count == 2 else { throw failure("a mapping is made of pairs") }
            mapping.set(try key(parts[0]), parts[0], to: parts[1])
        }
        return mapping
    }
}
