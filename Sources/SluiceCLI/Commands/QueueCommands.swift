import APIClient
import ArgumentParser
import DeploymentDocument
import Domain
import JSON

/// `sluice queue`
struct QueueCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue", abstract: "The queues in which runs wait.",
        subcommands: [
            ListQueues.self, ShowQueue.self, CreateQueue.self, UpdateQueue.self, PauseQueue.self, ResumeQueue.self,
            DeleteQueue.self,
        ])
}

/// `sluice queue ls`
struct ListQueues: ListCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List queues: what waits and runs in them, and who serves them.",
        discussion: """
            EXAMPLES
              sluice queue ls
              sluice queue ls --pool cluster --json
            """)

    @Option(help: ArgumentHelp("Only those of this pool.", valueName: "name"), completion: .pools)
    var pool: String?

    @OptionGroup var server: ServerOptions

    func elements(from connection: APIConnection) async throws -> [QueueResource] {
        let queues = try await connection.queues()
        guard let pool else { return queues }
        return queues.filter { $0.poolName == pool }
    }

    func messageForNone(_ connection: APIConnection) -> String {
        pool == nil ? "No queues yet." : "No queues there; 'sluice pool ls' lists the pools."
    }

    func columns(at now: Timestamp) -> [ListColumn<QueueResource>] {
        [
            ListColumn("QUEUE", narrowest: 8) { Table.Cell($0.name) },
            ListColumn("POOL", narrowest: 8) { Table.Cell($0.poolName ?? "") },
            ListColumn("STATUS") { .gate(isPaused: $0.isPaused) },
            ListColumn("WAITING", isRight: true) { .count($0.waitingCount) },
            ListColumn("RUNNING", isRight: true) { .count($0.executingCount) },
            ListColumn("LIMIT", isRight: true) { .limit($0.concurrencyLimit) },
            ListColumn("PRIORITY", isRight: true) { Table.Cell(String($0.priority)) },
            ListColumn("AGENTS", isRight: true) {
                Table.Cell(String($0.agentsOnline), $0.agentsOnline == 0 ? .red : nil)
            },
        ]
    }
}

extension QueueResource {
    var waitingCount: Int { runs["SCHEDULED"] ?? 0 }

    var executingCount: Int { ["PENDING", "RUNNING", "CANCELLING"].reduce(0) { $0 + (runs[$1] ?? 0) } }
}

/// `sluice queue show`
struct ShowQueue: DetailCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a queue.",
        discussion: """
            EXAMPLES
              sluice queue show urgent --pool cluster
            """)

    @OptionGroup var queue: QueueArgument
    @OptionGroup var server: ServerOptions

    func element(from connection: APIConnection) async throws -> QueueResource { try await queue.find(in: connection) }

    func describe(
        _ queue: QueueResource, in sheet: inout FactSheet, at now: Timestamp, _ connection: APIConnection
    ) {
        sheet.add("Queue", queue.name)
        sheet.add("Pool", queue.poolName)
        sheet.add("Id", queue.id)
        sheet.add(gate: queue.isPaused)
        sheet.add(limit: queue.concurrencyLimit)
        sheet.add("Rate limit", queue.rateLimit)
        sheet.add("Priority", String(queue.priority))
        sheet.add("Agents", String(queue.agentsOnline), queue.agentsOnline == 0 ? .red : nil)
        sheet.add(runs: queue.runs)
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
struct QueueArgument: PausableArgument {
    @Argument(help: ArgumentHelp("The queue.", valueName: "queue"), completion: .queues)
    var name: String

    @Option(help: ArgumentHelp("Its pool.", valueName: "name"), completion: .pools)
    var pool = WorkPool.standardName

    func find(in connection: APIConnection) async throws -> QueueResource {
        do {
            return try await connection.queue(name, ofPool: pool)
        } catch {
            throw await explained(error, connection)
        }
    }

    func change(_ body: JSONObject, _ connection: APIConnection) async throws {
        do {
            try await connection.change(queue: name, ofPool: pool, body)
        } catch {
            throw await explained(error, connection)
        }
    }

    func pause(_ isPaused: Bool, on connection: APIConnection) async throws -> Paused {
        try await change(["is_paused": .bool(isPaused)], connection)
        return Paused(what: "The queue '\(name)' of the pool '\(pool)'") { [name, pool] in
            try await connection.queue(name, ofPool: pool).json
        }
    }

    private func explained(_ error: APIError, _ connection: APIConnection) async -> any Error {
        guard error.isNotFound, let queues = try? await connection.queues() else { return error }
        let elsewhere = queues.first { $0.name == name }?.poolName
        let hint =
            elsewhere.map { "; there is one in the pool '\($0)': add --pool \(Lines.quoted($0))" }
            ?? NearestName.hint(for: name, among: queues.filter { $0.poolName == pool }.map(\.name))
        return CommandFailure.failed("the pool '\(pool)' has no queue '\(name)'\(hint)")
    }
}
