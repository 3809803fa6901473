import APIClient
import ArgumentParser
import Domain
import JSON

/// `sluice automation dead`
struct DeadLetterCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead", abstract: "Messages of automations that did not get through.",
        discussion: """
            A message that nobody takes is sent again for some hours; then, or if it is refused, it stays here until \
            somebody sends it again or deletes it.
            """,
        subcommands: [ListDeadLetters.self, ShowDeadLetter.self, RetryDeadLetters.self, DeleteDeadLetter.self])
}

/// `sluice automation dead ls`
struct ListDeadLetters: ListCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List messages that did not get through.",
        discussion: """
            EXAMPLES
              sluice automation dead ls
              sluice automation dead ls --all      those that are to be sent again, too
            """)

    @Flag(help: "Those that wait to be sent, for the first time or again, too.")
    var all = false

    @OptionGroup var server: ServerOptions

    func elements(from connection: APIConnection) async throws -> [DeliveryResource] {
        try await connection.deliveries(state: all ? nil : "DEAD")
    }

    func messageForNone(_ connection: APIConnection) -> String {
        all ? "No message is on its way." : "No dead letters: everything got through, or is sent again (--all)."
    }

    func columns(at now: Timestamp) -> [ListColumn<DeliveryResource>] {
        [
            ListColumn("MESSAGE") { Table.Cell($0.id) },
            ListColumn("STATUS") { $0.isDead ? Table.Cell("dead", .red) : Table.Cell("waiting", .yellow) },
            ListColumn("AUTOMATION", narrowest: 8) { Table.Cell($0.automationName) },
            ListColumn("ACTION") { Table.Cell($0.actionType) },
            ListColumn("TRIES", isRight: true) { .count($0.tries) },
            ListColumn("NEXT") { .time($0.due, at: now) },
            ListColumn("REASON", narrowest: 10) { Table.Cell($0.reason ?? "") },
        ]
    }
}

/// `sluice automation dead show`
struct ShowDeadLetter: DetailCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a message that did not get through.",
        discussion: """
            EXAMPLES
              sluice automation dead show 01a1fd64
              sluice automation dead show 01a1fd64 --json      with the event that it tells of
            """)

    @OptionGroup var letter: LetterArgument
    @OptionGroup var server: ServerOptions

    func element(from connection: APIConnection) async throws -> DeliveryResource {
        try await letter.find(in: connection)
    }

    func describe(
        _ letter: DeliveryResource, in sheet: inout FactSheet, at now: Timestamp, _ connection: APIConnection
    ) {
        sheet.add("Message", letter.id)
        sheet.add("Status", letter.isDead ? "dead" : "waiting", letter.isDead ? .red : .yellow)
        sheet.add("Reason", letter.reason)
        sheet.add("Automation", letter.automationName)
        sheet.add("Action", letter.json["action"]?.serialized())
        sheet.add("Event", letter.eventName)
        sheet.add("Tries", String(letter.tries))
        sheet.add("Made", letter.created, at: now)
        sheet.add("Tried", letter.lastTried, at: now)
        sheet.add("Next try", letter.due, at: now)
    }
}

/// `sluice automation dead retry`
struct RetryDeadLetters: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Send messages again that did not get through.",
        discussion: """
            EXAMPLES
              sluice automation dead retry 01a1fd64
              sluice automation dead retry --all
            """)

    @Argument(help: ArgumentHelp("The message's id, or the beginning of it.", valueName: "message"))
    var message: String?

    @Flag(help: "All dead letters.")
    var all = false

    @OptionGroup var server: ServerOptions

    func validate() throws {
        guard all != (message != nil) else { throw ValidationError("Name a message, or give --all, not both.") }
    }

    func run() async throws {
        let console = Surroundings.current.console
        let connection = server.connection()
        let letters =
            if let message {
                [try await LetterArgument.find(message, in: connection)]
            } else {
                try await connection.deliveries(state: "DEAD")
            }
        var sent: [DeliveryResource] = []
        for letter in letters { sent.append(try await connection.retry(delivery: letter.id)) }
        if server.json { return try console.print(sent.map(\.json).json.serialized()) }
        guard !sent.isEmpty else { return console.note("There are no dead letters.") }
        try console.print("\(HumanAmount.of(sent.count, "message")) to be sent again.")
    }
}

/// `sluice automation dead delete`
struct DeleteDeadLetter: DeleteCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Drop a message: it is not sent any more.",
        discussion: """
            EXAMPLES
              sluice automation dead delete 01a1fd64
            """, aliases: ["rm"])

    @OptionGroup var letter: LetterArgument
    @OptionGroup var consent: Consent
    @OptionGroup var server: ServerOptions

    func doomed(_ connection: APIConnection) async throws -> Doomed {
        let found = try await letter.find(in: connection)
        return Doomed(
            what: "a message of the automation '\(found.automationName)'", consequences: ["It is never sent."],
            json: found.json
        ) { try await connection.delete(delivery: found.id) }
    }
}

/// A message as people name it.
struct LetterArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("The message's id, or the beginning of it.", valueName: "message"))
    var id: String

    func find(in connection: APIConnection) async throws -> DeliveryResource {
        try await Self.find(id, in: connection)
    }

    static func find(_ id: String, in connection: APIConnection) async throws -> DeliveryResource {
        let candidates = try await connection.deliveries(state: nil).filter { $0.id.hasPrefix(id.lowercased()) }
        guard let found = candidates.first else {
            throw CommandFailure.failed("there is no message '\(id)'; see: sluice automation dead ls --all")
        }
        guard candidates.count == 1 else {
            let ids = candidates.map(\.id).shortened().joined(separator: ", ")
            throw CommandFailure.failed("several messages begin with '\(id)': \(ids)")
        }
        return found
    }
}

extension DeliveryResource {
    fileprivate var isDead: Bool { state == "DEAD" }
}
