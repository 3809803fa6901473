import ArgumentParser
import DeploymentDocument

/// From arguments to an exit code.
enum Program {
    static func run(_ arguments: [String]) async -> Int32 {
        let console = Surroundings.current.console
        do {
            var command = try await SluiceCommand.asyncParseAsRoot(expanded(arguments))
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return 0
        } catch is ClosedOutput {
            return 141  // as if SIGPIPE had ended it
        } catch is QuietFailure {
            return CommandFailure.Code.failed.rawValue
        } catch let exit as ExitCode {
            return exit.rawValue
        } catch {
            return report(error, arguments, console)
        }
    }

    private static func report(_ error: any Error, _ arguments: [String], _ console: Console) -> Int32 {
        let code = SluiceCommand.exitCode(for: error)
        if code == .success {
            // Help and the version are what was asked for.
            let text = SluiceCommand.fullMessage(for: error, columns: min(100, max(60, console.output.width())))
            return (try? console.print(text)) == nil ? 141 : 0
        }
        if code == .validationFailure {
            console.note(SluiceCommand.fullMessage(for: error) + unknownCommandHint(arguments))
            return CommandFailure.Code.usage.rawValue
        }
        let failure = CommandFailure(error)
        console.note("\(console.errorStyle(.red, "sluice:")) \(failure.description)")
        return failure.code.rawValue
    }

    /// Without arguments, help is what helps.
    private static func expanded(_ arguments: [String]) -> [String] {
        arguments.isEmpty ? ["--help"] : arguments
    }

    /// ArgumentParser knows what was meant by an option, not by a command.
    private static func unknownCommandHint(_ arguments: [String]) -> String {
        if let first = arguments.first, first.hasPrefix("--") {
            return "\nOptions stand behind the command: sluice ps \(first) …"
        }
        var names = SluiceCommand.configuration.subcommands
        var rest = arguments[...]
        var path = "sluice"
        while let word = rest.popFirst(), !word.hasPrefix("-") {
            if let found = names.first(where: { $0._commandName == word }) {
                names = found.configuration.subcommands
                path += " \(word)"
                if names.isEmpty { return "" }
                continue
            }
            let known = names.map { $0._commandName }
            return NearestName.to(word, among: known).map { "\nDid you mean '\(path) \($0)'?" } ?? ""
        }
        return ""
    }
}
