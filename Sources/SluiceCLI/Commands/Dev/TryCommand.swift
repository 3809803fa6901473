import APIClient
import ArgumentParser
import Bundles
import DeploymentDocument
import Domain
import JSON

/// `sluice try`
struct TryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "try",
        abstract: "Run a deployment of a document once, on a server and an agent of its own.",
        discussion: """
            Nothing has to run already, and what does is not touched: the server and the agent listen on free ports of \
            this machine, and end with the run. Their data are removed, unless --data says where to keep them. The \
            other deployments of the document are there, too, for runs that start runs; schedules and triggers are not.

            EXAMPLES
              sluice try report/
              sluice try report/sluice.yaml daily -p month=3
              sluice try . --params parameters.json --json

            Its log is shown until it ends; the exit code is 0 if it completed, 1 if not. Ctrl-C stops it.
            """)

    @Argument(help: ArgumentHelp("A sluice.yaml, or a folder with one.", valueName: "path"))
    var path: String

    @Argument(
        help: ArgumentHelp("Which of its deployments, if it has several: NAME or FLOW/NAME.", valueName: "deployment"))
    var name: String?

    @Option(
        name: [.customShort("p"), .customLong("param")],
        help: ArgumentHelp("A parameter; repeatable.", valueName: "name=value"))
    var p: [NamedText] = []

    @Option(help: ArgumentHelp("Parameters as a JSON object, from a file or from - .", valueName: "file"))
    var params: String?

    @Option(
        help: ArgumentHelp("How many runs execute at once; default: the number of processors.", valueName: "number"))
    var slots: Int?

    @Option(
        help: ArgumentHelp(
            "Where everything is kept; default: a new folder, removed at the end.", valueName: "directory"))
    var data: String?

    @OptionGroup var logs: LogOptions

    @Flag(help: "Print one JSON object a line to the standard output, as 'run --follow --json' does.")
    var json = false

    /// After this time, what keeps a run from starting is told.
    private static let patience: Duration = .seconds(3)

    func validate() throws { try DevCommand.check(slots: slots) }

    func run() async throws {
        let surroundings = Surroundings.current
        let (_, definitions) = try DocumentReader.read(path)
        let wanted = try chosen(among: definitions)
        let sources = ParameterSources(file: params, arguments: p)
        let types = DeclaredTypes(schema: wanted.parameterSchema)
        let parameters = try sources.parameters(types: types, input: surroundings.input)
        let place = surroundings.variable("TMPDIR") ?? "/tmp"
        let folder = try data ?? FileTree.makeTemporaryFolder(prefix: "\(place)/sluice-try-")
        defer { if data == nil { try? FileTree.remove(folder) } }
        let session = DevSession(try plan(for: definitions, folder), surroundings: surroundings)
        let state = try await session.live(farewell: "\nStopping the run …") {
            try await session.begin()
            return try await whicheverIsFirst(
                { try await attempt(wanted, among: definitions, parameters, session.connection, surroundings.console) },
                { throw await session.firstEnd() })
        }
        if let data { surroundings.console.note("The data and the logs are in \(data).") }
        guard state?.type == .completed else { throw QuietFailure() }
    }

    private func chosen(among definitions: [DeploymentDefinition]) throws -> DeploymentDefinition {
        let paths = definitions.map(\.path).joined(separator: ", ")
        guard let name else {
            guard definitions.count == 1, let only = definitions.first else {
                throw CommandFailure.usage("\(path) has several deployments: \(paths); say which one")
            }
            return only
        }
        let found = definitions.filter { name == $0.path || name == $0.name }
        guard let one = found.first, found.count == 1 else {
            throw CommandFailure.usage(
                found.isEmpty
                    ? "\(path) has no deployment '\(name)', only: \(paths)" : "'\(name)' may be any of: \(paths)")
        }
        return one
    }

    private func plan(for definitions: [DeploymentDefinition], _ folder: String) throws -> DevPlan {
        let ports = try FileSystem.freePorts(2)
        var plan = DevPlan(
            http: DevEndpoint(host: "127.0.0.1", port: ports[0]),
            agents: DevEndpoint(host: "127.0.0.1", port: ports[1]),
            data: folder, slots: slots)
        plan.pools = Array(Set(definitions.map(\.pool))).sorted()
        // What is on trial is whether it runs, not where.
        for definition in definitions { plan.labels.merge(definition.requires.labels) { first, _ in first } }
        return plan
    }

    private func attempt(
        _ wanted: DeploymentDefinition, among definitions: [DeploymentDefinition], _ parameters: JSONObject,
        _ connection: APIConnection, _ console: Console
    ) async throws -> StateResource {
        var deployer = Deployer(connection: connection)
        for var definition in definitions {
            definition.schedules = []
            definition.triggers = []
            _ = try await deployer.deploy(definition)
        }
        let found = try await connection.deployment(flow: wanted.flow, name: wanted.name)
        let (run, _) = try await connection.createRun(ofDeployment: found.id, ["parameters": .object(parameters)])
        if json { try console.print(LogPrinter.event("run", run.json).serialized()) }
        let waiting = Task {
            try await Task.sleep(for: Self.patience)
            await explain(run.id, connection, console)
        }
        defer { waiting.cancel() }
        let printer = LogPrinter(console: console, isPlain: logs.plain, isJSON: json)
        return try await RunFollower(connection: connection, runID: run.id, printer: printer, showsStates: true)
            .followToEnd()
    }

    /// What keeps the run from starting, if it has not started yet.
    private func explain(_ id: String, _ connection: APIConnection, _ console: Console) async {
        guard let explanation = try? await connection.explain(run: id),
            explanation.state?.type == .scheduled, explanation.state?.name != StateName.awaitingRetry
        else { return }
        for reason in explanation.reasons {
            console.note(console.errorStyle(.yellow, "It waits: \(TerminalText.line(reason.message))"))
        }
    }
}

/// Does both, until one of them is done or fails; the other is cancelled.
private func whicheverIsFirst<Value: Sendable>(
    _ one: @escaping @Sendable () async throws -> Value, _ other: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask { try await one() }
        group.addTask { try await other() }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw CancellationError() }
        return first
    }
}
