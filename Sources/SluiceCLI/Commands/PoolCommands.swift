import APIClient
import ArgumentParser
import DeploymentDocument
import JSON

/// `sluice pool`
struct PoolCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pool", abstract: "The kinds of places where runs execute.",
        subcommands: [ListPools.self, CreatePool.self, PausePool.self, ResumePool.self])
}

/// `sluice pool ls`
struct ListPools: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List work pools.",
        discussion: """
            EXAMPLES
              sluice pool ls
              sluice pool ls --json
            """)

    @OptionGroup var server: ServerOptions

    func run() async throws {
        let console = Surroundings.current.console
        let pools = try await server.connection().pools()
        if server.json { return try console.print(pools.map(\.json).json.serialized()) }
        var table = Table([
            Table.Column("POOL", narrowest: 8), Table.Column("TYPE", narrowest: 7), Table.Column("STATUS"),
            Table.Column("LIMIT", isRight: true), Table.Column("DESCRIPTION", narrowest: 11),
        ])
        for pool in pools {
            table.add([
                Table.Cell(pool.name), Table.Cell(pool.type),
                pool.isPaused ? Table.Cell("paused", .yellow) : Table.Cell("open", .green),
                Table.Cell(pool.concurrencyLimit.map { HumanAmount.count($0) } ?? "none"),
                Table.Cell(pool.description ?? ""),
            ])
        }
        for line in table.lines(width: console.output.width(), style: console.style) { try console.print(line) }
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
        let pool = try await connection.createPool(body)
        if server.json { return try console.print(pool.json.serialized()) }
        try console.print("The pool '\(pool.name)' is there.")
        let endpoint = (try? await connection.server().agentEndpoint) ?? "HOST:4201"
        console.note("Start an agent for it: sluice-agent --server \(endpoint) --pool \(Lines.quoted(pool.name))")
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

/// A pool as people name it.
struct PoolArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("The pool.", valueName: "pool"))
    var name: String

    func setPaused(_ isPaused: Bool, _ server: ServerOptions) async throws {
        let connection = server.connection()
        let console = Surroundings.current.console
        do {
            try await connection.change(pool: name, ["is_paused": .bool(isPaused)])
        } catch {
            guard error.isNotFound else { throw error }
            let known = try await connection.pools().map(\.name)
            throw CommandFailure.failed("there is no pool '\(name)'\(NearestName.hint(for: name, among: known))")
        }
        if server.json { return try console.print(try await connection.pool(name).json.serialized()) }
        try console.print("The pool '\(name)' is \(isPaused ? "paused" : "open").")
    }
}
