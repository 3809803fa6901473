import ArgumentParser
import Domain
import Glibc
import Logging
import RESTAPI

/// Where everything is kept.
struct DataOption: ParsableArguments {
    @Option(name: .customLong("data"), help: ArgumentHelp("Where everything is kept.", valueName: "directory"))
    var path = DataDirectory.standard
}

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
              sluice-server backup /backups/monday.sluice --data /var/lib/sluice
            """,
        version: Release.version,
        subcommands: [BackupCommand.self, RestoreCommand.self, CheckCommand.self])

    @Option(help: ArgumentHelp("Where the API listens. Port 0 is any free one.", valueName: "host:port"))
    var http = Endpoint(host: "127.0.0.1", port: 4200)

    @Option(help: ArgumentHelp("Where agents connect. Port 0 is any free one.", valueName: "host:port"))
    var agents = Endpoint(host: "127.0.0.1", port: 4201)

    @OptionGroup var data: DataOption

    @Option(
        help: ArgumentHelp(
            "The API's address for flows on the agents' hosts, when it is not the one of --http.", valueName: "url"))
    var publicURL: String?

    @Option(help: ArgumentHelp("Another name that clients may reach the API by. Repeatable.", valueName: "name"))
    var allowedHost: [String] = []

    @OptionGroup(title: "Who may call the API")
    var access: AccessOptions

    @Flag(
        help: """
            Let others than this machine connect, without any check of who they are: they may start any command on \
            every agent. The API needs it only without an auth string.
            """)
    var insecure = false

    @Option(
        help: ArgumentHelp(
            """
            Connections of the API at once. By default as many as the system's limit of open files lets there be, and \
            at most \(Self.mostConnections).
            """, valueName: "count"))
    var maxConnections: Int?

    @Option(
        help: ArgumentHelp(
            """
            How long a client of the API may keep the server waiting, for a request or for its answer to be taken, \
            before its connection is closed.
            """, valueName: "duration"))
    var patience = Patience(duration: .seconds(60))

    /// Each costs some 20 KiB.
    static let mostConnections = 16_384

    @OptionGroup(title: "What is kept, and for how long")
    var retention: RetentionOptions

    @Option(
        name: .customLong("prefect-ui"),
        help: ArgumentHelp(
            "Serve the user interface that comes with Prefect, from its package: …/site-packages/prefect.",
            valueName: "directory"))
    var prefectUI: String?

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "level"))
    var logLevel = LogLevel.info

    @Option(help: ArgumentHelp("text, or json for a JSON object a line.", valueName: "format"))
    var logFormat = LogFormat.text

    mutating func validate() throws {
        if !insecure, let open = openToAnybody {
            throw ValidationError(
                """
                \(open) can be reached from other machines, and anybody there could start commands on every agent. \
                Listen on 127.0.0.1, or say --insecure if the network keeps strangers out.
                """)
        }
        if let maxConnections, maxConnections < 1 {
            throw ValidationError("--max-connections is \(maxConnections): a server needs 1 or more")
        }
        if let publicURL, !publicURL.hasPrefix("http://"), !publicURL.hasPrefix("https://") {
            throw ValidationError("--public-url \(publicURL) is no URL: for instance http://build-7:4200/api")
        }
    }

    /// Where anybody on another machine could connect.
    private var openToAnybody: Endpoint? {
        if !http.isLoopback, !access.isGuarded { return http }
        return agents.isLoopback ? nil : agents
    }

    /// What is allowed of clients' connections, with `files` open files allowed.
    func connections(files: Int) -> ConnectionLimits {
        ConnectionLimits(count: maxConnections ?? OpenFiles.connections(within: files), patience: patience.duration)
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

/// A span of time as people write it: `30s`, `1m30s`.
struct Patience: ExpressibleByArgument, CustomStringConvertible {
    let duration: Duration

    init(duration: Duration) { self.duration = duration }

    init?(argument: String) {
        guard let duration = DurationText.parse(argument), duration > .zero else { return nil }
        self.init(duration: duration)
    }

    var description: String { DurationText.describe(duration) }
    var defaultValueDescription: String { description }
}

extension ServerCommand {
    /// The standard entry, but for wrong arguments: 2, as the CLI says it, instead of 64.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            Report.write(fullMessage(for: error))
            Glibc.exit(2)
        }
    }
}
