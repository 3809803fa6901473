import APIClient
import ArgumentParser
import JSON

/// `sluice explain`
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say why a run is where it is, and what would help.",
        discussion: """
            EXAMPLES
              sluice explain 019aa6b2-3f1c
              sluice explain brave-otter --json
            """)

    @Argument(help: .run, completion: .runs)
    var run: String

    @OptionGroup var server: ServerOptions

    func run() async throws {
        let console = Surroundings.current.console
        let connection = server.connection()
        let run = try await connection.run(meant: run)
        let explanation = try await connection.explain(run: run.id)
        if server.json { return try console.print(explanation.json.serialized()) }
        let style = console.style
        let state = explanation.state ?? run.state
        let name = state.map { style(Style.ink(of: $0.type), $0.name) } ?? "unknown"
        try console.print("\(style(.bold, TerminalText.line(run.name))) (\(run.path)) is \(name).")
        guard !explanation.reasons.isEmpty else {
            return try console.print("  \(TerminalText.line(explanation.summary))")
        }
        for reason in explanation.reasons {
            try console.print("  • \(TerminalText.line(reason.message))")
            if let remedy = reason.remedy { try console.print("      \(style(.cyan, TerminalText.line(remedy)))") }
        }
    }
}
