import ArgumentParser

/// `sluice completion`
struct CompletionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print what lets a shell complete commands, options, and the names of what the server has.",
        discussion: """
            EXAMPLES
              sluice completion bash > /etc/bash_completion.d/sluice
              sluice completion zsh > ~/.zfunc/_sluice            with 'fpath+=~/.zfunc' before compinit
              sluice completion fish > ~/.config/fish/completions/sluice.fish
            """)

    /// A shell that is known.
    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case bash, zsh, fish

        var completions: CompletionShell {
            switch self {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        }
    }

    @Argument(help: ArgumentHelp("bash, zsh or fish.", valueName: "shell"))
    var shell: Shell

    func run() async throws {
        try Surroundings.current.console.print(SluiceCommand.completionScript(for: shell.completions))
    }
}
