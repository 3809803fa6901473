extension Routine {
    static let collectionFilters: [String: Routine] = [
        "attr": Routine("name", required: 1) { evaluation, value, arguments throws(TemplateError) in
            let name = try arguments.text("name", or: "")
            if case .mapping = value, mappingMethods[name] == nil {
                return .undefined("'dict object' has no attribute '\(name)'")
            }
            return evaluation.attribute(name, of: value)
        },
        "batch": Routine("linecount", "fill_with", required: 1, body: batch),
        "count": Routine(body: length),
        "d": Routine("default_value", "boolean", body: standard),
        "default": Routine("default_value", "boolean", body: standard),
        "first": Routine { evaluation, value, _ throws(TemplateError) in
            try evaluation.sequence(value).first ?? .undefined("No first item, sequence was empty.")
        },
        "items": Routine { evaluation, value, _ throws(TemplateError) in
            switch value {
            case .undefined: return .list([])
            case .mapping: return .list(try evaluation.items(of: value))
            default: throw evaluation.failure("'items' takes a mapping")
            }
        },
        "join": Routine("d", "attribute", body: join),
        "last": Routine { evaluation, value, _ throws(TemplateError) in
            try evaluation.sequence(value).last ?? .undefined("No last item, sequence was empty.")
        },
        "length": Routine(body: length),
        "list": Routine { evaluation, value, _ throws(TemplateError) in .list(try evaluation.sequence(value)) },
        "slice": Routine("slices", "fill_with", required: 1, body: columns),
        "sum": Routine("attribute", "start", body: sum),
    ]

    private static func length(
        _ evaluation: inout Evaluation, _ value: Value, _: Arguments
    ) throws(TemplateError) -> Value {
        .integer(Int128(try evaluation.length(of: value)))
    }

    private static func standard(
        _ evaluation: inout Evaluation, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let isMissing = value.isUndefined || (arguments.flag("boolean") && !value.isTrue)
        return isMissing ? arguments["default_value"] ?? .text("") : value
    }

    private static func join(
        _ evaluation: inout Evaluation, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let separator = try arguments["d"].map { value throws(TemplateError) in try evaluation.text(of: value) } ?? ""
        var joined = ""
        for (index, element) in try evaluation.sequence(value).enumerated() {
            let part = try evaluation.text(
                of: try evaluation.attribute(path: arguments.value("attribute"), of: element))
            try evaluation.spend(part.utf8.count + separator.utf8.count)
            joined += (index > 0 ? separator : "") + part
        }
        return .text(joined)
    }

    private static func sum(
        _ evaluation: inout Evaluation, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        var sum = arguments["start"] ?? .integer(0)
        if sum.string != nil { throw evaluation.failure("texts cannot be summed up; join them") }
        for element in try evaluation.sequence(value) {
            let part = try evaluation.attribute(path: arguments.value("attribute"), of: element)
            sum = try evaluation.calculate(.add, sum, part)
        }
        return sum
    }

    private static func batch(
        _ evaluation: inout Evaluation, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let elements = try evaluation.sequence(value)
        let size = try arguments.integer("linecount", or: 1)
        guard size > 0 else { throw evaluation.failure("a batch needs at least one element") }
        try evaluation.spend(elements.count)
        var rows = stride(from: 0, to: elements.count, by: size).map { start in
            Array(
                elements[
                    start..<min(elements.count, start.addingReportingOverflow(size).overflow ? .max : start + size)])
        }
        if arguments.isGiven("fill_with"), let last = rows.last {
            try evaluation.spend(size - last.count)
            rows[rows.count - 1] += Array(repeating: arguments.value("fill_with"), count: size - last.count)
        }
        return .list(rows.map { .list($0) })
    }

    /// So many lists of nearly the same length, the longer ones first.
    private static func columns(
        _ evaluation: inout Evaluation, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let elements = try evaluation.sequence(value)
        let count = try arguments.integer("slices", or: 1)
        guard count > 0 else { throw evaluation.failure("a list is cut into at least one slice") }
        try evaluation.spend(count)
        try evaluation.spend(elements.count)
        let longer = elements.count % count
        var start = 0
        var columns: [Value] = []
        for index in 0..<count {
            let end = start + elements.count / count + (index < longer ? 1 : 0)
            var column = Array(elements[start..<end])
            if arguments.isGiven("fill_with"), index >= longer { column.append(arguments.value("fill_with")) }
            columns.append(.list(column))
            start = end
        }
        return .list(columns)
    }
}

extension Evaluation {
    /// How many elements a value has.
    ///
    /// - Throws: `TemplateError` for what has none.
    mutating func length(of value: Value) throws(TemplateError) -> Int {
        if let text = value.string { return text.unicodeScalars.count }
        return try sequence(value).count
    }
}
