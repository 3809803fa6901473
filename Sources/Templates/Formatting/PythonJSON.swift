import JSON

extension Evaluation {
    /// What Jinja's `tojson` writes: Python's JSON with sorted keys, and without what means something in HTML.
    mutating func htmlSafeJSON(_ value: Value, indent: Int?) throws(TemplateError) -> String {
        var text = ""
        try writeJSON(value, indent: indent.map { max(0, $0) }, depth: 0, into: &text)
        var safe = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": safe += "\\u003c"
            case ">": safe += "\\u003e"
            case "&": safe += "\\u0026"
            case "'": safe += "\\u0027"
            default: safe.unicodeScalars.append(scalar)
            }
        }
        try spend(safe.utf8.count)
        return safe
    }

    private mutating func writeJSON(
        _ value: Value, indent: Int?, depth: Int, into text: inout String
    ) throws(TemplateError) {
        try spend(on: value)
        switch value {
        case .none: text += "null"
        case .bool(let bool): text += bool ? "true" : "false"
        case .integer(let integer): text += integer.description
        case .float(let float):
            text += float.isFinite ? float.pythonText : float.isNaN ? "NaN" : float < 0 ? "-Infinity" : "Infinity"
        case .text(let string), .markup(let string):
            try spend(string.utf8.count)
            text += JSONValue.string(string).pythonText
        case .list(let elements), .tuple(let elements):
            text += "["
            for (index, element) in elements.values.enumerated() {
                try beginLine(indent, depth + 1, isFirst: index == 0, into: &text)
                try writeJSON(element, indent: indent, depth: depth + 1, into: &text)
            }
            if !elements.values.isEmpty { try endLines(indent, depth, into: &text) }
            text += "]"
        case .mapping(let mapping): try writeJSON(mapping, indent: indent, depth: depth, into: &text)
        case .undefined, .loop, .namespace, .method, .function:
            throw failure("a '\(value.typeName)' cannot be written as JSON")
        }
    }

    private mutating func writeJSON(
        _ mapping: Mapping, indent: Int?, depth: Int, into text: inout String
    ) throws(TemplateError) {
        let keys = try sorted(mapping.entries.map { [$0.key] })
        text += "{"
        for (index, place) in keys.enumerated() {
            let entry = mapping.entries[place]
            try beginLine(indent, depth + 1, isFirst: index == 0, into: &text)
            var key = ""
            try writeJSON(entry.key, indent: nil, depth: 0, into: &key)
            text += entry.key.string == nil ? "\"\(key)\"" : key
            text += ": "
            try writeJSON(entry.value, indent: indent, depth: depth + 1, into: &text)
        }
        if !keys.isEmpty { try endLines(indent, depth, into: &text) }
        text += "}"
    }

    private mutating func beginLine(
        _ indent: Int?, _ depth: Int, isFirst: Bool, into text: inout String
    ) throws(TemplateError) {
        if !isFirst { text += indent == nil ? ", " : "," }
        try endLines(indent, depth, into: &text)
    }

    private mutating func endLines(_ indent: Int?, _ depth: Int, into text: inout String) throws(TemplateError) {
        guard let indent else { return }
        let (blanks, isTooMany) = indent.multipliedReportingOverflow(by: depth)
        try spend(isTooMany ? .max : blanks)
        text += "\n" + String(repeating: " ", count: blanks)
    }
}
