import APIClient
import ArgumentParser
import Domain
import JSON

/// `sluice event`
struct EventCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "event", abstract: "What has happened.",
        subcommands: [ListEvents.self, FollowEvents.self, EmitEvent.self])
}

/// Which events.
struct EventOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Only events of this name; 'prefect.flow-run.*' for all that begin so.", valueName: "name"))
    var name: String?

    @Option(
        help: ArgumentHelp(
            "Only events about this; 'prefect.flow-run.*' for all whose ids begin so.", valueName: "id"))
    var resource: String?

    @Option(help: ArgumentHelp("From then on: 2h ago, or a time.", valueName: "time"))
    var since: String?

    /// When `since` is.
    func start(at now: Timestamp) throws -> Timestamp? {
        try since.map { try RunFilterOptions.time($0, "--since", now) }
    }

    /// Prefect's filter of events.
    func filter(at now: Timestamp) throws -> JSONObject {
        var filter = JSONObject()
        filter["event"] = name.map { Self.test($0, whole: "name", beginning: "prefix") }
        filter["resource"] = resource.map { Self.test($0, whole: "id", beginning: "id_prefix") }
        filter["occurred"] = try start(at: now).map { ["since": $0.json] }
        return filter
    }

    private static func test(_ text: String, whole: String, beginning: String) -> JSONValue {
        text.hasSuffix("*") ? [beginning: [.string(String(text.dropLast()))]] : [whole: [.string(text)]]
    }
}

/// `sluice event ls`
struct ListEvents: ListCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List events, the newest first.",
        discussion: """
            EXAMPLES
              sluice event ls --name prefect.flow-run.Failed --since 1d
              sluice event ls --name 'prefect.automation.*' --limit 200
            """)

    @OptionGroup var events: EventOptions

    @Option(help: ArgumentHelp("How many at most.", valueName: "number"))
    var limit = 50

    @OptionGroup var server: ServerOptions

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit: give a number of 1 or more.") }
    }

    func elements(from connection: APIConnection) async throws -> [HappeningResource] {
        try await connection.happenings(try events.filter(at: Surroundings.current.now()), limit: limit)
    }

    func messageForNone(_ connection: APIConnection) -> String { "No such events." }

    func columns(at now: Timestamp) -> [ListColumn<HappeningResource>] {
        [
            ListColumn("TIME") { Table.Cell(HumanTime.date($0.occurred)) },
            ListColumn("EVENT", narrowest: 12) { Table.Cell($0.name) },
            ListColumn("ABOUT", narrowest: 12) { Table.Cell($0.subject) },
        ]
    }
}

/// `sluice event follow`
struct FollowEvents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "follow", abstract: "Show events as they happen, until ctrl-C.",
        discussion: """
            EXAMPLES
              sluice event follow
              sluice event follow --name 'prefect.flow-run.*' --since 10m
              sluice event follow --json      a line of JSON each
            """)

    @OptionGroup var events: EventOptions

    @Option(help: ArgumentHelp("End after this many.", valueName: "number"))
    var limit: Int?

    @OptionGroup var server: ServerOptions

    func run() async throws {
        let connection = server.connection()
        let (name, resource) = (events.name, events.resource)
        let start = try events.start(at: Surroundings.current.now())
        let (limit, isJSON) = (limit ?? .max, server.json)
        _ = try await untilInterrupted {
            let console = Surroundings.current.console
            var stream = try await connection.followEvents(
                name: name, resource: resource, since: start.map { "\($0)" })
            var count = 0
            while count < limit, let event = try await stream.next() {
                count += 1
                try console.print(isJSON ? event.json.serialized() : event.line(console.style))
            }
            guard count >= limit else {
                throw CommandFailure.failed("the server ended, or more happened than could be told: follow again")
            }
        }
    }
}

/// `sluice event emit`
struct EmitEvent: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "emit", abstract: "Tell of something that happened: automations may wait for it.",
        discussion: """
            EXAMPLES
              sluice event emit warehouse.loaded --resource warehouse.sales
              sluice event emit file.arrived --resource file.inbox -l name=a.csv --payload '{"size": 12}'
            """)

    @Argument(help: ArgumentHelp("What happened: words with dots between them.", valueName: "name"))
    var name: String

    @Option(help: ArgumentHelp("The id of what it happened to.", valueName: "id"))
    var resource: String

    @Option(name: [.short, .long], help: ArgumentHelp("A label of that; repeatable.", valueName: "name=value"))
    var label: [NamedText] = []

    @Option(help: ArgumentHelp("What else is to be told, as a JSON object.", valueName: "json"))
    var payload: String?

    @OptionGroup var server: ServerOptions

    func run() async throws {
        let surroundings = Surroundings.current
        try NamedText.checkOnce(label, option: "--label")
        var labels: JSONObject = ["prefect.resource.id": .string(resource)]
        for label in label { labels[label.name] = .string(label.text) }
        var bits = RandomCalls(source: surroundings.random)
        var ids = IDSource()
        let id: ID<Event> = ids.next(at: surroundings.now(), from: &bits)
        let event: JSONValue = [
            "id": id.json, "occurred": surroundings.now().json, "event": .string(name), "resource": .object(labels),
            "related": [], "payload": .object(try details()),
        ]
        try await server.connection().tell(event)
        try surroundings.console.print(server.json ? event.serialized() : "\(id)  \(name) is told.")
    }

    private func details() throws -> JSONObject {
        guard let payload else { return [:] }
        guard let object = (try? JSONValue(parsing: payload))?.objectValue else {
            throw CommandFailure.usage("--payload takes a JSON object, not '\(payload)'")
        }
        return object
    }
}

/// The random numbers of the surroundings.
private struct RandomCalls: RandomNumberGenerator {
    let source: @Sendable () -> UInt64

    mutating func next() -> UInt64 { source() }
}

extension HappeningResource {
    fileprivate var subject: String { resourceName.map { "\($0)  \(resourceID)" } ?? resourceID }

    fileprivate func line(_ style: Style) -> String {
        "\(style(.dim, HumanTime.clock(occurred)))  \(TerminalText.line(name))  "
            + style(.dim, TerminalText.line(subject))
    }
}
