import ArgumentParser
import JSON

/// The parameters of one run.
struct ParameterOptions: ParsableArguments {
    @Option(
        name: [.customShort("p"), .customLong("param")],
        help: ArgumentHelp("A parameter; repeatable.", valueName: "name=value"))
    var p: [NamedText] = []

    @Option(help: ArgumentHelp("Parameters as a JSON object, from a file or from - .", valueName: "file"))
    var params: String?

    /// - Parameters:
    ///   - schema: of the deployment, which says what is a text and what is JSON; nothing if it has none.
    ///   - input: the descriptor of the standard input.
    /// - Throws: `CommandFailure` for what the schema does not know, and what cannot be read.
    func parameters(for schema: JSONValue?, input: Int32) throws -> JSONObject {
        try ParameterSources(file: params, arguments: p).parameters(types: DeclaredTypes(schema: schema), input: input)
    }
}
