import APIClient
import ArgumentParser
import JSON

/// `sluice agent`
struct AgentCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent", abstract: "The agents that execute runs.",
        subcommands: [ListAgents.self, DrainAgent.self])
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

/// `sluice agent drain`
struct DrainAgent: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Take an agent out of service: it takes no more runs, and ends when those that it has have ended.",
        discussion: """
            EXAMPLES
              sluice agent drain worker-3
              sluice agent drain 019aa6b2-3f1c --reason "kernel update"
            """)

    @Argument(help: ArgumentHelp("The agent's name, or its id or the beginning of it.", valueName: "agent"))
    var agent: String

    @Option(help: ArgumentHelp("Why; the agent logs it.", valueName: "text"))
    var reason: String?

    @OptionGroup var server: ServerOptions

    func run() async throws {
        let console = Surroundings.current.console
        let connection = server.connection()
        let drained = try await connection.drain(agent: try await meant(by: connection).id, reason: reason)
        if server.json { return try console.print(drained.json.serialized()) }
        let rest = drained.held == 0 ? "It has none." : "It has \(HumanAmount.of(drained.held, "run")) to end first."
        try console.print("\(drained.name) on \(drained.host) takes no more runs. \(rest)")
    }

    /// Names are not unique, and an agent that is gone may have had the same one.
    private func meant(by connection: APIConnection) async throws -> AgentResource {
        let agents = try await connection.agents()
        let named = agents.filter { $0.name == agent }
        let online = named.filter(\.isOnline)
        let candidates =
            named.isEmpty ? agents.filter { $0.id.hasPrefix(agent.lowercased()) } : online.isEmpty ? named : online
        guard let found = candidates.first else {
            throw CommandFailure.failed("there is no agent \"\(agent)\"; see: sluice agent ls")
        }
        guard candidates.count == 1 else {
            let ids = candidates.map(\.id).joined(separator: ", ")
            throw CommandFailure.failed("several agents are meant by \"\(agent)\": name one by its id (\(ids))")
        }
        return found
    }
}
