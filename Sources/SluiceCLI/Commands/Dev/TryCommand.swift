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
            other deployments of the document are registered, too, for runs that start runs; schedules and triggers are \
            left out. The run's log is shown until the run ends. Ctrl-C stops it.

            EXAMPLES
              sluice try report/
              sluice try report/sluice.yaml daily -p month=3
              sluice try . --params parameters.json --json

            Exit codes: 0 the run completed, 1 it did not, 2 wrong arguments or a wrong document.
            """)

    @Argument(help: ArgumentHelp("A sluice.yaml, or a folder with one.", valueName: "path"))
    var path: String

    @Argument(
        help: ArgumentHelp("Which of its deployments, if it has several: NAME or FLOW/NAME.", valueName: "deployment"))
    var name: String?

    @OptionGroup var given: ParameterOptions

    @Option(
        help: ArgumentHelp(
            "How many runs execute at once, in each pool; default: the number of processors.", valueName: "number"))
    var slots: Int?

    @Option(
        help: ArgumentHelp(
            "A new folder to keep everything in; default: a temporary one, removed at the end.", valueName: "directory")
    )
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
        let parameters = try given.parameters(for: wanted.parameterSchema, input: surroundings.input)
        // From here on nothing is left behind.
        let interruptions = surroundings.interruptions()
        let folder = try TrialFolder(kept: data, surroundings)
        defer { folder.leave() }
        let session = DevSession(try plan(for: wanted, among: definitions, folder.path), surroundings: surroundings)
        let state = try await session.live(until: interruptions, farewell: "\nStopping the run …") {
            try await session.begin()
            return try await whicheverIsFirst(
                { try await attempt(wanted, among: definitions, parameters, session.connection, surroundings.console) },
                { throw await session.firstEnd() })
        }
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

    private func plan(
        for wanted: DeploymentDefinition, among definitions: [DeploymentDefinition], _ folder: String
    ) throws -> DevPlan {
        let ports = try FileSystem.freePorts(2)
        var plan = DevPlan(
            http: DevEndpoint(host: "127.0.0.1", port: ports[0]),
            agents: DevEndpoint(host: "127.0.0.1", port: ports[1]),
            data: folder, slots: slots)
        plan.pools = Array(Set(definitions.map(\.pool))).sorted()
        // What is on trial is whether it runs, not where.
        plan.labels = definitions.reduce(wanted.requires.labels) {
            $0.merging($1.requires.labels) { first, _ in first }
        }
        let graces = definitions.map(\.policy.grace)
        plan.patience += graces.max() ?? .zero
        return plan
    }

    private func attempt(
        _ wanted: DeploymentDefinition, among definitions: [DeploymentDefinition], _ parameters: JSONObject,
        _ connection: APIConnection, _ console: Console
    ) async throws -> StateResource {
        do {
            return try await follow(wanted, among: definitions, parameters, connection, console)
        } catch let error as APIError where error.isDisconnection {
            // Then the server has ended: what it said at last is worth more.
            try await Task.sleep(for: Self.patience)
            throw error
        }
    }

    private func follow(
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

/// Where a trial keeps what it needs.
private struct TrialFolder {
    let path: String
    private let isKept: Bool
    private let console: Console

    /// - Parameter path: of a new folder that is to stay; nothing for a temporary one.
    /// - Throws: `CommandFailure` when there is something in it already, or it cannot be made.
    init(kept path: String?, _ surroundings: Surroundings) throws {
        (isKept, console) = (path != nil, surroundings.console)
        guard let path else {
            self.path = try FileTree.makeTemporaryFolder(
                prefix: "\(surroundings.variable("TMPDIR") ?? "/tmp")/sluice-try-")
            return
        }
        self.path = path
        guard !FileSystem.exists(path) else {
            throw CommandFailure.usage("--data: '\(path)' is there already; a trial begins with a new folder")
        }
        try FileSystem.makeFolder(path)
    }

    /// Removes it, or says where it is.
    func leave() {
        if isKept { return console.note("The data and the logs are in \(path).") }
        do {
            try FileTree.remove(path)
        } catch {
            console.note(console.errorStyle(.yellow, "\(path) is left behind: \(error)"))
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
