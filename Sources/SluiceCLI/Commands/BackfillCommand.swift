import APIClient
import ArgumentParser
import Domain
import JSON

/// `sluice backfill`
struct BackfillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backfill", abstract: "Run a deployment for times that have passed, as one batch.",
        discussion: """
            There is a run for each date from --from to --to, both included: a day, or a time with a zone. The dates \
            are those of the deployment's schedule, or --every so much. A run knows its date and its data interval by \
            its environment (SLUICE_LOGICAL_DATE, SLUICE_DATA_INTERVAL_START, SLUICE_DATA_INTERVAL_END) and by the \
            parameters logical_date, data_interval_start and data_interval_end, if the deployment has them.

            --rerun failed, the default, runs what has never been run or has failed; missing only the former; all runs \
            everything. What waits or executes already is left alone.

            EXAMPLES
              sluice backfill report/daily --from 2026-01-01 --to 2026-12-31 --every 1d --max-concurrent 8
              sluice backfill report/daily --from 2026-01-01 --to 2026-01-31 --schedule morning --follow
              sluice backfill report/daily --from 2026-01-01 --to 2026-03-31 --rerun missing --reverse --dry-run

            It returns once all is queued; it is followed, paused, resumed, cancelled and retried as a batch.
            """)

    @OptionGroup var deployment: DeploymentArgument

    @Option(help: ArgumentHelp("The first date.", valueName: "date"))
    var from: String

    @Option(help: ArgumentHelp("The last date.", valueName: "date"))
    var to: String

    @Option(help: ArgumentHelp("How far the dates are from each other: 1d, 1h.", valueName: "duration"))
    var every: String?

    @Option(name: .customLong("timezone"), help: ArgumentHelp("The zone of --every's days.", valueName: "zone"))
    var zone: String?

    @Option(help: ArgumentHelp("The schedule whose dates they are, if it has several.", valueName: "name"))
    var schedule: String?

    @Flag(help: "The last date goes first.")
    var reverse = false

    @Option(help: ArgumentHelp("How many of the runs may execute at once.", valueName: "number"))
    var maxConcurrent: Int?

    @Option(help: ArgumentHelp("What is run: failed, missing or all.", valueName: "word"))
    var rerun: Rerun = .failed

    @Option(
        name: [.customShort("p"), .customLong("param")],
        help: ArgumentHelp("A parameter of all runs; repeatable.", valueName: "name=value"))
    var p: [NamedText] = []

    @Option(help: ArgumentHelp("The batch's name.", valueName: "name"))
    var name: String?

    @Option(help: ArgumentHelp("Which ready runs go first: the higher, the sooner.", valueName: "number"))
    var priority: Int?

    @Flag(help: "Only say what would be run.")
    var dryRun = false

    @Flag(name: .shortAndLong, help: "Show the progress until all has ended.")
    var follow = false

    @OptionGroup var server: ServerOptions

    func validate() throws {
        for (option, text) in [("--from", from), ("--to", to)] where DayOrMoment(text) == nil {
            throw ValidationError("\(option) \(text): give a day such as 2026-01-31, or 2026-01-31T06:00:00Z.")
        }
        guard every == nil || schedule == nil else { throw ValidationError("Give --every or --schedule, not both.") }
        guard zone == nil || every != nil else { throw ValidationError("--timezone goes with --every.") }
        if let every, DurationText.parse(every).map({ $0 > .zero }) != true {
            throw ValidationError("--every \(every): give a duration such as 1d or 1h.")
        }
        guard maxConcurrent.map({ $0 > 0 }) ?? true else {
            throw ValidationError("--max-concurrent: give a number of 1 or more.")
        }
        guard !(dryRun && follow) else { throw ValidationError("With --dry-run there is nothing to --follow.") }
    }

    func run() async throws {
        let console = Surroundings.current.console
        let connection = server.connection()
        let found = try await deployment.find(in: connection)
        let backfill = try await connection.backfill(deployment: found.id, try body(for: found))
        if server.json {
            try console.print((follow ? LogPrinter.event("backfill", backfill.json) : backfill.json).serialized())
        } else {
            try say(backfill, of: found, console)
        }
        guard follow, let batch = backfill.batch else { return }
        try await BatchFollower(connection: connection, batchID: batch.id, isJSON: server.json).watch()
    }

    private func body(for deployment: DeploymentResource) throws -> JSONObject {
        let types = DeclaredTypes(schema: deployment.parameterSchema)
        let parameters = try ParameterSources(file: nil, arguments: p).parameters(
            types: types, input: Surroundings.current.input)
        var body: JSONObject = [
            "from": .string(from), "to": .string(to), "reverse": .bool(reverse), "rerun": .string(rerun.rawValue),
            "parameters": .object(parameters), "dry_run": .bool(dryRun),
        ]
        body["every"] = every.flatMap { DurationText.parse($0) }?.inSeconds.json
        body["timezone"] = zone.map { .string($0) }
        body["schedule"] = schedule.map { .string($0) }
        body["max_concurrent"] = maxConcurrent.map { JSONValue($0) }
        body["name"] = name.map { .string($0) }
        body["priority"] = priority.map { JSONValue($0) }
        return body
    }

    private func say(_ backfill: BackfillResource, of deployment: DeploymentResource, _ console: Console) throws {
        let runs = HumanAmount.of(backfill.runs, "run")
        let span = [backfill.first, backfill.last].compactMap { $0?.shortText }.joined(separator: " to ")
        if let batch = backfill.batch {
            try console.print("\(console.style(.bold, batch.id))  \(batch.name.map { TerminalText.line($0) } ?? "")")
            console.note("\(runs) of \(deployment.path) \(backfill.runs == 1 ? "is" : "are") queued, \(span).")
        } else if backfill.runs > 0 {
            try console.print("\(runs) of \(deployment.path) would be queued, \(span).")
        } else {
            try console.print("There is nothing to run.")
        }
        let skipped = backfill.skipped.filter { $0.count > 0 }
        guard !skipped.isEmpty else { return }
        console.note("Left out: \(skipped.map { "\($0.count) \($0.reason)" }.joined(separator: ", ")).")
    }
}

extension Rerun: ExpressibleByArgument {}
