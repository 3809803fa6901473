import APIClient
import ArgumentParser
import JSON

/// `sluice deployment`
struct DeploymentCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deployment", abstract: "What can be run.", subcommands: [ListDeployments.self])
}

/// `sluice deployment ls`
struct ListDeployments: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List deployments and what their runs need.",
        discussion: """
            A parameter with '*' has no default.

            EXAMPLES
              sluice deployment ls
              sluice deployment ls --json
            """)

    @OptionGroup var server: ServerOptions

    func run() async throws {
        let surroundings = Surroundings.current
        let console = surroundings.console
        let deployments = try await server.connection().deployments()
        if server.json { return try console.print(deployments.map(\.json).json.serialized()) }
        guard !deployments.isEmpty else {
            return console.note("No deployments yet. Register one: sluice deploy PATH")
        }
        var table = Table([
            Table.Column("DEPLOYMENT", narrowest: 12), Table.Column("QUEUE", narrowest: 7),
            Table.Column("PARAMETERS", narrowest: 10), Table.Column("CHANGED"),
            Table.Column("DESCRIPTION", narrowest: 11),
        ])
        for deployment in deployments.sorted(by: { $0.path < $1.path }) {
            let queue = [deployment.poolName, deployment.queueName].compactMap { $0 }.joined(separator: "/")
            let description = deployment.description?.split(separator: "\n").first.map(String.init) ?? ""
            table.add([
                Table.Cell(deployment.path), Table.Cell(queue), Table.Cell(deployment.parameterSummary),
                Table.Cell(deployment.updated.map { HumanTime.relative($0, to: surroundings.now()) } ?? ""),
                Table.Cell(description),
            ])
        }
        for line in table.lines(width: console.output.width(), style: console.style) { try console.print(line) }
    }
}

extension DeploymentResource {
    /// `month* carriers`
    fileprivate var parameterSummary: String {
        let names = parameterSchema?["properties"]?.objectValue?.keys ?? []
        let required = parameterSchema?["required"]?.arrayValue?.compactMap(\.stringValue) ?? []
        return names.map { name in
            required.contains(name) && !parameters.contains(key: name) ? "\(name)*" : name
        }.joined(separator: " ")
    }
}
