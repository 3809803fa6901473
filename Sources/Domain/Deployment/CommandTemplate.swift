public import JSON

/// A command that names parameters, and what the server keeps: `{{ parameters.month }}`, `{{ secrets.token }}`.
///
/// However it is written, a value stays one value: no shell ever reads it again.
public enum CommandTemplate: Sendable, Hashable {
    /// Executed unchanged but for the values, without a shell.
    case arguments([String])
    /// Executed by `/bin/sh -c`. Values reach it as environment variables, whose contents a shell does not parse.
    case shell(String)

    var texts: [String] {
        switch self {
        case .arguments(let arguments): arguments
        case .shell(let script): [script]
        }
    }

    /// The parameters that it names, in order, each once: `range.from` for `{{ parameters.range.from }}`.
    public var parameterPaths: [String] {
        var seen = Set<String>()
        return texts.flatMap { PlaceholderText($0).references }.filter { $0.source == .parameters }.map(\.joinedPath)
            .filter { seen.insert($0).inserted }
    }

    /// The secrets that it would show to everybody on its host: each user sees the arguments of all programs.
    public var exposedSecrets: [TemplateReference] {
        guard case .arguments(let arguments) = self else { return [] }
        return arguments.flatMap { PlaceholderText($0).references }.filter { $0.source == .secrets }
    }

    /// Refuses parameters that lack one which it names.
    public func check(_ parameters: JSONObject) throws(UnresolvedReference) {
        let scope = TemplateScope(parameters: parameters)
        for text in texts {
            for reference in PlaceholderText(text).references where reference.source == .parameters {
                _ = try scope.text(of: reference)
            }
        }
    }

    /// The arguments to execute and the variables that go with them, with what `scope` has.
    ///
    /// A list becomes itself with the values in place. A shell command becomes `/bin/sh -c SCRIPT`, in which each
    /// placeholder has become a reference to a variable, quoted as its place in the script asks.
    public func render(
        in scope: TemplateScope
    ) throws(UnresolvedReference) -> (arguments: [String], environment: [String: String]) {
        switch self {
        case .arguments(let arguments):
            var rendered: [String] = []
            for argument in arguments { rendered.append(try PlaceholderText(argument).render(in: scope)) }
            return (rendered, [:])
        case .shell(let script): return try ShellScript(script).render(in: scope)
        }
    }
}
