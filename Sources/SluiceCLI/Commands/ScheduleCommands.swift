import APIClient
import ArgumentParser
import Domain
import JSON

/// `sluice schedule`
struct ScheduleCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule", abstract: "When deployments run by themselves.",
        discussion: "A document's 'schedules:' makes them with its deployment; what is made here stays until then.",
        subcommands: [
            ListSchedules.self, PreviewSchedule.self, CreateSchedule.self, PauseSchedule.self, ResumeSchedule.self,
            RemoveSchedule.self,
        ])
}

/// A schedule, and whose it is.
struct ScheduleEntry: APIResource {
    let schedule: ScheduleResource
    let path: String

    init(_ schedule: ScheduleResource, of path: String) {
        self.schedule = schedule
        self.path = path
    }

    init(reading reader: JSONReader) throws(JSONReadingError) {
        try self.init(ScheduleResource(reading: reader), of: reader.required("deployment").string)
    }

    var json: JSONValue {
        .object((schedule.json.objectValue ?? [:]).merging(["deployment": .string(path)]))
    }
}

/// `sluice schedule ls`
struct ListSchedules: ListCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List the schedules of a deployment, or of all.",
        discussion: """
            EXAMPLES
              sluice schedule ls
              sluice schedule ls report/daily --json
            """)

    @Argument(help: ArgumentHelp("Only those of this one.", valueName: "flow/deployment"), completion: .deployments)
    var deployment: String?

    @OptionGroup var server: ServerOptions

    func elements(from connection: APIConnection) async throws -> [ScheduleEntry] {
        let deployments =
            if let deployment {
                [try await DeploymentArgument.find(deployment, in: connection)]
            } else {
                try await connection.deployments().sorted { $0.path < $1.path }
            }
        var entries: [ScheduleEntry] = []
        for deployment in deployments {
            // A deployment tells its schedules with itself.
            for json in deployment.json["schedules"]?.arrayValue ?? [] {
                entries.append(ScheduleEntry(try ScheduleResource(reading: JSONReader(json)), of: deployment.path))
            }
        }
        return entries
    }

    func messageForNone(_ connection: APIConnection) -> String {
        "No schedules. Make one: sluice schedule create \(deployment ?? "FLOW/DEPLOYMENT") --cron \"0 6 * * *\""
    }

    func columns(at now: Timestamp) -> [ListColumn<ScheduleEntry>] {
        [
            ListColumn("DEPLOYMENT", narrowest: 12) { Table.Cell($0.path) },
            ListColumn("SCHEDULE", narrowest: 8) { Table.Cell($0.schedule.name) },
            ListColumn("STATUS") { .gate(isPaused: !$0.schedule.isActive) },
            ListColumn("WHEN", narrowest: 12) { Table.Cell($0.schedule.schedule.summary) },
            ListColumn("ZONE", narrowest: 6) { Table.Cell($0.schedule.schedule.zoneName ?? "UTC") },
            ListColumn("OVERLAP") { Table.Cell($0.schedule.overlap) },
            ListColumn("MISSED") { Table.Cell($0.schedule.missed?.summary ?? "") },
        ]
    }
}

extension MissedRuns {
    fileprivate var summary: String {
        switch self {
        case .all: "all"
        case .latest: "latest"
        case .none: "none"
        case .within(let span): "within \(DurationText.describe(span))"
        }
    }
}

/// `sluice schedule pause`
struct PauseSchedule: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Let a schedule make no runs; those that it has made ahead are taken back.",
        discussion: """
            EXAMPLES
              sluice schedule pause report/daily nightly
            """)

    @OptionGroup var schedule: ScheduleArgument
    @OptionGroup var server: ServerOptions

    func run() async throws { try await schedule.setActive(false, server) }
}

/// `sluice schedule resume`
struct ResumeSchedule: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let a paused schedule make runs again.",
        discussion: """
            EXAMPLES
              sluice schedule resume report/daily nightly
            """)

    @OptionGroup var schedule: ScheduleArgument
    @OptionGroup var server: ServerOptions

    func run() async throws { try await schedule.setActive(true, server) }
}

/// `sluice schedule rm`
struct RemoveSchedule: DeleteCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Delete a schedule and its runs that nobody has begun.",
        discussion: """
            EXAMPLES
              sluice schedule rm report/daily nightly
              sluice schedule rm report/daily nightly --yes
            """)

    @OptionGroup var schedule: ScheduleArgument
    @OptionGroup var consent: Consent
    @OptionGroup var server: ServerOptions

    func doomed(_ connection: APIConnection) async throws -> Doomed {
        let (found, deployment) = try await schedule.find(in: connection)
        return Doomed(
            what: "the schedule '\(found.name)' of \(deployment.path)",
            consequences: ["Its runs that nobody has begun.", "Its other runs: kept."], json: found.json
        ) { try await connection.delete(schedule: found.id, ofDeployment: deployment.id) }
    }
}
