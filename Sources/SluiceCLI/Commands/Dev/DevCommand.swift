import ArgumentParser
import DeploymentDocument
import Domain
import JSON

/// `sluice dev`
struct DevCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "Start a server and an agent in this terminal, with samples to run.",
        discussion: """
            Everything is kept in the folder of --data and is there again the next time. Ctrl-C ends both programs, \
            and the runs that execute. It is for this machine alone: nobody else can connect.

            EXAMPLES
              sluice dev
              sluice dev --slots 8 --data ./sluice-data
              sluice dev --http 127.0.0.1:4300 --agents 127.0.0.1:4301
            """)

    @Option(help: ArgumentHelp("Where the API listens.", valueName: "host:port"))
    var http = DevEndpoint(host: "127.0.0.1", port: 4200)

    @Option(help: ArgumentHelp("Where agents connect.", valueName: "host:port"))
    var agents = DevEndpoint(host: "127.0.0.1", port: 4201)

    @Option(
        help: ArgumentHelp(
            "Where everything is kept; default: sluice/dev in the user's state directory.", valueName: "directory"))
    var data: String?

    @Option(
        help: ArgumentHelp("How many runs execute at once; default: the number of processors.", valueName: "number"))
    var slots: Int?

    @Flag(help: "Print one JSON object to the standard output when all is ready, and nothing else.")
    var json = false

    func validate() throws { try Self.check(slots: slots) }

    static func check(slots: Int?) throws {
        guard slots.map({ (1...10_000).contains($0) }) ?? true else {
            throw ValidationError("--slots: give a number from 1 to 10000.")
        }
    }

    func run() async throws {
        let surroundings = Surroundings.current
        let folder = data ?? DevFiles(surroundings: surroundings).standardData
        let session = DevSession(
            DevPlan(http: http, agents: agents, data: folder, slots: slots), surroundings: surroundings)
        let farewell = json ? nil : "\nEnding the agent and the server …"
        _ =
            try await session.live(until: surroundings.interruptions(), farewell: farewell) {
                try await session.begin()
                try announce(session, await session.deploySamples(), folder, surroundings.console)
                let watching = Task { await session.watchLogs() }
                defer { watching.cancel() }
                throw await session.firstEnd()
            } as Never?
        if !json { surroundings.console.note("Both have ended. The data stay in \(folder).") }
    }

    private func announce(
        _ session: DevSession, _ samples: [DeploymentDefinition], _ folder: String, _ console: Console
    ) throws {
        let page = DevPage(
            apiURL: session.apiURL, agents: agents, http: http, folder: folder, samples: samples.map(\.path))
        if json { return try console.print(page.json.serialized()) }
        for line in page.lines(style: console.style) { try console.print(line) }
    }
}
