/// A shell command with placeholders. Each becomes a reference to an environment variable, so that no value can be
/// taken for a piece of the script, whatever it holds.
struct ShellScript {
    private let text: PlaceholderText

    init(_ script: String) { text = PlaceholderText(script) }

    func render(
        in scope: TemplateScope
    ) throws(UnresolvedReference) -> (arguments: [String], environment: [String: String]) {
        var script = ""
        var environment: [String: String] = [:]
        var quoting = Quoting.none
        for part in text.parts {
            switch part {
            case .literal(let literal):
                script += literal
                quoting = quoting.after(literal)
            case .reference(let reference):
                let name = "SLUICE_VALUE_\(environment.count + 1)"
                environment[name] = try scope.text(of: reference)
                script += quoting.reference(to: name)
            }
        }
        return (["/bin/sh", "-c", script], environment)
    }

    /// What kind of quotes the script is in, as far as single and double quotes and backslashes tell. A wrong guess
    /// (in a here-document, say) can show in the text, but never makes a value into code.
    enum Quoting {
        case none, single, double

        func reference(to variable: String) -> String {
            switch self {
            case .none: "\"${\(variable)}\""
            case .double: "${\(variable)}"
            case .single: "'\"${\(variable)}\"'"
            }
        }

        func after(_ literal: String) -> Quoting {
            var state = self
            var escaped = false
            for character in literal {
                if escaped {
                    escaped = false
                    continue
                }
                switch (state, character) {
                case (.none, "\\"), (.double, "\\"): escaped = true
                case (.none, "'"): state = .single
                case (.none, "\""): state = .double
                case (.single, "'"), (.double, "\""): state = .none
                default: break
                }
            }
            return state
        }
    }
}
