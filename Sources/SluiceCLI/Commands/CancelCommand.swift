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

    @Argument(help: .run)
    var runs: [String] = []

    @Option(help: ArgumentHelp("All runs of a batch that have not ended.", valueName: "id"))
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
            let count = try await connection.cancel(batch: batch, reason: reason)
            let json: JSONValue = ["cancelled": JSONValue(count)]
            return try console.print(server.json ? json.serialized() : "\(HumanAmount.of(count, "run")) cancelled.")
        }
        var states: [JSONValue] = []
        var hasFailed = false
        for text in runs {
            do {
                let run = try await connection.run(meant: text)
                let state = try await connection.cancel(run: run.id, reason: reason)
                states.append(["id": .string(run.id), "state": state.json])
                if !server.json {
                    let ending = state.type == .cancelling ? "is being cancelled" : "is cancelled"
                    try console.print("\(run.id)  \(TerminalText.line(run.name)) \(ending).")
                }
            } catch APIError.refused(let status, let detail) where status != 503 {
                // The others are to be cancelled all the same.
                hasFailed = true
                console.note("sluice: \(text): \(detail)")
            } catch let failure as CommandFailure where failure.code == .failed {
                hasFailed = true
                console.note("sluice: \(failure)")
            }
        }
        if server.json { try console.print(states.json.serialized()) }
        if hasFailed { throw QuietFailure() }
    }
}
