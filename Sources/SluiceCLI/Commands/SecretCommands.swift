import APIClient
import ArgumentParser
import DeploymentDocument
import Domain
import JSON

/// `sluice secret`
struct SecretCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secret", abstract: "Values that are kept sealed, and hidden in logs.",
        discussion: """
            A deployment's command and environment name one as {{ secrets.NAME }}. To Prefect's clients it is a block of \
            the type Secret.
            """,
        subcommands: [ListSecrets.self, SetSecret.self, DeleteSecret.self])
}

/// `sluice secret ls`
struct ListSecrets: ListCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List secrets, without what they hold.",
        discussion: """
            EXAMPLES
              sluice secret ls
              sluice secret ls --json
            """)

    @OptionGroup var server: ServerOptions

    func elements(from connection: APIConnection) async throws -> [BlockResource] {
        try await connection.blocks(ofType: APIConnection.secretType)
    }

    func messageForNone(_ connection: APIConnection) -> String {
        "No secrets yet. Make one: sluice secret set NAME < FILE"
    }

    func columns(at now: Timestamp) -> [ListColumn<BlockResource>] {
        [
            ListColumn("SECRET", narrowest: 8) { Table.Cell($0.name ?? $0.id) },
            ListColumn("CHANGED") { .time($0.updated, at: now) },
        ]
    }
}

/// `sluice secret set`
struct SetSecret: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Make a secret, or give it another value, from the standard input or a file.",
        discussion: """
            The value is no argument, since everybody on a host sees the arguments of every program. A line break at its \
            end does not belong to it.

            EXAMPLES
              sluice secret set github-token < token.txt
              sluice secret set github-token --from token.txt
            """)

    /// Larger than any key or certificate.
    private static let largest = 1 << 20

    @Argument(help: ArgumentHelp("The secret: letters, digits and dashes.", valueName: "name"), completion: .secrets)
    var name: String

    @Option(help: ArgumentHelp("The file that holds it; - for the standard input.", valueName: "file"))
    var from = "-"

    @OptionGroup var server: ServerOptions

    func run() async throws {
        let surroundings = Surroundings.current
        let source = try ByteSource(path: from, input: surroundings.input)
        var value = String(decoding: try source.rest(atMost: Self.largest), as: UTF8.self)
        if value.last?.isNewline == true { value.removeLast() }
        guard !value.isEmpty else { throw CommandFailure.usage("\(source.name) is empty: there is no secret in it") }
        try await server.connection().set(secret: name, to: value)
        let json: JSONValue = ["name": .string(name)]
        try surroundings.console.print(server.json ? json.serialized() : "The secret '\(name)' is kept.")
    }
}

/// `sluice secret delete`
struct DeleteSecret: DeleteCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a secret.",
        discussion: """
            EXAMPLES
              sluice secret delete github-token
              sluice secret delete github-token --yes
            """)

    @Argument(help: ArgumentHelp("The secret.", valueName: "name"), completion: .secrets)
    var name: String

    @OptionGroup var consent: Consent
    @OptionGroup var server: ServerOptions

    func doomed(_ connection: APIConnection) async throws -> Doomed {
        let found = try await BlockArgument.find(name, ofType: APIConnection.secretType, "secret", in: connection)
        return Doomed(
            what: "the secret '\(name)'", consequences: ["Runs whose deployments name it will not start."],
            json: found.json
        ) { try await connection.delete(block: found.id) }
    }
}
