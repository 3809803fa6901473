import APIClient
import ArgumentParser
import Domain
import JSON

/// `sluice run`
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Queue a run of a deployment.",
        discussion: """
            The value of -p is a text where the deployment's schema wants one, and JSON otherwise. It is checked \
            against the schema at once.

            EXAMPLES
              sluice run report/daily -p month=3 -p 'carriers=["AA","UA"]'
              sluice run report/daily --params parameters.json --queue urgent --tag backfill
              echo '{"month": 3}' | sluice run report/daily --params - --follow
              sluice run report/daily -p month=3 --in 2h
              sluice run report/daily -p month=3 --at 'tomorrow 09:00'
              sluice run report/daily -p month=3 --idempotency-key "$ORDER"     twice is once

            With --follow, its log is shown until it ends; the exit code is 0 if it completed, 1 if not. Ctrl-C ends \
            the showing, not the run.
            """)

    @OptionGroup var deployment: DeploymentArgument

    @OptionGroup var given: ParameterOptions
    @OptionGroup var start: StartOptions

    @Option(
        help: ArgumentHelp("A queue of the deployment's pool, instead of its own.", valueName: "name"),
        completion: .queues)
    var queue: String?

    @Option(help: ArgumentHelp("Which ready runs go first: the higher, the sooner.", valueName: "number"))
    var priority: Int?

    @Option(help: ArgumentHelp("A tag, beside those of the deployment; repeatable.", valueName: "tag"))
    var tag: [String] = []

    @Option(help: ArgumentHelp("The run's name; otherwise one is made up.", valueName: "name"))
    var name: String?

    @Option(help: ArgumentHelp("With the same key, the same run is answered.", valueName: "key"))
    var idempotencyKey: String?

    @Flag(name: .shortAndLong, help: "Show its log until it ends.")
    var follow = false

    @OptionGroup var logs: LogOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let surroundings = Surroundings.current
        let due = try start.due(at: surroundings.now())
        let connection = server.connection()
        let found = try await deployment.find(in: connection)
        let parameters = try given.parameters(for: found.parameterSchema, input: surroundings.input)
        let (run, isNew) = try await connection.createRun(ofDeployment: found.id, body(parameters, due))
        if server.json {
            let json = follow ? LogPrinter.event("run", run.json) : run.json
            try surroundings.console.print(json.serialized())
        } else {
            await announce(run, isNew: isNew, of: found, connection, surroundings.console)
        }
        if follow { try await watch(run, connection, surroundings.console) }
    }

    private func body(_ parameters: JSONObject, _ due: Timestamp?) -> JSONObject {
        var body: JSONObject = ["parameters": .object(parameters)]
        body["name"] = name.map { .string($0) }
        if !tag.isEmpty { body["tags"] = .array(tag.map { .string($0) }) }
        body["idempotency_key"] = idempotencyKey.map { .string($0) }
        body["priority"] = priority.map { JSONValue($0) }
        body["work_queue_name"] = queue.map { .string($0) }
        body["state"] = due.map { StartOptions.state(due: $0) }
        return body
    }

    private func announce(
        _ run: RunResource, isNew: Bool, of deployment: DeploymentResource, _ connection: APIConnection,
        _ console: Console
    ) async {
        let style = console.style
        let was = isNew ? "is queued" : "is there already, with this key"
        // Of what the run says, only its id and name are results; both stay on one line that a script can cut.
        try? console.print("\(style(.bold, run.id))  \(TerminalText.line(run.name))")
        let due = run.expectedStart.flatMap { isNew && start.isGiven ? ", due \(HumanTime.date($0))" : nil } ?? ""
        console.note("The run of \(deployment.path) \(was)\(due).")
        if run.isServed == false, let pool = run.poolName ?? deployment.poolName,
            let queue = run.queueName ?? deployment.queueName
        {
            console.note(console.errorStyle(.yellow, await Lines.unserved(connection, pool: pool, queue: queue)))
        } else if !follow {
            console.note("Watch it with: sluice logs \(run.id) --follow")
        }
    }

    private func watch(_ run: RunResource, _ connection: APIConnection, _ console: Console) async throws {
        let printer = LogPrinter(console: console, isPlain: logs.plain, isJSON: server.json)
        let follower = RunFollower(connection: connection, runID: run.id, printer: printer, showsStates: true)
        guard let state = try await follower.follow() else {
            console.note(
                """

                The run goes on. Watch it again with: sluice logs \(run.id) --follow
                To end it: sluice cancel \(run.id)
                """)
            return
        }
        guard state.type == .completed else { throw QuietFailure() }
    }
}
