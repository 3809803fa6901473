import APIClient
import ArgumentParser

/// `sluice logs`
struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Show a run's log.",
        discussion: """
            EXAMPLES
              sluice logs 019aa6b2-3f1c
              sluice logs 019aa6b2-3f1c --follow
              sluice logs brave-otter --plain > output.txt
              sluice logs 019aa6b2-3f1c --level 40        errors only
            """)

    @Argument(help: .run, completion: .runs)
    var run: String

    @Flag(name: .shortAndLong, help: "Go on until the run ends.")
    var follow = false

    @Option(help: ArgumentHelp("The least that is shown: 20 information, 30 warnings, 40 errors.", valueName: "number"))
    var level = 0

    @OptionGroup var logs: LogOptions
    @OptionGroup var server: ServerOptions

    func validate() throws {
        guard !follow || level == 0 else { throw ValidationError("--level does not go with --follow.") }
    }

    func run() async throws {
        let console = Surroundings.current.console
        let connection = server.connection()
        let run = try await connection.run(meant: run)
        let printer = LogPrinter(console: console, isPlain: logs.plain, isJSON: server.json)
        if follow {
            let follower = RunFollower(connection: connection, runID: run.id, printer: printer, showsStates: false)
            if try await follower.follow() == nil { console.note("\nThe run goes on.") }
        } else {
            try await connection.logs(ofRun: run.id, level: level) { try printer.print($0, wrapped: false) }
        }
    }
}
