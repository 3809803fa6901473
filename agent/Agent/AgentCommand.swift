import AgentRuntime
import ArgumentParser
import Containers
import Domain
import Logging

/// `sluice-agent`: executes the runs of a pool on this host.
struct AgentCommand: AsyncParsableCommand {

    static let configuration = CommandConfiguration(
        commandName: "sluice-agent",
        abstract: "Executes runs on this host: pulls them from a Sluice server and reports what becomes of them.",
        discussion: """
            The agent waits for its server when it is not there yet, and goes on executing when it is gone.

            SIGTERM or SIGINT end the agent at once, and not what it executes: a small supervisor process watches \
            that, and an agent that is started again on the same --data adopts it or reports how it ended. An agent \
            that stays away longer than a run's lease loses the run. With --on-exit stop the runs are stopped and \
            reported, and the supervisor ends too. A second signal ends the agent without waiting for anything.

            Exit codes: 0 ended as asked, 1 refused by the server or no longer able to work, 2 wrong arguments.

            EXAMPLES
              sluice-agent --server 10.0.0.5:4201 --slots 8
              sluice-agent --pool gpu --queue train --queue tune --label gpu=a100
              sluice-agent --label zone=eu --cpu 6 --memory 24GiB --gpu 1
              sluice-agent --watch '/data/in/*.csv' --watch /data/ready/_SUCCESS
              sluice-agent --gpu-devices 2,3
            """,
        version: Release.version)

    @Option(help: ArgumentHelp("The server's address for agents.", valueName: "host:port"))
    var server = Host.variable("SLUICE_SERVER") ?? "127.0.0.1:4201"

    @Option(help: "What people see; default: this host's name.")
    var name = Host.name

    @Option(help: "The pool whose runs it executes.")
    var pool = "default"

    @Option(help: ArgumentHelp("A queue of the pool; may be repeated. None: every queue.", valueName: "name"))
    var queue: [String] = []

    @Option(help: "How many runs it executes at once; default: the number of processors.")
    var slots = Host.processors

    @Option(help: ArgumentHelp("What is particular about this agent; may be repeated.", valueName: "key=value"))
    var label: [String] = []

    @OptionGroup var offer: OfferOptions

    @Option(
        help: ArgumentHelp(
            "Where it keeps its identity, spool, code and runs. One agent each.", valueName: "directory"))
    var data = Host.defaultDataDirectory

    @Option(
        name: .customLong("log-level"),
        help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "level"),
        transform: Self.level)
    var logLevel = Logger.Level.info

    @Option(
        name: .customLong("on-exit"),
        help: ArgumentHelp(
            "What becomes of the runs when the agent is told to end: they go on (leave) or are stopped (stop).",
            valueName: "leave|stop"))
    var onExit = Leaving.leave

    @Option(
        help: ArgumentHelp(
            """
            The Python of Prefect's flows: a command, an interpreter or the directory of a virtual environment. A \
            deployment's job variable "python" says otherwise.
            """, valueName: "path"))
    var python = "python3"

    @Flag(
        inversion: .prefixedNo,
        help: """
            Keep a Python that has imported Prefect for the flows to come. A deployment's job variable "warm" says \
            otherwise.
            """)
    var warm = true

    @Option(
        name: .customLong("docker-host"),
        help: ArgumentHelp(
            """
            The Unix socket of the Docker or Podman that executes runs in containers; default: $DOCKER_HOST, or the \
            first of the usual sockets that this user may use. "none": no containers here.
            """, valueName: "unix:///path"))
    var dockerHost: String?

    @Option(
        help: ArgumentHelp(
            """
            Tell the server of files that appear there, or are replaced: an absolute path, whose last part may have * ? \
            and [...]; may be repeated. What is there at the first start has appeared, too.
            """, valueName: "glob"))
    var watch: [String] = []

    @Option(
        name: .customLong("watch-rest"),
        help: ArgumentHelp("How long such a file is unchanged before it is complete.", valueName: "duration"))
    var watchRest = "2s"

    @Option(
        name: .customLong("code-cache"),
        help: ArgumentHelp(
            "How much code of deployments is kept for the runs to come, for instance 10GiB; default: 4GiB.",
            valueName: "amount"))
    var codeCache: String?

    @Option(
        name: .customLong("registry-auth"),
        help: ArgumentHelp(
            """
            Logins at registries of images, as 'docker login' and 'podman login' write them (config.json, auth.json). A \
            deployment's own credentials come first.
            """, valueName: "file"))
    var registryAuth: String?

    @Flag(name: .customLong("keep-runs"), help: "Keep the directories of runs that have ended.")
    var keepRuns = false

    mutating func validate() throws {
        try Address.check(server)
        guard (1...10_000).contains(slots) else {
            throw ValidationError("--slots \(slots): give a number from 1 to 10000.")
        }
        for (option, value) in [("--name", name), ("--pool", pool)] + queue.map({ ("--queue", $0) }) {
            guard !value.isEmpty, value.utf8.count <= 255 else {
                throw ValidationError("\(option) \"\(value)\": give a name of 1 to 255 bytes.")
            }
        }
        _ = try labels()
        _ = try watching()
        if let codeCache, ResourceText.memory(codeCache) == nil {
            throw ValidationError("--code-cache \(codeCache): give an amount, such as 10GiB or a number of bytes.")
        }
        if let dockerHost, dockerHost != "none" {
            do { _ = try EngineAddress(dockerHost) } catch { throw ValidationError("--docker-host: \(error)") }
        }
    }

    mutating func run() async throws {
        var configuration = AgentConfiguration(
            server: server, name: name, host: Host.name, version: Release.version, pool: pool, queues: queue,
            slots: slots, labels: try labels(), processID: Host.processID, environment: Host.environment,
            keepsRuns: keepRuns)
        configuration.offer = offer.resources
        configuration.python = python
        configuration.keepsPythonWarm = warm
        configuration.watching = try watching()
        if let bytes = codeCache.flatMap({ ResourceText.memory($0) }) { configuration.codeCacheBytes = bytes }
        let program = AgentProgram(
            configuration: configuration, dataDirectory: data, logLevel: logLevel, onExit: onExit,
            dockerHost: dockerHost, registryFile: registryAuth.map { Host.absolute($0) }, devices: offer.devices)
        throw ExitCode(await program.run())
    }

    private static func level(_ text: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: text) else {
            let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--log-level \(text): give one of \(levels).")
        }
        return level
    }

    private func watching() throws -> FileWatching {
        guard let rest = DurationText.parse(watchRest) else {
            throw ValidationError("--watch-rest \(watchRest): give a duration, such as 2s or 1m.")
        }
        let patterns = try watch.map { text in
            do {
                return try WatchPattern(text)
            } catch {
                throw ValidationError("--watch \(text): \(error).")
            }
        }
        return FileWatching(patterns: patterns, rest: rest)
    }

    private func labels() throws -> [String: String] {
        var labels: [String: String] = [:]
        for text in label {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw ValidationError("--label \(text): give it as key=value, for instance --label gpu=a100.")
            }
            labels[String(parts[0])] = String(parts[1])
        }
        return labels
    }
}

extension Leaving: ExpressibleByArgument {}

/// Where a server is.
enum Address {
    static func check(_ text: String) throws {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, let port = Int(parts[1]), (1...65535).contains(port) else {
            throw ValidationError("--server \(text): give it as HOST:PORT, for instance 127.0.0.1:4201.")
        }
    }
}
