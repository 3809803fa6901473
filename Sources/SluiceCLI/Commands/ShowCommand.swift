import APIClient
import ArgumentParser
import Domain
import JSON

/// `sluice show`
struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a run: its state, parameters, attempts and history.",
        discussion: """
            EXAMPLES
              sluice show 019aa6b2-3f1c
              sluice show brave-otter --json
            """)

    @Argument(help: .run, completion: .runs)
    var run: String

    @OptionGroup var server: ServerOptions

    func run() async throws {
        let surroundings = Surroundings.current
        let console = surroundings.console
        let connection = server.connection()
        let run = try await connection.run(meant: run)
        let states = try await connection.states(ofRun: run.id)
        let attempts = try await connection.attempts(ofRun: run.id)
        if server.json {
            let all: JSONValue = [
                "run": run.json, "states": states.map(\.json).json, "attempts": attempts.map(\.json).json,
            ]
            return try console.print(all.serialized())
        }
        let page = RunPage(run: run, states: states, attempts: attempts, now: surroundings.now())
        for line in page.lines(width: console.output.width(), style: console.style) { try console.print(line) }
    }
}
