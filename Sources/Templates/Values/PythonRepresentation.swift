import JSON

extension Evaluation {
    /// What a value prints as.
    mutating func text(of value: Value) throws(TemplateError) -> String {
        switch value {
        case .undefined: return ""
        case .text(let text), .markup(let text):
            try spend(1)
            return text
        default:
            var output = ""
            try represent(value, into: &output)
            return output
        }
    }

    /// Python's `repr`.
    mutating func representation(of value: Value) throws(TemplateError) -> String {
        var output = ""
        try represent(value, into: &output)
        return output
    }

    mutating func represent(_ value: Value, into output: inout String) throws(TemplateError) {
        try spend(1)
        switch value {
        case .undefined: output += "Undefined"
        case .none: output += "None"
        case .bool(let bool): output += bool ? "True" : "False"
        case .integer(let integer): output += integer.description
        case .float(let float): output += float.pythonText
        case .text(let text): try represent(text, into: &output)
        case .markup(let text):
            output += "Markup("
            try represent(text, into: &output)
            output += ")"
        case .list(let elements): try represent(elements, between: "[", "]", into: &output)
        case .tuple(let elements):
            try represent(elements, between: "(", elements.values.count == 1 ? ",)" : ")", into: &output)
        case .mapping(let mapping): try represent(mapping, into: &output)
        case .loop(let loop): output += "<LoopContext \(loop.index + 1)/\(loop.elements.values.count)>"
        case .namespace: output += "<Namespace>"
        case .method(let owner, let name): output += "<method \(name) of \(owner.typeName) object>"
        case .function(let name): output += "<function \(name)>"
        }
    }

    private mutating func represent(
        _ elements: Elements, between open: String, _ close: String, into output: inout String
    ) throws(TemplateError) {
        output += open
        for (index, element) in elements.values.enumerated() {
            if index > 0 { output += ", " }
            try represent(element, into: &output)
        }
        output += close
    }

    private mutating func represent(_ mapping: Mapping, into output: inout String) throws(TemplateError) {
        output += "{"
        for (index, entry) in mapping.entries.enumerated() {
            if index > 0 { output += ", " }
            try represent(entry.key, into: &output)
            output += ": "
            try represent(entry.value, into: &output)
        }
        output += "}"
    }

    /// In single quotes, unless the text has such and no double ones.
    private mutating func represent(_ text: String, into output: inout String) throws(TemplateError) {
        try spend(text.utf8.count)
        let quote: Unicode.Scalar = text.utf8.contains(0x27) && !text.utf8.contains(0x22) ? "\"" : "'"
        var quoted = String.UnicodeScalarView()
        quoted.append(quote)
        for scalar in text.unicodeScalars {
            switch scalar {
            case quote, "\\": quoted.append(contentsOf: ["\\", scalar])
            case "\n": quoted.append(contentsOf: "\\n".unicodeScalars)
            case "\r": quoted.append(contentsOf: "\\r".unicodeScalars)
            case "\t": quoted.append(contentsOf: "\\t".unicodeScalars)
            case _ where scalar.isPrintable: quoted.append(scalar)
            default: quoted.append(contentsOf: scalar.escaped.unicodeScalars)
            }
        }
        quoted.append(quote)
        output.unicodeScalars.append(contentsOf: quoted)
    }
}

extension Unicode.Scalar {
    /// Whether Python shows it as it is.
    fileprivate var isPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: self == " "
        default: true
        }
    }

    fileprivate var escaped: String {
        let (prefix, length) = value < 0x100 ? ("\\x", 2) : value < 0x10000 ? ("\\u", 4) : ("\\U", 8)
        let digits = String(value, radix: 16)
        return prefix + String(repeating: "0", count: length - digits.count) + digits
    }
}

extension Double {
    /// The number as Python prints it.
    var pythonText: String {
        JSONValue(self)?.pythonText ?? (isNaN ? "nan" : self < 0 ? "-inf" : "inf")
    }
}
