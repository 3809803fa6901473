import ArgumentParser
struct DevCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "dev", abstract: "x")
    @OptionGroup var server: ServerOptions
    func run() async throws {}
}
