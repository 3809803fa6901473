import APIClient
import ArgumentParser
import DeploymentDocument
import Domain
import JSON

/// `sluice queue`
struct QueueCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue", abstract: "The queues in which runs wait.",
        subcommands: [ListQueues.self, PauseQueue.self, ResumeQueue.self])
}

/// `sluice queue ls`
struct ListQueues: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List queues: what waits and runs in them, and who serves them.",
        discussion: """
            EXAMPLES
              sluice queue ls
              sluice queue ls --json
            """)

    @OptionGroup var server: ServerOptions

    func run() async throws {
        let console = Surroundings.current.console
        let queues = try await server.connection().queues()
        if server.json { return try console.print(queues.map(\.json).json.serialized()) }
        var table = Table([
            Table.Column("QUEUE", narrowest: 8), Table.Column("POOL", narrowest: 8), Table.Column("STATUS"),
            Table.Column("WAITING", isRight: true), Table.Column("RUNNING", isRight: true),
            Table.Column("LIMIT", isRight: true), Table.Column("PRIORITY", isRight: true),
            Table.Column("AGENTS", isRight: true),
        ])
        for queue in queues {
            let running = ["PENDING", "RUNNING", "CANCELLING"].reduce(0) { $0 + (queue.runs[$1] ?? 0) }
            table.add([
                Table.Cell(queue.name), Table.Cell(queue.poolName ?? ""),
                queue.isPaused ? Table.Cell("paused", .yellow) : Table.Cell("open", .green),
                Table.Cell(HumanAmount.count(queue.runs["SCHEDULED"] ?? 0)), Table.Cell(HumanAmount.count(running)),
                Table.Cell(queue.concurrencyLimit.map { HumanAmount.count($0) } ?? "none"),
                Table.Cell(String(queue.priority)),
                Table.Cell(String(queue.agentsOnline), queue.agentsOnline == 0 ? .red : nil),
            ])
        }
        for line in table.lines(width: console.output.width(), style: console.style) { try console.print(line) }
    }
}

/// `sluice queue pause`
struct PauseQueue: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Let nothing more of a queue start; what runs goes on.",
        discussion: """
            EXAMPLES
              sluice queue pause urgent --pool cluster
            """)

    @OptionGroup var queue: QueueArgument
    @OptionGroup var server: ServerOptions

    func run() async throws { try await queue.setPaused(true, server) }
}

/// `sluice queue resume`
struct ResumeQueue: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let the runs of a paused queue start again.",
        discussion: """
            EXAMPLES
              sluice queue resume urgent --pool cluster
            """)

    @OptionGroup var queue: QueueArgument
    @OptionGroup var server: ServerOptions

    func run() async throws { try await queue.setPaused(false, server) }
}

/// A queue as people name it.
struct QueueArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("The queue.", valueName: "queue"))
    var name: String

    @Option(help: ArgumentHelp("Its pool.", valueName: "name"))
    var pool = WorkPool.standardName

    func setPaused(_ isPaused: Bool, _ server: ServerOptions) async throws {
        let connection = server.connection()
        let console = Surroundings.current.console
        do {
            try await connection.change(queue: name, ofPool: pool, ["is_paused": .bool(isPaused)])
        } catch {
            guard error.isNotFound else { throw error }
            let queues = try await connection.queues()
            let elsewhere = queues.first { $0.name == name }?.poolName
            let hint =
                elsewhere.map { "; there is one in the pool '\($0)': add --pool \(Lines.quoted($0))" }
                ?? NearestName.hint(for: name, among: queues.filter { $0.poolName == pool }.map(\.name))
            throw CommandFailure.failed("the pool '\(pool)' has no queue '\(name)'\(hint)")
        }
        if server.json {
            return try console.print(try await connection.queue(name, ofPool: pool).json.serialized())
        }
        try console.print("The queue '\(name)' of the pool '\(pool)' is \(isPaused ? "paused" : "open").")
    }
}
