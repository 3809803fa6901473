import Domain
import JSON

/// Reads what starts runs, and what is expected of them.
struct TriggersReader {
    /// What happens not is told after ten seconds at the earliest.
    private static let shortestAbsence: Duration = .seconds(10)
    private static let states: [String: StateType] = [
        "completed": .completed, "failed": .failed, "crashed": .crashed, "cancelled": .cancelled,
    ]

    /// The path of the deployment that they stand in, `FLOW/DEPLOYMENT`.
    let path: String

    func triggers(_ fields: Fields) -> [RunTrigger] {
        guard let node = fields["triggers"] else { return [] }
        guard let elements = node.elements else {
            fields.add(node, "'triggers' is a list of triggers, not \(node.summary)")
            return []
        }
        let triggers = elements.compactMap { trigger($0, fields.problems) }
        ObjectTriggerReader.check(triggers, node, fields)
        return triggers
    }

    private func trigger(_ node: YAMLNode, _ problems: ProblemList) -> RunTrigger? {
        let keys = ["after", "state", "event", "match", "threshold", "within", "object", "name", "parameters", "delay"]
        guard let fields = Fields(node, of: "a trigger", keys: keys, problems: problems) else { return nil }
        guard ["after", "event", "object"].filter({ fields[$0] != nil }).count == 1 else {
            fields.add(
                node,
                "a trigger has one of 'after', another deployment, 'event', the name of an event, and 'object', a place "
                    + "in a store")
            return nil
        }
        let isAfter = fields["after"] != nil
        for key in isAfter ? ["match", "threshold", "within"] : ["state"] {
            guard let place = fields.keyPlace(key), fields[key] != nil else { continue }
            problems.add(place, "'\(key)' goes with '\(isAfter ? "event" : "after")'")
        }
        let sensor = ObjectTriggerReader(path: path).sensor(fields).map { RunTrigger.Cause.object($0) }
        guard let cause = sensor ?? (isAfter ? after(fields) : event(fields)) else { return nil }
        return RunTrigger(
            cause, name: fields.text("name"), parameters: object("parameters", of: fields),
            delay: fields.duration("delay") ?? .zero)
    }

    private func after(_ fields: Fields) -> RunTrigger.Cause? {
        guard let node = fields["after"], let text = fields.text("after") else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            fields.add(node, "'after' is FLOW/DEPLOYMENT, not \(node.summary)")
            return nil
        }
        guard text != path else {
            fields.add(node, "a deployment that starts after itself never ends")
            return nil
        }
        guard let states = states(fields) else { return nil }
        return .after(flow: parts[0], deployment: parts[1], states: states)
    }

    private func states(_ fields: Fields) -> [StateType]? {
        guard let node = fields["state"] else { return [.completed] }
        let words = (node.elements ?? [node]).map { ($0, $0.spelling ?? "") }
        var states: [StateType] = []
        for (node, word) in words {
            guard let state = Self.states[word.lowercased()] else {
                let hint = NearestName.hint(for: word, among: Self.states.keys.sorted())
                fields.add(node, "'state' cannot be \(node.summary)\(hint)")
                return nil
            }
            states.append(state)
        }
        return states.isEmpty ? [.completed] : states
    }

    private func event(_ fields: Fields) -> RunTrigger.Cause? {
        guard let name = fields.text("event") else { return nil }
        return .event(
            name, match: object("match", of: fields), threshold: fields.integer("threshold", in: 1...1_000_000) ?? 1,
            within: fields.duration("within") ?? .zero)
    }

    private func object(_ key: String, of fields: Fields) -> JSONObject {
        guard let node = fields[key] else { return [:] }
        guard node.members != nil else {
            fields.add(node, "'\(key)' is a mapping, not \(node.summary)")
            return [:]
        }
        return node.json(fields.problems)?.objectValue ?? [:]
    }

    // MARK: - What is expected

    func serviceLevel(_ fields: Fields) -> ServiceLevel? {
        guard let node = fields["sla"] else { return nil }
        let keys = ["late", "duration", "missing"]
        guard let level = Fields(node, of: "'sla'", keys: keys, problems: fields.problems) else { return nil }
        return ServiceLevel(
            late: level.duration("late", shortest: Self.shortestAbsence),
            duration: level.duration("duration", shortest: Self.shortestAbsence),
            missing: level.duration("missing", shortest: Self.shortestAbsence))
    }
}
