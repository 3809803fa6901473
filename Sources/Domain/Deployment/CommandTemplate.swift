public import JSON

/// A command that names parameters: `{{ parameters.month }}`, or `{{ parameters.range.from }}` for a part of one.
///
/// However it is written, a value stays one value: no shell ever reads it again.
public enum CommandTemplate: Sendable, Hashable {
    /// Executed unchanged but for the values, without a shell.
    case arguments([String])
    /// Executed by `/bin/sh -c`. Values reach it as environment variables, whose contents a shell does not parse.
    case shell(String)

    /// The parameters that it names, in order, each once.
    public var parameterPaths: [String] {
        let texts =
            switch self {
            case .arguments(let arguments): arguments
            case .shell(let script): [script]
            }
        var seen = Set<String>()
        return texts.flatMap { PlaceholderText($0).paths }.filter { seen.insert($0).inserted }
    }

    /// The arguments to execute and the variables that go with them, for these parameters.
    ///
    /// A list becomes itself with the values in place. A shell command becomes `/bin/sh -c SCRIPT`, in which each
    /// placeholder has become a reference to a variable, quoted as its place in the script asks.
    public func render(
        parameters: JSONObject
    ) throws(MissingParameter) -> (arguments: [String], environment: [String: String]) {
        switch self {
        case .arguments(let arguments):
            var rendered: [String] = []
            for argument in arguments {
                rendered.append(try PlaceholderText(argument).render(parameters: parameters))
            }
            return (rendered, [:])
        case .shell(let script): return try ShellScript(script).render(parameters: parameters)
        }
    }
}

/// A placeholder whose parameter was not given and has no default.
public struct MissingParameter: Error, Sendable, Hashable, CustomStringConvertible {
    public let path: String
    public var description: String {
        "the command uses {{ parameters.\(path) }}, but the run has no such parameter: pass -p \(path)=VALUE, "
            + "or give it a default"
    }
}

/// Text with placeholders, taken apart.
public struct PlaceholderText: Sendable, Hashable {
    enum Part: Sendable, Hashable {
        case literal(String)
        case parameter(path: String)
    }

    let parts: [Part]

    /// Every `{{ parameters.PATH }}` in `text` is a placeholder; all else, other braces included, is itself.
    public init(_ text: String) {
        var parts: [Part] = []
        var literal = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            literal += rest[..<open]
            rest = rest[open...]
            if let (path, end) = Self.placeholder(in: rest) {
                if !literal.isEmpty { parts.append(.literal(literal)) }
                literal = ""
                parts.append(.parameter(path: path))
                rest = rest[end...]
            } else {
                literal.append(rest.removeFirst())
            }
        }
        literal += rest
        if !literal.isEmpty || parts.isEmpty { parts.append(.literal(literal)) }
        self.parts = parts
    }

    var paths: [String] {
        parts.compactMap { if case .parameter(let path) = $0 { path } else { nil } }
    }

    /// The text with each value in its place: strings as they are, everything else as JSON, null as nothing.
    public func render(parameters: JSONObject) throws(MissingParameter) -> String {
        var text = ""
        for part in parts {
            switch part {
            case .literal(let literal): text += literal
            case .parameter(let path): text += try Self.value(at: path, of: parameters)
            }
        }
        return text
    }

    static func value(at path: String, of parameters: JSONObject) throws(MissingParameter) -> String {
        var value = JSONValue.object(parameters)
        for component in path.split(separator: ".") {
            guard let next = value[String(component)] else { throw MissingParameter(path: path) }
            value = next
        }
        return switch value {
        case .string(let text): text
        case .null: ""
        default: value.serialized()
        }
    }

    private static func placeholder(in text: Substring) -> (path: String, end: Substring.Index)? {
        guard text.hasPrefix("{{"), let close = firstClose(in: text.dropFirst(2)) else { return nil }
        let inside = text[text.index(text.startIndex, offsetBy: 2)..<close]
        let name = inside.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
        let path = String(name).split(separator: ".", omittingEmptySubsequences: false)
        guard path.count >= 2, path[0] == "parameters", path.allSatisfy(isName) else { return nil }
        return (path.dropFirst().joined(separator: "."), text.index(close, offsetBy: 2))
    }

    private static func firstClose(in text: Substring) -> Substring.Index? {
        var index = text.startIndex
        while index < text.endIndex {
            if text[index...].hasPrefix("}}") { return index }
            if text[index] == "{" || text[index] == "\n" { return nil }
            index = text.index(after: index)
        }
        return nil
    }

    private static func isName(_ text: Substring) -> Bool {
        !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
    }
}
