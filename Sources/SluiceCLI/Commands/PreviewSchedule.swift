import APIClient
import ArgumentParser
import Domain
import JSON

/// `sluice schedule preview`
struct PreviewSchedule: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview", abstract: "Show the next times of a deployment's schedules, or of one that is typed.",
        discussion: """
            Changes of the clocks are marked, and what becomes of times that they leave out or show twice.

            EXAMPLES
              sluice schedule preview report/daily
              sluice schedule preview report/daily --schedule morning --count 20
              sluice schedule preview --cron "30 2 * * *" --timezone Europe/Paris --start 2027-03-26T00:00:00Z
              sluice schedule preview --every 90m --count 3
            """)

    @Argument(help: ArgumentHelp("The deployment.", valueName: "flow/deployment"), completion: .deployments)
    var deployment: String?

    @OptionGroup var recurrence: RecurrenceOptions

    @Option(help: ArgumentHelp("Only this one of the deployment's.", valueName: "name"))
    var schedule: String?

    @Option(help: ArgumentHelp("How many times of each.", valueName: "number"))
    var count = 10

    @Option(help: ArgumentHelp("After when; now unless given.", valueName: "time"))
    var start: String?

    @OptionGroup var server: ServerOptions

    func validate() throws {
        guard (deployment == nil) != (recurrence.schedule == nil) else {
            throw ValidationError("Name a deployment, or type a schedule with --cron, --every or --rrule.")
        }
        guard schedule == nil || deployment != nil else { throw ValidationError("--schedule goes with a deployment.") }
        guard count > 0 else { throw ValidationError("--count \(count): give a number of 1 or more.") }
        if let start, Timestamp(start) == nil {
            throw ValidationError("--start \(start): give a time such as 2026-03-28T00:00:00Z.")
        }
    }

    func run() async throws {
        let console = Surroundings.current.console
        let connection = server.connection()
        var lists: [JSONValue] = []
        for (index, subject) in try await subjects(connection).enumerated() {
            var body = subject.body
            body["count"] = JSONValue(count)
            body["start"] = start.flatMap { Timestamp($0) }?.json
            let fires = try await connection.previewSchedule(body)
            if server.json {
                lists.append(["schedule": subject.name.json, "fires": .array(fires.map(\.json))])
                continue
            }
            if let title = subject.title {
                try console.print((index == 0 ? "" : "\n") + console.style(.bold, TerminalText.line(title)))
            }
            for line in lines(fires, console) { try console.print(line) }
        }
        if server.json { try console.print(JSONValue.array(lists).serialized()) }
    }

    private struct Subject {
        var name: String?
        var title: String?
        let body: JSONObject
    }

    private func subjects(_ connection: APIConnection) async throws -> [Subject] {
        guard let deployment else {
            var body = JSONObject()
            body["schedule"] = recurrence.schedule
            body["daylight_saving"] = recurrence.daylightSaving
            return [Subject(body: body)]
        }
        let found = try await DeploymentArgument.find(deployment, in: connection)
        let all = try await connection.schedules(ofDeployment: found.id)
        let wanted = all.filter { schedule == nil || $0.slug == schedule || $0.id == schedule }
        guard !wanted.isEmpty else {
            throw CommandFailure.failed(
                all.isEmpty
                    ? "\(found.path) has no schedules; 'sluice schedule create' makes one"
                    : "\(found.path) has no schedule '\(schedule ?? "")'; it has \(all.map(\.name).joined(separator: ", "))"
            )
        }
        return wanted.map { schedule in
            let paused = schedule.isActive && !found.isPaused ? "" : ", paused"
            return Subject(
                name: schedule.name, title: "\(schedule.name): \(schedule.schedule.summary)\(paused)",
                body: [
                    "schedule": schedule.schedule.json, "daylight_saving": schedule.schedule.daylightSaving.json,
                ])
        }
    }

    private func lines(_ fires: [FireResource], _ console: Console) -> [String] {
        guard !fires.isEmpty else { return ["It does not fire any more."] }
        var table = Table([
            Table.Column("LOCAL"), Table.Column("OFFSET"), Table.Column("UTC"), Table.Column("", narrowest: 12),
        ])
        for fire in fires {
            table.add([
                Table.Cell(fire.local.replacing("T", with: " ")), Table.Cell(fire.offsetText),
                Table.Cell(fire.time.shortText), Table.Cell(fire.note, .yellow),
            ])
        }
        return table.lines(width: console.output.width(), style: console.style)
    }
}

extension FireResource {
    /// `+01:00`
    fileprivate var offsetText: String {
        let minutes = abs(offset) / 60
        let digits = [minutes / 60, minutes % 60].map { $0 < 10 ? "0\($0)" : String($0) }
        return (offset < 0 ? "-" : "+") + digits.joined(separator: ":")
    }

    /// What clocks have to do with it.
    fileprivate var note: String {
        let span = DurationText.describe(.seconds(abs(clockChange)))
        let change =
            clockChange == 0 ? nil : "clocks were set \(clockChange > 0 ? "forward" : "back") by \(span) before this"
        let fate: String? =
            switch fate {
            case .ordinary: nil
            case .shifted: "later than it is set to, which clocks leave out"
            case .leftOut: "does not fire: clocks leave out what it is set to"
            case .repeated: "fires again: clocks show it twice"
            case .notRepeated: "does not fire again: clocks show it twice"
            }
        return [change, fate].compactMap(\.self).joined(separator: "; ")
    }
}
