import APIClient
import ArgumentParser
import Domain
import JSON

/// `sluice deployment`
struct DeploymentCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deployment", abstract: "What can be run.",
        discussion: "'sluice deploy PATH' makes them, and changes them into what their document says.",
        subcommands: [
            ListDeployments.self, ShowDeployment.self, UpdateDeployment.self, PauseDeployment.self,
            ResumeDeployment.self, DeleteDeployment.self, DeploymentHistory.self, RollBackDeployment.self,
        ])
}

/// `sluice deployment ls`
struct ListDeployments: ListCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List deployments and what their runs need.",
        discussion: """
            A parameter with '*' has no default.

            EXAMPLES
              sluice deployment ls
              sluice deployment ls --json
            """)

    @OptionGroup var server: ServerOptions

    func elements(from connection: APIConnection) async throws -> [DeploymentResource] {
        try await connection.deployments().sorted { $0.path < $1.path }
    }

    func messageForNone(_ connection: APIConnection) -> String {
        "No deployments yet. Register one: sluice deploy PATH"
    }

    func columns(at now: Timestamp) -> [ListColumn<DeploymentResource>] {
        [
            ListColumn("DEPLOYMENT", narrowest: 12) { Table.Cell($0.path) },
            ListColumn("QUEUE", narrowest: 7) { Table.Cell($0.queuePath) },
            ListColumn("PARAMETERS", narrowest: 10) { Table.Cell($0.parameterSummary) },
            ListColumn("CHANGED") { .time($0.updated, at: now) },
            ListColumn("DESCRIPTION", narrowest: 11) { deployment in
                Table.Cell(deployment.description?.split(separator: "\n").first.map(String.init) ?? "")
            },
        ]
    }
}

/// `sluice deployment show`
struct ShowDeployment: DetailCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a deployment: what it executes, where, and how much of it there is.",
        discussion: """
            EXAMPLES
              sluice deployment show report/daily
              sluice deployment show report/daily --json
            """)

    @OptionGroup var deployment: DeploymentArgument
    @OptionGroup var server: ServerOptions

    func element(from connection: APIConnection) async throws -> DeploymentResource {
        try await deployment.find(in: connection)
    }

    func describe(
        _ deployment: DeploymentResource, in sheet: inout FactSheet, at now: Timestamp, _ connection: APIConnection
    ) async throws {
        sheet.add("Deployment", deployment.path)
        sheet.add("Id", deployment.id)
        sheet.add("Description", deployment.description)
        let label = deployment.version.map { " (\($0))" } ?? ""
        sheet.add("Version", "\(deployment.versionNumber)\(label)")
        sheet.add("Changed", deployment.updated, at: now)
        sheet.add("Schedules", deployment.isPaused ? "paused" : nil, .yellow)
        try await DeploymentStarters(of: deployment, from: connection).add(to: &sheet)
        sheet.add("Queue", deployment.queuePath)
        sheet.add(limit: deployment.concurrencyLimit)
        if deployment.collision == CollisionStrategy.cancelNew.rawValue { sheet.add("When full", "cancels new runs") }
        sheet.add("Rate limit", deployment.execution?["rate_limit"]?.stringValue)
        sheet.add("Requires", deployment.execution?["requires"]?.serialized())
        sheet.add("Tags", deployment.tags.joined(separator: ", "))
        sheet.add("Parameters", deployment.parameterSummary)
        let defaults = deployment.parameters
        sheet.add("Defaults", defaults.isEmpty ? nil : JSONValue.object(defaults).serialized())
        sheet.add("Command", deployment.execution?["command"]?.serialized())
        let source = deployment.execution?["code"].flatMap { try? CodeSource(json: $0) }
        sheet.add("Code", source?.description ?? deployment.execution?["bundle"]?["digest"]?.stringValue)
        let waiting = try await connection.countRuns(ofDeployment: deployment.id, inStates: [.scheduled])
        let executing = try await connection.countRuns(
            ofDeployment: deployment.id, inStates: [.pending, .running, .cancelling])
        sheet.add("Runs", "\(HumanAmount.count(waiting)) waiting, \(HumanAmount.count(executing)) executing")
        try await describe(levels: deployment, in: &sheet, at: now, connection)
    }

    /// As many breaches are shown; `--json` on the API has more.
    private static let shownBreaches = 5

    private func describe(
        levels deployment: DeploymentResource, in sheet: inout FactSheet, at now: Timestamp, _ connection: APIConnection
    ) async throws {
        if let level = deployment.serviceLevel { sheet.add("Expected", level.phrases.joined(separator: "; ")) }
        let breaches = try await connection.breaches(ofDeployment: deployment.id, limit: Self.shownBreaches)
        for (index, breach) in breaches.enumerated() {
            let subject = breach.runName.map { "\($0): " } ?? ""
            let since = breach.since.map { ", since \(HumanTime.date($0))  (\(HumanTime.relative($0, to: now)))" } ?? ""
            sheet.add(
                index == 0 ? "Not kept" : " ", "\(subject)\(breach.kind) \(breach.limit)\(since)", .yellow)
        }
    }
}

/// `sluice deployment update`
struct UpdateDeployment: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Change a deployment where it is, until its document is deployed again.",
        discussion: """
            EXAMPLES
              sluice deployment update report/daily --limit 2
              sluice deployment update report/daily --queue urgent
              sluice deployment update report/daily --no-limit --description "by the hour"
            """)

    @OptionGroup var deployment: DeploymentArgument
    @OptionGroup var limit: LimitChange

    @Option(help: ArgumentHelp("Where its runs wait from now on.", valueName: "name"), completion: .queues)
    var queue: String?

    @Option(help: ArgumentHelp("The pool of that queue.", valueName: "name"), completion: .pools)
    var pool: String?

    @Option(help: ArgumentHelp("What it does.", valueName: "text"))
    var description: String?

    @OptionGroup var server: ServerOptions

    func run() async throws {
        let connection = server.connection()
        var body = JSONObject()
        limit.apply(to: &body)
        body["work_queue_name"] = queue.map { .string($0) }
        body["work_pool_name"] = pool.map { .string($0) }
        body["description"] = description.map { .string($0) }
        try Changes.check(body)
        let found = try await deployment.find(in: connection)
        try await connection.change(deployment: found.id, body)
        try await deployment.report("is changed", server, connection)
    }
}

/// `sluice deployment pause`
struct PauseDeployment: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Let a deployment's schedules make no runs; by hand it runs as before.",
        discussion: """
            EXAMPLES
              sluice deployment pause report/daily
            """)

    @OptionGroup var deployment: DeploymentArgument
    @OptionGroup var server: ServerOptions

    func run() async throws { try await deployment.setPaused(true, server) }
}

/// `sluice deployment resume`
struct ResumeDeployment: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let a paused deployment's schedules make runs again.",
        discussion: """
            EXAMPLES
              sluice deployment resume report/daily
            """)

    @OptionGroup var deployment: DeploymentArgument
    @OptionGroup var server: ServerOptions

    func run() async throws { try await deployment.setPaused(false, server) }
}

/// `sluice deployment delete`
struct DeleteDeployment: DeleteCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a deployment: what waits of it is cancelled, its runs stay.",
        discussion: """
            EXAMPLES
              sluice deployment delete report/daily
              sluice deployment delete report/daily --yes
            """)

    @OptionGroup var deployment: DeploymentArgument
    @OptionGroup var consent: Consent
    @OptionGroup var server: ServerOptions

    func doomed(_ connection: APIConnection) async throws -> Doomed {
        let found = try await deployment.find(in: connection)
        let waiting = try await connection.countRuns(ofDeployment: found.id, inStates: [.scheduled])
        let executing = try await connection.countRuns(ofDeployment: found.id, inStates: [.pending, .running])
        let ended = try await connection.countRuns(
            ofDeployment: found.id, inStates: [.completed, .failed, .crashed, .cancelled])
        return Doomed(
            what: "the deployment '\(found.path)'",
            consequences: [
                "\(HumanAmount.of(found.versionNumber, "version")) of it.",
                "\(HumanAmount.of(waiting, "run")) waiting: cancelled.",
                "\(HumanAmount.of(executing, "run")) executing: left to end.",
                "\(HumanAmount.of(ended, "run")) that ended: kept.",
            ], json: found.json
        ) { try await connection.delete(deployment: found.id) }
    }
}

extension ServiceLevel {
    /// What is expected, in words.
    fileprivate var phrases: [String] {
        var phrases: [String] = []
        if let late { phrases.append("begins \(DurationText.describe(late)) after it is late") }
        if let duration { phrases.append("executes for \(DurationText.describe(duration))") }
        switch missing {
        case nil: break
        case .longerThan(let span): phrases.append("a run completes every \(DurationText.describe(span))")
        case .by(let time): phrases.append("a run completes by \(Bound.time(time))")
        }
        return phrases
    }
}

extension DeploymentResource {
    var queuePath: String { [poolName, queueName].compactMap { $0 }.joined(separator: "/") }

    /// `month* carriers`
    fileprivate var parameterSummary: String {
        let names = parameterSchema?["properties"]?.objectValue?.keys ?? []
        let required = parameterSchema?["required"]?.arrayValue?.compactMap(\.stringValue) ?? []
        return names.map { name in
            required.contains(name) && !parameters.contains(key: name) ? "\(name)*" : name
        }.joined(separator: " ")
    }
}
