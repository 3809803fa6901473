import ArgumentParser
import Glibc

/// The program's entry, on the main thread: there a supervisor must run.
@main
enum AgentMain {
    @MainActor
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.first == SuperviseCommand.name { return SuperviseCommand.main(Array(arguments.dropFirst())) }
        if arguments.first == ConfineCommand.name { exit(ConfineCommand.run(Array(arguments.dropFirst()))) }
        if arguments.first == ContainCommand.name { exit(await ContainCommand.run(Array(arguments.dropFirst()))) }
        do {
            var command = try AgentCommand.parse(arguments)
            try await command.run()
        } catch {
            end(error)
        }
    }

    /// Wrong arguments end with 2, as everywhere in Sluice; ArgumentParser's own code for them is 64.
    private static func end(_ error: any Error) -> Never {
        guard AgentCommand.exitCode(for: error) == .validationFailure else { AgentCommand.exit(withError: error) }
        let text = Array((AgentCommand.fullMessage(for: error) + "\n").utf8)
        _ = text.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
        exit(2)
    }
}
