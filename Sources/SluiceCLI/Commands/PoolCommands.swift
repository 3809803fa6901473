import APIClient
import ArgumentParser
import DeploymentDocument
import Domain
import JSON

/// `sluice pool`
struct PoolCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pool", abstract: "The kinds of places where runs execute.",
        subcommands: [
            ListPools.self, ShowPool.self, CreatePool.self, UpdatePool.self, PausePool.self, ResumePool.self,
            DeletePool.self,
        ])
}

/// `sluice pool ls`
struct ListPools: ListCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List work pools.",
        discussion: """
            EXAMPLES
              sluice pool ls
              sluice pool ls --json
            """)

    @OptionGroup var server: ServerOptions

    func elements(from connection: APIConnection) async throws -> [PoolResource] { try await connection.pools() }

    func messageForNone(_ connection: APIConnection) -> String { "No pools yet. Make one: sluice pool create NAME" }

    func columns(at now: Timestamp) -> [ListColumn<PoolResource>] {
        [
            ListColumn("POOL", narrowest: 8) { Table.Cell($0.name) },
            ListColumn("TYPE", narrowest: 7) { Table.Cell($0.type) },
            ListColumn("STATUS") { .gate(isPaused: $0.isPaused) },
            ListColumn("LIMIT", isRight: true) { .limit($0.concurrencyLimit) },
            ListColumn("DESCRIPTION", narrowest: 11) { Table.Cell($0.description ?? "") },
        ]
    }
}

/// `sluice pool show`
struct ShowPool: DetailCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a work pool.",
        discussion: """
            EXAMPLES
              sluice pool show gpu
            """)

    @OptionGroup var pool: PoolArgument
    @OptionGroup var server: ServerOptions

    func element(from connection: APIConnection) async throws -> PoolResource { try await pool.find(in: connection) }

    func describe(
        _ pool: PoolResource, in sheet: inout FactSheet, at now: Timestamp, _ connection: APIConnection
    ) async throws {
        let queues = try await connection.queues().filter { $0.poolName == pool.name }
        sheet.add("Pool", pool.name)
        sheet.add("Id", pool.id)
        sheet.add("Description", pool.description)
        sheet.add("Type", pool.type)
        sheet.add(gate: pool.isPaused)
        sheet.add(limit: pool.concurrencyLimit)
        sheet.add("Rate limit", pool.rateLimit)
        sheet.add("Ageing", pool.ageing > 0 ? "a step in \(DurationText.describe(.seconds(pool.ageing)))" : "off")
        sheet.add("Queues", queues.map(\.name).joined(separator: ", "))
        sheet.add(runs: queues.reduce(into: [:]) { $0.merge($1.runs, uniquingKeysWith: +) })
    }
}

/// `sluice pool create`
struct CreatePool: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a work pool.",
        discussion: """
            EXAMPLES
              sluice pool create gpu --description "the four big ones" --limit 8
            """)

    @Argument(help: ArgumentHelp("The pool.", valueName: "pool"))
    var name: String

    @Option(help: ArgumentHelp("How its runs are executed.", valueName: "type"))
    var type = "process"

    @Option(help: ArgumentHelp("What it is for.", valueName: "text"))
    var description: String?

    @Option(help: ArgumentHelp("How many of its runs may execute at once.", valueName: "number"))
    var limit: Int?

    @OptionGroup var rate: RateChange
    @OptionGroup var ageing: AgeingChange
    @OptionGroup var server: ServerOptions

    func validate() throws {
        guard limit.map({ $0 >= 0 }) ?? true else { throw ValidationError("--limit: give a number of 0 or more.") }
    }

    func run() async throws {
        let console = Surroundings.current.console
        let connection = server.connection()
        var body: JSONObject = ["name": .string(name), "type": .string(type)]
        body["description"] = description.map { .string($0) }
        body["concurrency_limit"] = limit.map { JSONValue($0) }
        rate.apply(to: &body)
        ageing.apply(to: &body)
        let pool = try await connection.createPool(body)
        if server.json { return try console.print(pool.json.serialized()) }
        try console.print("The pool '\(pool.name)' is there.")
        let endpoint = await Lines.agentEndpoint(connection)
        console.note("Start an agent for it: sluice-agent --server \(endpoint) --pool \(Lines.quoted(pool.name))")
    }
}

/// `sluice pool update`
struct UpdatePool: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Change a work pool.",
        discussion: """
            EXAMPLES
              sluice pool update gpu --limit 4
              sluice pool update gpu --rate-limit 100/h --ageing 30m
              sluice pool update gpu --no-limit --description "all of them"
            """)

    @OptionGroup var pool: PoolArgument
    @OptionGroup var limit: LimitChange
    @OptionGroup var rate: RateChange
    @OptionGroup var ageing: AgeingChange

    @Option(help: ArgumentHelp("What it is for.", valueName: "text"))
    var description: String?

    @OptionGroup var server: ServerOptions

    func run() async throws {
        let console = Surroundings.current.console
        let connection = server.connection()
        var body = JSONObject()
        limit.apply(to: &body)
        rate.apply(to: &body)
        ageing.apply(to: &body)
        body["description"] = description.map { .string($0) }
        try Changes.check(body)
        try await pool.change(body, connection)
        if server.json { return try console.print(try await connection.pool(pool.name).json.serialized()) }
        try console.print("The pool '\(pool.name)' is changed.")
    }
}

/// `sluice pool pause`
struct PausePool: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Let nothing more of a pool start; what runs goes on.",
        discussion: """
            EXAMPLES
              sluice pool pause gpu
            """)

    @OptionGroup var pool: PoolArgument
    @OptionGroup var server: ServerOptions

    func run() async throws { try await pool.setPaused(true, server) }
}

/// `sluice pool resume`
struct ResumePool: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let the runs of a paused pool start again.",
        discussion: """
            EXAMPLES
              sluice pool resume gpu
            """)

    @OptionGroup var pool: PoolArgument
    @OptionGroup var server: ServerOptions

    func run() async throws { try await pool.setPaused(false, server) }
}

/// `sluice pool delete`
struct DeletePool: DeleteCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a work pool and its queues; none of them may be in use.",
        discussion: """
            EXAMPLES
              sluice pool delete gpu
              sluice pool delete gpu --yes
            """)

    @OptionGroup var pool: PoolArgument
    @OptionGroup var consent: Consent
    @OptionGroup var server: ServerOptions

    func doomed(_ connection: APIConnection) async throws -> Doomed {
        let pool = try await pool.find(in: connection)
        let queues = try await connection.queues().filter { $0.poolName == pool.name }
        let waiting = queues.reduce(0) { $0 + $1.waitingCount }
        return Doomed(
            what: "the pool '\(pool.name)'",
            consequences: [
                "\(HumanAmount.of(queues.count, "queue")) of it: \(queues.map(\.name).joined(separator: ", "))",
                Lines.waitingRuns(waiting),
            ], json: pool.json
        ) { try await connection.delete(pool: pool.name) }
    }
}

/// A pool as people name it.
struct PoolArgument: PausableArgument {
    @Argument(help: ArgumentHelp("The pool.", valueName: "pool"), completion: .pools)
    var name: String

    func find(in connection: APIConnection) async throws -> PoolResource { try await Self.find(name, in: connection) }

    static func find(_ name: String, in connection: APIConnection) async throws -> PoolResource {
        do {
            return try await connection.pool(name)
        } catch {
            throw await explained(error, name, connection)
        }
    }

    func change(_ body: JSONObject, _ connection: APIConnection) async throws {
        do {
            try await connection.change(pool: name, body)
        } catch {
            throw await Self.explained(error, name, connection)
        }
    }

    func pause(_ isPaused: Bool, on connection: APIConnection) async throws -> Paused {
        try await change(["is_paused": .bool(isPaused)], connection)
        return Paused(what: "The pool '\(name)'") { [name] in try await connection.pool(name).json }
    }

    private static func explained(
        _ error: APIError, _ name: String, _ connection: APIConnection
    ) async -> any Error {
        guard error.isNotFound, let known = try? await connection.pools().map(\.name) else { return error }
        return CommandFailure.failed("there is no pool '\(name)'\(NearestName.hint(for: name, among: known))")
    }
}
