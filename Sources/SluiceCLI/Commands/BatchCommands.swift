import APIClient
import ArgumentParser
import Domain
import JSON

/// `sluice batch`
struct BatchCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch", abstract: "Many runs as one: queued, followed, paused, cancelled and retried together.",
        discussion: """
            EXAMPLES
              sluice batch report/daily --grid month=1..12 --follow     queue twelve; 'batch create' for long
              sluice batch ls
              sluice batch retry BATCH                                  those that failed, once more
            """,
        subcommands: [
            CreateBatch.self, ListBatches.self, ShowBatch.self, FollowBatch.self, PauseBatch.self, ResumeBatch.self,
            CancelBatch.self, RetryBatch.self,
        ], defaultSubcommand: CreateBatch.self)
}

/// `sluice batch ls`
struct ListBatches: ListCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List batches and how far they have come, the newest first.",
        discussion: """
            EXAMPLES
              sluice batch ls
              sluice batch ls --deployment report/daily --limit 100
            """)

    @Option(help: ArgumentHelp("Only those of this one.", valueName: "flow/deployment"), completion: .deployments)
    var deployment: String?

    @Option(help: ArgumentHelp("How many.", valueName: "number"))
    var limit = 20

    @OptionGroup var server: ServerOptions

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit \(limit): give a number of 1 or more.") }
    }

    func elements(from connection: APIConnection) async throws -> [BatchResource] {
        var filter = JSONObject()
        if let deployment {
            let id = try await DeploymentArgument.find(deployment, in: connection).id
            filter["batches"] = ["deployment_id": ["any_": [.string(id)]]]
        }
        return try await connection.batches(filter, limit: limit)
    }

    func messageForNone(_ connection: APIConnection) -> String {
        "No batches yet. Queue one: sluice batch FLOW/DEPLOYMENT --grid NAME=VALUES"
    }

    func columns(at now: Timestamp) -> [ListColumn<BatchResource>] {
        [
            ListColumn("BATCH") { Table.Cell($0.id) },
            ListColumn("NAME", narrowest: 8) { Table.Cell($0.name ?? "") },
            ListColumn("DEPLOYMENT", narrowest: 10) { Table.Cell($0.path) },
            ListColumn("STATUS") { Table.Cell($0.status, $0.ink) },
            ListColumn("ENDED", isRight: true) { batch in
                Table.Cell("\(HumanAmount.count(batch.progress.endedCount))/\(HumanAmount.count(batch.size))")
            },
            ListColumn("FAILED", isRight: true) { .count($0.failedCount) },
            ListColumn("MADE") { .time($0.created, at: now) },
        ]
    }
}

extension BatchResource {
    fileprivate var failedCount: Int { (progress.runs[.failed] ?? 0) + (progress.runs[.crashed] ?? 0) }

    fileprivate var isEnded: Bool { progress.endedCount >= size }

    fileprivate var status: String { isEnded ? "ended" : isPaused ? "paused" : "open" }

    fileprivate var ink: Style.Ink? { isEnded ? (failedCount > 0 ? .red : .green) : isPaused ? .yellow : .blue }
}

/// `sluice batch show`
struct ShowBatch: DetailCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a batch and what has become of its runs.",
        discussion: """
            EXAMPLES
              sluice batch show 019aa6b2-3f1c
              sluice batch show "orders of May" --json
            """)

    @OptionGroup var batch: BatchArgument
    @OptionGroup var server: ServerOptions

    func element(from connection: APIConnection) async throws -> BatchResource { try await batch.find(in: connection) }

    func describe(
        _ batch: BatchResource, in sheet: inout FactSheet, at now: Timestamp, _ connection: APIConnection
    ) {
        sheet.add("Batch", batch.id)
        sheet.add("Name", batch.name)
        sheet.add("Deployment", batch.path)
        sheet.add("Status", batch.status, batch.ink)
        sheet.add("Size", HumanAmount.of(batch.size, "run"))
        sheet.add("At once", batch.maximumConcurrent.map { HumanAmount.of($0, "run") })
        let runs = batch.progress.runs.map { ($0.key.rawValue, $0.value) }
        sheet.add(runs: Dictionary(runs, uniquingKeysWith: +))
        sheet.add("Made", batch.created, at: now)
        sheet.add("See them", "sluice ps --batch \(batch.id)")
        if batch.failedCount > 0 { sheet.add("Again", "sluice batch retry \(batch.id)") }
    }
}

/// `sluice batch follow`
struct FollowBatch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "follow",
        abstract: "Show a batch's progress until all of it has ended; the exit code is 1 if a run did not complete.",
        discussion: """
            EXAMPLES
              sluice batch follow 019aa6b2-3f1c
            """)

    @OptionGroup var batch: BatchArgument
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let connection = server.connection()
        let found = try await batch.find(in: connection)
        try await BatchFollower(connection: connection, batchID: found.id, isJSON: server.json).watch()
    }
}

/// A batch as people name it.
struct BatchArgument: ParsableArguments {
    @Argument(
        help: ArgumentHelp("A batch's id, an unambiguous beginning of it, or its name.", valueName: "batch"),
        completion: .batches)
    var name: String

    func find(in connection: APIConnection) async throws -> BatchResource { try await Self.find(name, in: connection) }

    static func find(_ text: String, in connection: APIConnection) async throws -> BatchResource {
        do {
            return try await connection.findBatch(text)
        } catch {
            guard error.isNotFound else { throw error }
            throw CommandFailure.failed("there is no batch '\(text)'; 'sluice batch ls' lists the newest ones")
        }
    }
}
