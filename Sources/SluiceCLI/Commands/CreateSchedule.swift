import APIClient
import ArgumentParser
import Domain
import JSON

/// `sluice schedule create`
struct CreateSchedule: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Give a deployment one more schedule, until its document is deployed again.",
        discussion: """
            --missed says what becomes of times that passed while the server was away: all, latest, none, or a \
            duration, for those no older than that. --overlap says what becomes of a run while an earlier one of the \
            schedule has not ended: allow, queue, skip, or cancel-running.

            EXAMPLES
              sluice schedule create report/daily --cron "30 6 * * mon-fri" --timezone Europe/Paris --name morning
              sluice schedule create report/daily --every 15m --overlap skip --missed latest
              sluice schedule create report/daily --rrule "FREQ=MONTHLY;BYDAY=-1FR" -p full=true
            """)

    @OptionGroup var deployment: DeploymentArgument
    @OptionGroup var recurrence: RecurrenceOptions

    @Option(help: ArgumentHelp("By which it is known.", valueName: "name"))
    var name: String?

    @Option(
        name: [.customShort("p"), .customLong("param")],
        help: ArgumentHelp("A parameter of its runs; repeatable.", valueName: "name=value"))
    var p: [NamedText] = []

    @Option(help: ArgumentHelp("How much later than its time each run may start.", valueName: "duration"))
    var jitter: String?

    @Option(help: ArgumentHelp("Times that were missed: all, latest, none, or 2h.", valueName: "policy"))
    var missed: String?

    @Option(help: ArgumentHelp("Runs that overlap.", valueName: "policy"))
    var overlap: Overlap?

    @Flag(help: "It makes no runs until it is resumed.")
    var paused = false

    @OptionGroup var server: ServerOptions

    func validate() throws {
        guard recurrence.schedule != nil else { throw ValidationError("Say when: --cron, --every or --rrule.") }
        if let jitter, DurationText.parse(jitter) == nil {
            throw ValidationError("--jitter \(jitter): give a duration such as 30s.")
        }
        if let missed, policy(missed) == nil {
            throw ValidationError("--missed \(missed): give all, latest, none, or a duration such as 2h.")
        }
    }

    private func policy(_ text: String) -> MissedRuns? {
        MissedRuns(word: text) ?? DurationText.parse(text).map { .within($0) }
    }

    func run() async throws {
        let surroundings = Surroundings.current
        let connection = server.connection()
        let found = try await deployment.find(in: connection)
        let types = DeclaredTypes(schema: found.parameterSchema)
        let parameters = try ParameterSources(file: nil, arguments: p).parameters(
            types: types, input: surroundings.input)
        var body: JSONObject = ["active": .bool(!paused), "parameters": .object(parameters)]
        body["schedule"] = recurrence.schedule
        body["daylight_saving"] = recurrence.daylightSaving
        body["slug"] = name.map { .string($0) }
        body["missed"] = missed.flatMap { policy($0) }?.json
        body["overlap"] = overlap.map { .string($0.rawValue) }
        body["jitter"] = jitter.flatMap { DurationText.parse($0) }?.inSeconds.json
        let made = try await connection.addSchedule(toDeployment: found.id, body)
        let console = surroundings.console
        if server.json { return try console.print(made.json.serialized()) }
        try console.print("The schedule '\(made.name)' of \(found.path) is there.")
    }
}
