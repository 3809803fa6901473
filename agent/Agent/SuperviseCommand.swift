import ArgumentParser
import Supervision

/// `sluice-agent supervise DIRECTORY`: what the agent starts to watch its children. Not for people, so no part of the
/// help.
struct SuperviseCommand: ParsableCommand {
    static let name = "supervise"
    static let configuration = CommandConfiguration(
        commandName: "sluice-agent supervise", abstract: "Watches the children of an agent.")

    @Argument(help: "The supervisor's directory.")
    var directory: String

    mutating func run() throws {
        throw ExitCode(SupervisorProgram.run(directory: directory))
    }
}
