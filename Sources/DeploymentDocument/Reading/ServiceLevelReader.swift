import Domain

/// Reads what is expected of a deployment's runs.
struct ServiceLevelReader {
    func level(_ fields: Fields) -> ServiceLevel? {
        guard let node = fields["sla"] else { return nil }
        let keys = ["late", "duration", "missing"]
        guard let level = Fields(node, of: "'sla'", keys: keys, problems: fields.problems) else { return nil }
        let expected = ServiceLevel(
            late: level.duration("late", shortest: ServiceLevel.shortest),
            duration: level.duration("duration", shortest: ServiceLevel.shortest), missing: missing(level))
        return expected == ServiceLevel() ? nil : expected
    }

    private func missing(_ fields: Fields) -> ServiceLevel.Absence? {
        guard let node = fields["missing"] else { return nil }
        guard node.members != nil else {
            return fields.duration("missing", shortest: ServiceLevel.shortest).map { .longerThan($0) }
        }
        let keys = ["by", "timezone", "days"]
        guard let time = Fields(node, of: "'missing'", keys: keys, problems: fields.problems) else { return nil }
        guard let by = time["by"], let text = time.text("by") else {
            if time["by"] == nil {
                time.add(
                    node, "'missing' says not by when: {by: \"07:00\", timezone: Europe/Berlin}, or a time such as 25h")
            }
            return nil
        }
        do {
            return .by(try DailyTime(text, zoneName: time.text("timezone"), days: time.text("days")))
        } catch {
            time.add(by, "'by' cannot be \(by.summary): \(error)")
            return nil
        }
    }
}
