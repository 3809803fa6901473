import APIClient
import ArgumentParser
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
              sluice ps --since 2h --text AA --tag backfill
              sluice ps --state running --watch
              sluice ps --all --json
            """)

    @OptionGroup var filter: RunFilterOptions

    @Option(help: ArgumentHelp("How many.", valueName: "number"))
    var limit = 20

    @Flag(help: "All of them, however many.")
    var all = false

    @Flag(name: .shortAndLong, help: "Draw the list anew again and again, on a terminal, until ctrl-C.")
    var watch = false

    @Option(help: ArgumentHelp("How often --watch does.", valueName: "duration"))
    var every = "1s"

    @OptionGroup var server: ServerOptions

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit \(limit): give a number of 1 or more.") }
        guard !watch || !(all || server.json) else {
            throw ValidationError("--watch goes neither with --all nor with --json.")
        }
        guard DurationText.parse(every).map({ $0 >= .milliseconds(50) }) == true else {
            throw ValidationError("--every \(every): give a duration of 50ms or more.")
        }
    }

    func run() async throws {
        let surroundings = Surroundings.current
        let connection = server.connection()
        let body = try await filter.body(at: surroundings.now(), connection)
        if watch { return try await watch(body, connection, surroundings) }
        let runs = try await runs(body, connection)
        if server.json { return try surroundings.console.print(runs.map(\.json).json.serialized()) }
        guard !runs.isEmpty else { return surroundings.console.note(messageForNone) }
        for line in lines(runs, surroundings) { try surroundings.console.print(line) }
        if let more = try await more(runs, body, connection) { surroundings.console.note(more) }
    }

    private func runs(_ body: JSONObject, _ connection: APIConnection) async throws -> [RunResource] {
        try await connection.runs(body.merging(["sort": "ID_DESC"]), limit: all ? .max : limit)
    }

    private var messageForNone: String {
        filter.isEmpty ? "No runs yet. Queue one: sluice run FLOW/DEPLOYMENT" : "No such runs."
    }

    private func lines(_ runs: [RunResource], _ surroundings: Surroundings) -> [String] {
        let console = surroundings.console
        return RunList(runs: runs, now: surroundings.now())
            .lines(width: console.output.width(), style: console.style)
    }

    /// That there are more of them than are listed.
    private func more(_ runs: [RunResource], _ body: JSONObject, _ connection: APIConnection) async throws -> String? {
        guard !all, runs.count == limit else { return nil }
        let more = try await connection.countRuns(body) - runs.count
        return more > 0 ? "… and \(HumanAmount.count(more)) more: --limit NUMBER, or --all." : nil
    }

    private func watch(_ body: JSONObject, _ connection: APIConnection, _ surroundings: Surroundings) async throws {
        guard surroundings.console.output.isTerminal else {
            throw CommandFailure.usage(
                "--watch draws on a terminal, and the output is none; 'sluice logs RUN --follow' and "
                    + "'sluice batch follow BATCH' can be piped")
        }
        let pause = DurationText.parse(every) ?? .seconds(1)
        _ = try await untilInterrupted {
            var canvas = Canvas(console: surroundings.console)
            while true {
                try canvas.draw(try await picture(body, connection, surroundings))
                try await Task.sleep(for: pause)
            }
        }
    }

    /// The list as it is now; when the server is gone, that it is.
    private func picture(
        _ body: JSONObject, _ connection: APIConnection, _ surroundings: Surroundings
    ) async throws -> [String] {
        do {
            let runs = try await runs(body, connection)
            return runs.isEmpty ? [messageForNone] : lines(runs, surroundings)
        } catch let error as APIError where error.isDisconnection {
            return ["The server is gone (\(error)); waiting for it to come back."]
        }
    }
}
