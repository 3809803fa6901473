import APIClient
import ArgumentParser
import DeploymentDocument
import Domain
import JSON

/// `sluice ps`
struct ListRunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps",
        abstract: "List runs, the newest first.",
        discussion: """
            EXAMPLES
              sluice ps
              sluice ps --state running --state Late
              sluice ps --deployment report/daily --limit 100
              sluice ps --all --json
            """)

    @Option(
        help: ArgumentHelp(
            "A type of state (running), or a state's name (Late, TimedOut); repeatable.", valueName: "state"))
    var state: [String] = []

    @Option(help: ArgumentHelp("Only runs of this one.", valueName: "flow/deployment"))
    var deployment: String?

    @Option(help: ArgumentHelp("How many.", valueName: "number"))
    var limit = 20

    @Flag(help: "All of them, however many.")
    var all = false

    @OptionGroup var server: ServerOptions

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit \(limit): give a number of 1 or more.") }
    }

    func run() async throws {
        let surroundings = Surroundings.current
        let connection = server.connection()
        var filter = try StateFilter(state).json
        if let deployment {
            let found = try await DeploymentArgument.find(deployment, in: connection)
            filter["deployment_id"] = ["any_": [.string(found.id)]]
        }
        let body: JSONObject = ["flow_runs": .object(filter)]
        let runs = try await connection.runs(body.merging(["sort": "ID_DESC"]), limit: all ? .max : limit)
        if server.json { return try surroundings.console.print(runs.map(\.json).json.serialized()) }
        try show(runs, surroundings)
        if !all, runs.count == limit {
            let more = try await connection.countRuns(body) - runs.count
            if more > 0 {
                surroundings.console.note("… and \(HumanAmount.count(more)) more: --limit NUMBER, or --all.")
            }
        }
    }

    private func show(_ runs: [RunResource], _ surroundings: Surroundings) throws {
        let console = surroundings.console
        guard !runs.isEmpty else {
            let isFiltered = !state.isEmpty || deployment != nil
            return console.note(isFiltered ? "No such runs." : "No runs yet. Queue one: sluice run FLOW/DEPLOYMENT")
        }
        let list = RunList(runs: runs, now: surroundings.now())
        for line in list.lines(width: console.output.width(), style: console.style) { try console.print(line) }
    }
}

/// Which states `--state` asks for.
struct StateFilter {
    private var types: [StateType] = []
    private var names: [String] = []

    /// Names that a state may have beside that of its type. Types and names are those of Prefect 3.
    private static let knownNames = [
        "Late", "AwaitingRetry", "AwaitingConcurrencySlot", "Retrying", "TimedOut", "Cached", "Suspended", "Resuming",
        "Submitting", "InfrastructurePending", "RolledBack",
    ]

    /// - Throws: `CommandFailure` for a state that nobody knows.
    init(_ texts: [String]) throws {
        for text in texts.flatMap({ $0.split(separator: ",").map(String.init) }) {
            if let type = StateType(rawValue: text.uppercased()) {
                types.append(type)
            } else if let name = Self.knownNames.first(where: { $0.lowercased() == text.lowercased() }) {
                names.append(name)
            } else {
                let known = StateType.allCases.map { $0.rawValue.lowercased() } + Self.knownNames
                throw CommandFailure.usage(
                    "there is no state '\(text)'\(NearestName.hint(for: text, among: known, choices: 30))")
            }
        }
    }

    /// The fields of a filter of runs.
    var json: JSONObject {
        var state = JSONObject()
        if !types.isEmpty { state["type"] = ["any_": .array(types.map { .string($0.rawValue) })] }
        if !names.isEmpty { state["name"] = ["any_": .array(names.map { .string($0) })] }
        if !types.isEmpty, !names.isEmpty { state["operator"] = "or_" }
        return state.isEmpty ? [:] : ["state": .object(state)]
    }
}
