import APIClient
import ArgumentParser
import Domain
import JSON

/// `sluice batch create`, or `sluice batch` for short
struct CreateBatch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Queue many runs of a deployment, all at once or none; 'create' may be left out.",
        discussion: """
            --grid gives a parameter's values: FROM..TO, FROM..TO..STEP, a list A,B,C, or a JSON list. Several make \
            every combination. --from reads rows: comma-separated values with a header that names the parameters, or \
            a JSON object of parameters a line. -p is the same for all; a row's own value goes before it.

            EXAMPLES
              sluice batch report/daily --grid month=1..12 --follow
              sluice batch report/daily --grid month=1..12 --grid carrier=AA,UA -p year=2013
              sluice batch report/daily --from orders.csv --name "orders of May"
              generate-rows | sluice batch create report/daily --from - --format jsonl

            It returns once all is queued. With --follow, progress is shown until all has ended; the exit code is 1 \
            if a run did not complete. Ctrl-C ends the showing, not the batch.
            """)

    @OptionGroup var deployment: DeploymentArgument

    @Option(help: ArgumentHelp("A parameter and its values; repeatable.", valueName: "name=values"))
    var grid: [NamedText] = []

    @Option(help: ArgumentHelp("Rows of parameters, from a file or from - .", valueName: "file"))
    var from: String?

    @Option(help: ArgumentHelp("What --from reads, csv or jsonl; otherwise it is guessed.", valueName: "format"))
    var format: RowFile.Format?

    @Option(
        name: [.customShort("p"), .customLong("param")],
        help: ArgumentHelp("A parameter of all runs; repeatable.", valueName: "name=value"))
    var p: [NamedText] = []

    @Option(help: ArgumentHelp("The batch's name.", valueName: "name"))
    var name: String?

    @Option(help: ArgumentHelp("Which ready runs go first: the higher, the sooner.", valueName: "number"))
    var priority: Int?

    @Option(help: ArgumentHelp("A tag of all runs; repeatable.", valueName: "tag"))
    var tag: [String] = []

    @Flag(name: .shortAndLong, help: "Show the progress until all has ended.")
    var follow = false

    @OptionGroup var server: ServerOptions

    func validate() throws {
        guard grid.isEmpty != (from == nil) else {
            throw ValidationError(
                grid.isEmpty ? "Say which runs: --grid or --from." : "Give --grid or --from, not both.")
        }
        guard format == nil || from != nil else { throw ValidationError("--format goes with --from.") }
    }

    func run() async throws {
        let surroundings = Surroundings.current
        let console = surroundings.console
        let connection = server.connection()
        let found = try await deployment.find(in: connection)
        let types = DeclaredTypes(schema: found.parameterSchema)
        let fixed = try ParameterSources(file: nil, arguments: p).parameters(types: types, input: surroundings.input)
        if let double = grid.first(where: { fixed.contains(key: $0.name) }) {
            throw CommandFailure.usage("both --grid and -p give '\(double.name)'")
        }
        let rows =
            try from.map { RowSource.file(RowFile(path: $0, format: format, input: surroundings.input)) }
            ?? .grid(Grid(grid, types: types))
        let template = RowTemplate(fixed: fixed, priority: priority, tags: tag)
        let batch = try await submit(rows, template, to: found, types, connection)
        if server.json {
            try console.print((follow ? LogPrinter.event("batch", batch.json) : batch.json).serialized())
        } else {
            try console.print("\(console.style(.bold, batch.id))  \(batch.name.map { TerminalText.line($0) } ?? "")")
            console.note(
                "\(HumanAmount.of(batch.size, "run")) of \(found.path) \(batch.size == 1 ? "is" : "are") queued.")
        }
        if !server.json { await warnIfUnserved(found, connection, console) }
        if follow { try await BatchFollower(connection: connection, batchID: batch.id, isJSON: server.json).watch() }
    }

    private func submit(
        _ rows: RowSource, _ template: RowTemplate, to deployment: DeploymentResource, _ types: DeclaredTypes,
        _ connection: APIConnection
    ) async throws -> BatchResource {
        do {
            return try await connection.submitBatch(
                flow: deployment.flowName, deployment: deployment.name, name: name
            ) { writer in
                try await rows.forEach(types: types) { try await writer.append(template.row($0)) }
            }
        } catch let error as APIError {
            guard case .refused(_, let detail) = error, let row = rows.description(ofRefused: detail) else {
                throw error
            }
            throw CommandFailure.failed("\(Refusal.plain(detail))\n\(row)")
        }
    }

    private func warnIfUnserved(_ deployment: DeploymentResource, _ connection: APIConnection, _ console: Console) async
    {
        guard let pool = deployment.poolName, let queue = deployment.queueName,
            let record = try? await connection.queue(queue, ofPool: pool), record.agentsOnline == 0
        else { return }
        console.note(console.errorStyle(.yellow, await Lines.unserved(connection, pool: pool, queue: queue)))
    }
}

extension RowFile.Format: ExpressibleByArgument {}

/// Where the rows of a batch come from.
enum RowSource: Sendable {
    case grid(Grid)
    case file(RowFile)

    /// Which row the server means when it says `line 7 of the batch`.
    func description(ofRefused detail: String) -> String? {
        guard let match = detail.firstMatch(of: /line (\d+) of the batch/), let line = Int(match.1), line > 0 else {
            return nil
        }
        switch self {
        case .grid(let grid):
            guard line <= grid.count else { return nil }
            let values = grid.row(line - 1).map { "\($0.key)=\($0.value.stringValue ?? $0.value.serialized())" }
            return "That is \(values.joined(separator: ", "))."
        case .file(let file): return "That is row \(line) of \(file.path == "-" ? "the standard input" : file.path)."
        }
    }

    func forEach(types: DeclaredTypes, _ row: (JSONObject) async throws -> Void) async throws {
        switch self {
        case .grid(let grid):
            for number in 0..<grid.count { try await row(grid.row(number)) }
        case .file(let file): try await file.forEach(types: types, row)
        }
    }
}

/// What the runs of a batch have in common.
struct RowTemplate: Sendable {
    let fixed: JSONObject
    let priority: Int?
    let tags: [String]

    func row(_ parameters: JSONObject) -> JSONObject {
        var row: JSONObject = ["parameters": .object(fixed.merging(parameters))]
        row["priority"] = priority.map { JSONValue($0) }
        if !tags.isEmpty { row["tags"] = .array(tags.map { .string($0) }) }
        return row
    }
}
