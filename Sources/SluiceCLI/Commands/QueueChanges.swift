import APIClient
import ArgumentParser
import Domain
import JSON

/// What may be said of a queue when it is made or changed.
struct QueueTraits: ParsableArguments {
    @OptionGroup var limit: LimitChange
    @OptionGroup var rate: RateChange

    @Option(help: ArgumentHelp("The lower, the sooner among the queues of its pool; 1 or more.", valueName: "number"))
    var priority: Int?

    func validate() throws {
        guard priority.map({ $0 > 0 }) ?? true else { throw ValidationError("--priority: give a number of 1 or more.") }
    }

    var body: JSONObject {
        var body = JSONObject()
        limit.apply(to: &body)
        rate.apply(to: &body)
        body["priority"] = priority.map { JSONValue($0) }
        return body
    }
}

/// `sluice queue create`
struct CreateQueue: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a queue.",
        discussion: """
            EXAMPLES
              sluice queue create urgent --priority 1
              sluice queue create nightly --pool cluster --limit 4
              sluice queue create polite --rate-limit 10/m
            """)

    @OptionGroup var queue: QueueArgument
    @OptionGroup var traits: QueueTraits
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let console = Surroundings.current.console
        let connection = server.connection()
        var body = traits.body
        body["name"] = .string(queue.name)
        let pool = try await PoolArgument.find(queue.pool, in: connection).name
        let made = try await connection.createQueue(ofPool: pool, body)
        if server.json { return try console.print(made.json.serialized()) }
        try console.print("The queue '\(made.name)' of the pool '\(queue.pool)' is there.")
        if made.agentsOnline == 0 {
            let line = await Lines.unserved(connection, pool: queue.pool, queue: made.name)
            console.note(console.errorStyle(.yellow, line))
        }
    }
}

/// `sluice queue update`
struct UpdateQueue: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Change a queue.",
        discussion: """
            EXAMPLES
              sluice queue update urgent --priority 1 --no-limit
            """)

    @OptionGroup var queue: QueueArgument
    @OptionGroup var traits: QueueTraits
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let console = Surroundings.current.console
        let connection = server.connection()
        let body = traits.body
        try Changes.check(body)
        try await queue.change(body, connection)
        if server.json { return try console.print(try await queue.find(in: connection).json.serialized()) }
        try console.print("The queue '\(queue.name)' of the pool '\(queue.pool)' is changed.")
    }
}

/// `sluice queue delete`
struct DeleteQueue: DeleteCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a queue that no deployment uses.",
        discussion: """
            EXAMPLES
              sluice queue delete urgent
              sluice queue delete urgent --pool cluster --yes
            """)

    @OptionGroup var queue: QueueArgument
    @OptionGroup var consent: Consent
    @OptionGroup var server: ServerOptions

    func doomed(_ connection: APIConnection) async throws -> Doomed {
        let found = try await queue.find(in: connection)
        let (name, pool) = (queue.name, queue.pool)
        return Doomed(
            what: "the queue '\(name)' of the pool '\(pool)'", consequences: [Lines.waitingRuns(found.waitingCount)],
            json: found.json
        ) { try await connection.delete(queue: name, ofPool: pool) }
    }
}
