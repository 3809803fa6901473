import APIClient
import ArgumentParser
import Domain
import JSON

/// `sluice agent`
struct AgentCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent", abstract: "The agents that execute runs.",
        subcommands: [ListAgents.self, ShowAgent.self, DrainAgent.self, DeleteAgent.self])
}

/// `sluice agent ls`
struct ListAgents: ListCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List agents: where they are, what they serve, how busy they are.",
        discussion: """
            EXAMPLES
              sluice agent ls
              sluice agent ls --json
            """)

    @OptionGroup var server: ServerOptions

    func elements(from connection: APIConnection) async throws -> [AgentResource] { try await connection.agents() }

    func messageForNone(_ connection: APIConnection) async -> String {
        "No agents yet. Start one: sluice-agent --server \(await Lines.agentEndpoint(connection))"
    }

    func columns(at now: Timestamp) -> [ListColumn<AgentResource>] {
        [
            ListColumn("AGENT", narrowest: 8) { Table.Cell($0.name) },
            ListColumn("HOST", narrowest: 6) { Table.Cell($0.host) },
            ListColumn("STATUS") { $0.isOnline ? Table.Cell("online", .green) : Table.Cell("offline", .red) },
            ListColumn("POOL", narrowest: 6) { Table.Cell($0.poolName) },
            ListColumn("QUEUES", narrowest: 6) { Table.Cell($0.servedQueues) },
            ListColumn("BUSY", isRight: true) { Table.Cell("\($0.held)/\($0.slots)") },
            ListColumn("SEEN") { .time($0.lastSeen, at: now) },
            ListColumn("LABELS", narrowest: 6) { Table.Cell($0.labelText) },
        ]
    }
}

/// `sluice agent show`
struct ShowAgent: DetailCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show an agent.",
        discussion: """
            EXAMPLES
              sluice agent show worker-3
            """)

    @OptionGroup var agent: AgentArgument
    @OptionGroup var server: ServerOptions

    func element(from connection: APIConnection) async throws -> AgentResource { try await agent.find(in: connection) }

    func describe(
        _ agent: AgentResource, in sheet: inout FactSheet, at now: Timestamp, _ connection: APIConnection
    ) {
        sheet.add("Agent", agent.id)
        sheet.add("Name", agent.name)
        sheet.add("Host", agent.host)
        sheet.add("Version", agent.version)
        sheet.add("Status", agent.isOnline ? "online" : "offline", agent.isOnline ? .green : .red)
        sheet.add("Pool", agent.poolName)
        sheet.add("Queues", agent.servedQueues)
        sheet.add("Busy", "\(agent.held) of \(HumanAmount.of(agent.slots, "slot"))")
        sheet.add("Offers", agent.offer.isNone ? nil : ResourceText.describe(agent.offer))
        sheet.add("Taken", agent.offerHeld.isNone ? nil : ResourceText.describe(agent.offerHeld))
        sheet.add("Labels", agent.labelText)
        sheet.add("Seen", agent.lastSeen, at: now)
    }
}

/// `sluice agent delete`
struct DeleteAgent: DeleteCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Forget an agent that is gone.",
        discussion: """
            EXAMPLES
              sluice agent delete worker-3
            """)

    @OptionGroup var agent: AgentArgument
    @OptionGroup var consent: Consent
    @OptionGroup var server: ServerOptions

    func doomed(_ connection: APIConnection) async throws -> Doomed {
        let agent = try await agent.find(in: connection)
        return Doomed(
            what: "the agent '\(agent.name)' on \(agent.host)",
            consequences: ["What it executed stays in the runs' history."], json: agent.json
        ) { try await connection.delete(agent: agent.id) }
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

    @OptionGroup var agent: AgentArgument

    @Option(help: ArgumentHelp("Why; the agent logs it.", valueName: "text"))
    var reason: String?

    @OptionGroup var server: ServerOptions

    func run() async throws {
        let console = Surroundings.current.console
        let connection = server.connection()
        let drained = try await connection.drain(agent: try await agent.find(in: connection).id, reason: reason)
        if server.json { return try console.print(drained.json.serialized()) }
        let rest = drained.held == 0 ? "It has none." : "It has \(HumanAmount.of(drained.held, "run")) to end first."
        try console.print("\(drained.name) on \(drained.host) takes no more runs. \(rest)")
    }
}

/// An agent as people name it.
struct AgentArgument: ParsableArguments {
    @Argument(
        help: ArgumentHelp("The agent's name, or its id or the beginning of it.", valueName: "agent"),
        completion: .agents)
    var name: String

    /// Names are not unique, and an agent that is gone may have had the same one.
    func find(in connection: APIConnection) async throws -> AgentResource {
        let agents = try await connection.agents()
        let named = agents.filter { $0.name == name }
        let online = named.filter(\.isOnline)
        let candidates =
            named.isEmpty ? agents.filter { $0.id.hasPrefix(name.lowercased()) } : online.isEmpty ? named : online
        guard let found = candidates.first else {
            throw CommandFailure.failed("there is no agent \"\(name)\"; see: sluice agent ls")
        }
        guard candidates.count == 1 else {
            let ids = candidates.map(\.id).joined(separator: ", ")
            throw CommandFailure.failed("several agents are meant by \"\(name)\": name one by its id (\(ids))")
        }
        return found
    }
}

extension AgentResource {
    fileprivate var servedQueues: String { queues.isEmpty ? "all" : queues.joined(separator: ",") }

    fileprivate var labelText: String {
        labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }
}
