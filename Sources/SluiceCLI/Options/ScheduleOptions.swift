import ArgumentParser
import DeploymentDocument
import Domain
import JSON

/// When a schedule fires, as it is typed.
struct RecurrenceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("When, by a cron expression.", valueName: "expression"))
    var cron: String?

    @Option(help: ArgumentHelp("When, by an interval: 30s, 15m, 1h30m, 1d.", valueName: "duration"))
    var every: String?

    @Option(help: ArgumentHelp("When, by an iCalendar rule.", valueName: "rule"))
    var rrule: String?

    @Option(help: ArgumentHelp("Where --every is counted from; 2020-01-01T00:00:00Z unless given.", valueName: "time"))
    var anchor: String?

    @Option(
        name: .customLong("timezone"),
        help: ArgumentHelp("Whose clocks: a zone of the IANA database.", valueName: "zone"))
    var zone: String?

    @Option(help: ArgumentHelp("A time that clocks leave out: skip or shift.", valueName: "word"))
    var leftOut: DaylightSaving.LeftOut?

    @Option(help: ArgumentHelp("A time that clocks show twice: first or both.", valueName: "word"))
    var repeated: DaylightSaving.Repeated?

    func validate() throws {
        let given = [cron, every, rrule].compactMap(\.self)
        guard given.count < 2 else { throw ValidationError("Give one of --cron, --every and --rrule.") }
        guard anchor == nil || every != nil else { throw ValidationError("--anchor goes with --every.") }
        if let every, DurationText.parse(every).map({ $0 > .zero }) != true {
            throw ValidationError("--every \(every): give a duration such as 15m, 1h30m or 1d.")
        }
        if let anchor, Timestamp(anchor) == nil {
            throw ValidationError("--anchor \(anchor): give a time such as 2026-01-01T09:00:00Z.")
        }
    }

    /// As the API takes it; nothing where nothing is given.
    var schedule: JSONValue? {
        if let cron { return ["cron": .string(cron), "timezone": zone.json] }
        if let rrule { return ["rrule": .string(rrule), "timezone": .string(zone ?? "UTC")] }
        guard let span = every.flatMap({ DurationText.parse($0) }) else { return nil }
        let anchor = anchor.flatMap { Timestamp($0) } ?? ScheduleDefinition.standardAnchor
        return ["interval": span.inSeconds.json, "anchor_date": anchor.json, "timezone": .string(zone ?? "UTC")]
    }

    var daylightSaving: JSONValue? {
        guard leftOut != nil || repeated != nil else { return nil }
        return DaylightSaving(leftOut: leftOut ?? .shift, repeated: repeated ?? .first).json
    }
}

extension DaylightSaving.LeftOut: ExpressibleByArgument {}
extension DaylightSaving.Repeated: ExpressibleByArgument {}
extension Overlap: ExpressibleByArgument {}

extension Schedule {
    /// `cron 0 6 * * *`, `every 1h`, `RRULE:FREQ=DAILY`
    var summary: String {
        switch recurrence {
        case .cron(let cron): "cron \(cron.text)"
        case .interval(let interval): "every \(DurationText.describe(interval.interval))"
        case .rules(let set): set.text.split(whereSeparator: \.isNewline).joined(separator: " ")
        }
    }
}
