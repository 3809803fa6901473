import APIClient
import ArgumentParser
import Domain
import JSON

/// `sluice cancel`
struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel runs, or a batch of them.",
        discussion: """
            What executes gets SIGTERM, and SIGKILL after its deployment's grace.

            EXAMPLES
              sluice cancel 019aa6b2-3f1c
              sluice cancel brave-otter calm-heron --reason "wrong month"
              sluice cancel --batch 019aa6b2-3f1c-7abc-8def-0123456789ab
            """)

    @Argument(help: .run, completion: .runs)
    var runs: [String] = []

    @Option(help: ArgumentHelp("All runs of a batch that have not ended.", valueName: "batch"), completion: .batches)
    var batch: String?

    @Option(help: ArgumentHelp("Why; it is kept with the state.", valueName: "text"))
    var reason: String?

    @OptionGroup var server: ServerOptions

    func validate() throws {
        guard runs.isEmpty != (batch == nil) else {
            throw ValidationError(
                runs.isEmpty ? "Name a run, or a batch by --batch." : "Name runs or a batch, not both.")
        }
    }

    func run() async throws {
        let console = Surroundings.current.console
        let connection = server.connection()
        if let batch {
            let found = try await BatchArgument.find(batch, in: connection)
            let count = try await connection.cancel(batch: found.id, reason: reason)
            let json: JSONValue = ["cancelled": JSONValue(count)]
            return try console.print(server.json ? json.serialized() : "\(HumanAmount.of(count, "run")) cancelled.")
        }
        let results = try await EachRun(runs).perform(connection, console) { run in
            let state = try await connection.cancel(run: run.id, reason: reason)
            if !server.json {
                let ending = state.type == .cancelling ? "is being cancelled" : "is cancelled"
                try console.print("\(run.id)  \(TerminalText.line(run.name)) \(ending).")
            }
            return ["id": .string(run.id), "state": state.json]
        }
        if server.json { try console.print(results.answers.json.serialized()) }
        if results.hasFailed { throw QuietFailure() }
    }
}
