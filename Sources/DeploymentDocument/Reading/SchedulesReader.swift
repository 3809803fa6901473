import Domain
import JSON

/// Reads when a deployment is to run by itself.
struct SchedulesReader {
    private static let keys = [
        "cron", "every", "rrule", "anchor", "day_or", "timezone", "name", "parameters", "active", "jitter",
        "daylight_saving", "missed", "overlap",
    ]
    private static let kinds = ["cron", "every", "rrule"]

    /// Nothing where they could not be read.
    let parameters: DeclaredParameters?

    func schedules(_ fields: Fields) -> [ScheduleDefinition] {
        guard let node = fields["schedules"] else { return [] }
        guard let elements = node.elements else {
            fields.add(node, "'schedules' is a list of schedules, such as [{cron: \"0 6 * * *\"}], not \(node.summary)")
            return []
        }
        var names: [String: DocumentPlace] = [:]
        return elements.compactMap { element in
            guard let schedule = Fields(element, of: "a schedule", keys: Self.keys, problems: fields.problems) else {
                return nil
            }
            if let name = schedule["name"], let text = name.spelling {
                if let first = names[text] {
                    schedule.add(name, "the schedule \(name.summary) is there twice: first at line \(first.line)")
                }
                names[text] = names[text] ?? name.place
            }
            return definition(schedule, element)
        }
    }

    private func definition(_ fields: Fields, _ node: YAMLNode) -> ScheduleDefinition? {
        // All is read even where something is wrong, so that one look finds all that is.
        let recurrence = recurrence(fields, node)
        let (zone, saving, name) = (fields.text("timezone"), daylightSaving(fields), fields.name("name"))
        let (given, isActive, jitter) = (given(fields), flag("active", fields), jitter(fields))
        let (missed, overlap) = (missed(fields), fields.choice("overlap", as: Overlap.self))
        guard let recurrence else { return nil }
        return ScheduleDefinition(
            schedule: Schedule(
                recurrence, zoneName: zone ?? standardZone(of: recurrence), daylightSaving: saving),
            name: name, parameters: given, isActive: isActive, jitter: jitter, missed: missed,
            overlap: overlap ?? .allow)
    }

    /// As the server says it back: a cron names none.
    private func standardZone(of recurrence: Schedule.Recurrence) -> String? {
        if case .cron = recurrence { nil } else { "UTC" }
    }

    // MARK: When

    private func recurrence(_ fields: Fields, _ node: YAMLNode) -> Schedule.Recurrence? {
        let given = Self.kinds.filter { fields[$0] != nil }
        guard given.count == 1, let kind = given.first else {
            fields.add(
                node,
                given.isEmpty
                    ? "the schedule says not when: give cron, every or rrule"
                    : "a schedule has one of cron, every and rrule, not \(given.joined(separator: " and "))")
            return nil
        }
        if let anchor = fields["anchor"], kind != "every" {
            fields.add(anchor, "'anchor' goes with 'every', not with '\(kind)'")
        }
        if let dayOr = fields["day_or"], kind != "cron" {
            fields.add(dayOr, "'day_or' goes with 'cron', not with '\(kind)'")
        }
        switch kind {
        case "cron": return cron(fields)
        case "every": return interval(fields)
        default: return rules(fields)
        }
    }

    private func cron(_ fields: Fields) -> Schedule.Recurrence? {
        guard let node = fields["cron"], let text = fields.text("cron") else { return nil }
        do {
            return .cron(try CronExpression(text, dayOr: flag("day_or", fields) ?? true))
        } catch {
            fields.add(node, "'cron' cannot be \(node.summary): \(error)")
            return nil
        }
    }

    private func interval(_ fields: Fields) -> Schedule.Recurrence? {
        guard let node = fields["every"], let span = fields.duration("every") else { return nil }
        do {
            return .interval(
                try IntervalRecurrence(every: span, from: anchor(fields) ?? ScheduleDefinition.standardAnchor))
        } catch {
            fields.add(node, "'every' cannot be \(node.summary): \(error)")
            return nil
        }
    }

    private func anchor(_ fields: Fields) -> Timestamp? {
        guard let node = fields["anchor"], let text = fields.text("anchor") else { return nil }
        guard let anchor = Timestamp(text) else {
            fields.add(node, "'anchor' is a time such as 2026-01-01T09:00:00Z, not \(node.summary)")
            return nil
        }
        return anchor
    }

    private func rules(_ fields: Fields) -> Schedule.Recurrence? {
        guard let node = fields["rrule"], let text = fields.text("rrule") else { return nil }
        do {
            return .rules(try RecurrenceSet(text))
        } catch {
            fields.add(node, "'rrule' cannot be \(node.summary): \(error)")
            return nil
        }
    }

    // MARK: How

    private func flag(_ key: String, _ fields: Fields) -> Bool? {
        guard let node = fields[key] else { return nil }
        guard case .scalar(let text, isPlain: true) = node.content, case .value(.bool(let flag)) = PlainScalar(text)
        else {
            fields.add(node, "'\(key)' is true or false, not \(node.summary)")
            return nil
        }
        return flag
    }

    private func jitter(_ fields: Fields) -> Duration {
        guard let node = fields["jitter"], let span = fields.duration("jitter") else { return .zero }
        let most = DeploymentSchedule.longestJitter
        guard span <= most else {
            fields.add(node, "'jitter' is \(DurationText.describe(most)) or less, not \(node.summary)")
            return .zero
        }
        return span
    }

    private func missed(_ fields: Fields) -> MissedRuns? {
        guard let node = fields["missed"] else { return nil }
        if let policy = node.spelling.flatMap({ MissedRuns(word: $0) }) { return policy }
        guard node.members != nil else {
            fields.add(node, "'missed' is all, latest, none or {within: 2h}, not \(node.summary)")
            return nil
        }
        guard let missed = Fields(node, of: "'missed'", keys: ["within"], problems: fields.problems) else { return nil }
        guard missed["within"] != nil else {
            fields.add(node, "'missed' has no 'within', such as 2h")
            return nil
        }
        return missed.duration("within").map { .within($0) }
    }

    /// A mapping of the two settings, or a word for one of them.
    private func daylightSaving(_ fields: Fields) -> DaylightSaving {
        var saving = DaylightSaving()
        guard let node = fields["daylight_saving"] else { return saving }
        if let word = node.spelling {
            if let leftOut = DaylightSaving.LeftOut(rawValue: word) {
                saving.leftOut = leftOut
            } else if let repeated = DaylightSaving.Repeated(rawValue: word) {
                saving.repeated = repeated
            } else {
                fields.add(node, "'daylight_saving' is skip, shift, first, both or a mapping, not \(node.summary)")
            }
            return saving
        }
        let keys = ["left_out", "repeated"]
        guard let rules = Fields(node, of: "'daylight_saving'", keys: keys, problems: fields.problems) else {
            return saving
        }
        saving.leftOut = rules.choice("left_out") ?? saving.leftOut
        saving.repeated = rules.choice("repeated") ?? saving.repeated
        return saving
    }

    // MARK: With what

    private func given(_ fields: Fields) -> JSONObject {
        guard let node = fields["parameters"] else { return [:] }
        guard let members = node.members else {
            fields.add(node, "'parameters' is a mapping of parameters to values, not \(node.summary)")
            return [:]
        }
        var values = JSONObject()
        for member in members {
            if let parameters, let names = parameters.names, !parameters.allowsOthers, !names.contains(member.key) {
                let hint = NearestName.hint(for: member.key, among: names)
                fields.problems.add(member.keyPlace, "'\(member.key)' is none of the parameters\(hint)")
            } else if let value = member.value.json(fields.problems) {
                values[member.key] = value
            }
        }
        guard let schema = parameters.flatMap({ try? ParameterSchema($0.schema) }) else { return values }
        for violation in schema.validate(.object(values), ignoringRequired: true) {
            fields.add(
                node.nearest(to: violation.pointer), "'\(violation.path)' breaks the schema: \(violation.reason)")
        }
        return values
    }
}
