import APIClient
import ArgumentParser
import DeploymentDocument
import Domain
import JSON

/// `sluice variable`
struct VariableCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "variable", abstract: "Named values that deployments and flows read.",
        discussion: "A deployment's command and environment name one as {{ variables.NAME }}.",
        subcommands: [ListVariables.self, GetVariable.self, SetVariable.self, DeleteVariable.self])
}

/// `sluice variable ls`
struct ListVariables: ListCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List variables.",
        discussion: """
            EXAMPLES
              sluice variable ls
              sluice variable ls --json
            """)

    @OptionGroup var server: ServerOptions

    func elements(from connection: APIConnection) async throws -> [VariableResource] {
        try await connection.variables()
    }

    func messageForNone(_ connection: APIConnection) -> String {
        "No variables yet. Make one: sluice variable set NAME VALUE"
    }

    func columns(at now: Timestamp) -> [ListColumn<VariableResource>] {
        [
            ListColumn("VARIABLE", narrowest: 8) { Table.Cell($0.name) },
            ListColumn("VALUE", narrowest: 8) { Table.Cell($0.value.textInCommands) },
            ListColumn("TAGS", narrowest: 8) { Table.Cell($0.tags.joined(separator: " ")) },
            ListColumn("CHANGED") { .time($0.updated, at: now) },
        ]
    }
}

/// `sluice variable get`
struct GetVariable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Print a variable's value: a text as it is, anything else as JSON.",
        discussion: """
            EXAMPLES
              sluice variable get bucket
            """)

    @OptionGroup var variable: VariableArgument
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let found = try await variable.find(in: server.connection())
        let console = Surroundings.current.console
        try console.print(server.json ? found.json.serialized() : found.value.textInCommands)
    }
}

/// `sluice variable set`
struct SetVariable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Make a variable, or give it another value.",
        discussion: """
            What reads as a JSON number, list, object, true, false or null is one; all else is a text. With --text \
            everything is.

            EXAMPLES
              sluice variable set bucket trips
              sluice variable set limits '{"rows": 1000}' --tag etl
              sluice variable set zip 01234 --text
            """)

    @Argument(help: ArgumentHelp("The variable: small letters, digits and _.", valueName: "name"))
    var name: String

    @Argument(help: ArgumentHelp("Its value.", valueName: "value"))
    var value: String

    @Flag(name: .long, help: "The value is a text, whatever it looks like.")
    var text = false

    @Option(name: .long, help: ArgumentHelp("A tag; may be repeated. Replaces those that it has.", valueName: "tag"))
    var tag: [String] = []

    @OptionGroup var server: ServerOptions

    func run() async throws {
        let console = Surroundings.current.console
        let read = text ? nil : try? JSONValue(parsing: value)
        let made = try await server.connection().set(
            variable: name, to: read ?? .string(value), tags: tag.isEmpty ? nil : tag)
        try console.print(
            server.json ? made.json.serialized() : "The variable '\(name)' is \(made.value.serialized()).")
    }
}

/// `sluice variable delete`
struct DeleteVariable: DeleteCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a variable.",
        discussion: """
            EXAMPLES
              sluice variable delete bucket
              sluice variable delete bucket --yes
            """)

    @OptionGroup var variable: VariableArgument
    @OptionGroup var consent: Consent
    @OptionGroup var server: ServerOptions

    func doomed(_ connection: APIConnection) async throws -> Doomed {
        let found = try await variable.find(in: connection)
        return Doomed(
            what: "the variable '\(found.name)'", consequences: ["Runs whose deployments name it will not start."],
            json: found.json
        ) { try await connection.delete(variable: found.name) }
    }
}

/// A variable as people name it.
struct VariableArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("The variable.", valueName: "name"), completion: .variables)
    var name: String

    func find(in connection: APIConnection) async throws -> VariableResource {
        do {
            return try await connection.variable(name)
        } catch {
            guard error.isNotFound else { throw error }
            let known = try await connection.variables().map(\.name)
            throw CommandFailure.failed("there is no variable '\(name)'\(NearestName.hint(for: name, among: known))")
        }
    }
}
