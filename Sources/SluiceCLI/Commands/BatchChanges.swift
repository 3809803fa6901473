import APIClient
import ArgumentParser
import JSON

/// `sluice batch pause`
struct PauseBatch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Let nothing more of a batch start; what executes goes on.",
        discussion: """
            EXAMPLES
              sluice batch pause 019aa6b2-3f1c
            """)

    @OptionGroup var batch: BatchArgument
    @OptionGroup var server: ServerOptions

    func run() async throws { try await batch.setPaused(true, server) }
}

/// `sluice batch resume`
struct ResumeBatch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let the runs of a paused batch start again.",
        discussion: """
            EXAMPLES
              sluice batch resume 019aa6b2-3f1c
            """)

    @OptionGroup var batch: BatchArgument
    @OptionGroup var server: ServerOptions

    func run() async throws { try await batch.setPaused(false, server) }
}

extension BatchArgument: PausableArgument {
    func pause(_ isPaused: Bool, on connection: APIConnection) async throws -> Paused {
        let batch = try await connection.setPaused(batch: try await find(in: connection).id, isPaused)
        return Paused(what: "\(batch.id)  \(batch.name.map { TerminalText.line($0) } ?? "")") { batch.json }
    }
}

/// `sluice batch cancel`
struct CancelBatch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancel all runs of a batch that have not ended.",
        discussion: """
            EXAMPLES
              sluice batch cancel 019aa6b2-3f1c --reason "wrong month"
            """)

    @OptionGroup var batch: BatchArgument

    @Option(help: ArgumentHelp("Why; it is kept with the state.", valueName: "text"))
    var reason: String?

    @OptionGroup var server: ServerOptions

    func run() async throws {
        let console = Surroundings.current.console
        let connection = server.connection()
        let found = try await batch.find(in: connection)
        let count = try await connection.cancel(batch: found.id, reason: reason)
        let json: JSONValue = ["cancelled": JSONValue(count)]
        try console.print(server.json ? json.serialized() : "\(HumanAmount.of(count, "run")) cancelled.")
    }
}

/// `sluice batch retry`
struct RetryBatch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Execute the runs of a batch again that failed or crashed.",
        discussion: """
            They keep their ids and parameters, and stay in the batch.

            EXAMPLES
              sluice batch retry 019aa6b2-3f1c
              sluice batch retry "orders of May" --follow
            """)

    @OptionGroup var batch: BatchArgument

    @Option(help: ArgumentHelp("Why; it is kept with the state.", valueName: "text"))
    var reason: String?

    @Flag(name: .shortAndLong, help: "Show the progress until all has ended.")
    var follow = false

    @OptionGroup var server: ServerOptions

    func run() async throws {
        let console = Surroundings.current.console
        let connection = server.connection()
        let found = try await batch.find(in: connection)
        let count = try await connection.retry(batch: found.id, reason: reason)
        let json: JSONValue = ["retried": JSONValue(count)]
        let event = follow ? LogPrinter.event("retry", json) : json
        let text = count == 0 ? "No run of it has failed." : "\(HumanAmount.of(count, "run")) queued again."
        try console.print(server.json ? event.serialized() : text)
        guard follow else { return }
        try await BatchFollower(connection: connection, batchID: found.id, isJSON: server.json).watch()
    }
}
