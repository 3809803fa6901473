import ArgumentParser
import Domain
import Logging

/// `sluice-server`: the central server.
@main
struct ServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice-server",
        abstract: "The Sluice server: it keeps deployments, queues and the truth about every run.",
        discussion: """
            Agents connect to the address of --agents, people and their programs to that of --http.

            Examples:
              sluice-server
              sluice-server --data /var/lib/sluice --http 127.0.0.1:4200 --agents 127.0.0.1:4201
              sluice-server --agents 0.0.0.0:4201 --insecure --public-url http://build-7:4200/api
            """,
        version: Release.version)

    @Option(help: ArgumentHelp("Where the API listens. Port 0 is any free one.", valueName: "host:port"))
    var http = Endpoint(host: "127.0.0.1", port: 4200)

    @Option(help: ArgumentHelp("Where agents connect. Port 0 is any free one.", valueName: "host:port"))
    var agents = Endpoint(host: "127.0.0.1", port: 4201)

    @Option(help: ArgumentHelp("Where everything is kept.", valueName: "directory"))
    var data = DataDirectory.standard

    @Option(
        help: ArgumentHelp(
            "The API's address for flows on the agents' hosts, when it is not the one of --http.", valueName: "url"))
    var publicURL: String?

    @Option(help: ArgumentHelp("Another name that clients may reach the API by. Repeatable.", valueName: "name"))
    var allowedHost: [String] = []

    @Flag(
        help: """
            Let others than this machine connect, without any check of who they are: they may start any command on \
            every agent.
            """)
    var insecure = false

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "level"))
    var logLevel = LogLevel.info

    @Option(help: ArgumentHelp("text, or json for a JSON object a line.", valueName: "format"))
    var logFormat = LogFormat.text

    mutating func validate() throws {
        guard insecure || (http.isLoopback && agents.isLoopback) else {
            let open = http.isLoopback ? agents : http
            throw ValidationError(
                """
                \(open) can be reached from other machines, and anybody there could start commands on every agent. \
                Listen on 127.0.0.1, or say --insecure if the network keeps strangers out.
                """)
        }
        if let publicURL, !publicURL.hasPrefix("http://"), !publicURL.hasPrefix("https://") {
            throw ValidationError("--public-url \(publicURL) is no URL: for instance http://build-7:4200/api")
        }
    }

    func run() async throws {
        let (format, level) = (logFormat, logLevel.level)
        LoggingSystem.bootstrap { LineLogHandler(label: $0, format: format, logLevel: level) }
        let logger = Logger(label: "sluice-server")
        do {
            try await SluiceServer(self, logger: logger).run()
        } catch let failure as StartFailure {
            logger.critical("\(failure)")
            throw ExitCode.failure
        }
    }
}
