import APIClient
import ArgumentParser
import JSON

/// `sluice agent`
struct AgentCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent", abstract: "The agents that execute runs.", subcommands: [ListAgents.self])
}

/// `sluice agent ls`
struct ListAgents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List agents: where they are, what they serve, how busy they are.",
        discussion: """
            EXAMPLES
              sluice agent ls
              sluice agent ls --json
            """)

    @OptionGroup var server: ServerOptions

    func run() async throws {
        let surroundings = Surroundings.current
        let console = surroundings.console
        let connection = server.connection()
        let agents = try await connection.agents()
        if server.json { return try console.print(agents.map(\.json).json.serialized()) }
        guard !agents.isEmpty else {
            let endpoint = (try? await connection.server().agentEndpoint) ?? "HOST:4201"
            return console.note("No agents yet. Start one: sluice-agent --server \(endpoint)")
        }
        var table = Table([
            Table.Column("AGENT", narrowest: 8), Table.Column("HOST", narrowest: 6), Table.Column("STATUS"),
            Table.Column("POOL", narrowest: 6), Table.Column("QUEUES", narrowest: 6),
            Table.Column("BUSY", isRight: true), Table.Column("SEEN"), Table.Column("LABELS", narrowest: 6),
        ])
        for agent in agents {
            let labels = agent.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            table.add([
                Table.Cell(agent.name), Table.Cell(agent.host),
                agent.isOnline ? Table.Cell("online", .green) : Table.Cell("offline", .red),
                Table.Cell(agent.poolName),
                Table.Cell(agent.queues.isEmpty ? "all" : agent.queues.joined(separator: ",")),
                Table.Cell("\(agent.held)/\(agent.slots)"),
                Table.Cell(agent.lastSeen.map { HumanTime.relative($0, to: surroundings.now()) } ?? ""),
                Table.Cell(labels.joined(separator: " ")),
            ])
        }
        for line in table.lines(width: console.output.width(), style: console.style) { try console.print(line) }
    }
}
