import APIClient
import ArgumentParser
import JSON

/// `sluice retry`
struct RetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Execute runs again that have ended.",
        discussion: """
            A run that is retried keeps its id, its parameters and its history. With -p, a run of its own is queued \
            instead: with these parameters, and otherwise as the old one, which 'sluice show' names.

            EXAMPLES
              sluice retry 019aa6b2-3f1c
              sluice retry brave-otter calm-heron --reason "the disk was full"
              sluice retry brave-otter -p month=4 -p 'carriers=["AA"]'
            """)

    @Argument(help: .run, completion: .runs)
    var runs: [String]

    @Option(
        name: [.customShort("p"), .customLong("param")],
        help: ArgumentHelp("A parameter that is to be another; repeatable.", valueName: "name=value"))
    var p: [NamedText] = []

    @Option(help: ArgumentHelp("Why; it is kept with the state.", valueName: "text"))
    var reason: String?

    @OptionGroup var server: ServerOptions

    func validate() throws {
        guard p.isEmpty || runs.count == 1 else { throw ValidationError("-p goes with one run.") }
        guard p.isEmpty || reason == nil else { throw ValidationError("--reason does not go with -p.") }
    }

    func run() async throws {
        let connection = server.connection()
        guard p.isEmpty else { return try await repeatRun(runs[0], connection) }
        let console = Surroundings.current.console
        let results = try await EachRun(runs).perform(connection, console) { run in
            let state = try await connection.retry(run: run.id, reason: reason)
            if !server.json { try console.print("\(run.id)  \(TerminalText.line(run.name)) is queued again.") }
            return ["id": .string(run.id), "state": state.json]
        }
        if server.json { try console.print(results.answers.json.serialized()) }
        if results.hasFailed { throw QuietFailure() }
    }

    /// Queues a new run that is like an old one, but for some parameters.
    private func repeatRun(_ text: String, _ connection: APIConnection) async throws {
        let surroundings = Surroundings.current
        let console = surroundings.console
        let old = try await connection.run(meant: text)
        guard old.deploymentName != nil else {
            throw CommandFailure.failed("the deployment of the run '\(text)' does not exist any more")
        }
        let deployment = try await DeploymentArgument.find(old.path, in: connection)
        let types = DeclaredTypes(schema: deployment.parameterSchema)
        let changed = try ParameterSources(file: nil, arguments: p).parameters(types: types, input: surroundings.input)
        let (run, _) = try await connection.createRun(ofDeployment: deployment.id, body(of: old, changed))
        if server.json { return try console.print(run.json.serialized()) }
        try console.print("\(console.style(.bold, run.id))  \(TerminalText.line(run.name))")
        console.note("A run like \(TerminalText.line(old.name)) is queued, with other parameters.")
        console.note("Watch it with: sluice logs \(run.id) --follow")
    }

    private func body(of old: RunResource, _ changed: JSONObject) -> JSONObject {
        var body: JSONObject = [
            "parameters": .object(old.parameters.merging(changed)), "tags": .array(old.tags.map { .string($0) }),
            "labels": [RunResource.repeatsLabel: .string(old.id)], "priority": JSONValue(old.priority),
        ]
        body["work_queue_name"] = old.queueName.map { .string($0) }
        return body
    }
}
