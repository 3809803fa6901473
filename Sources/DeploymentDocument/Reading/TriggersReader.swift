import Domain
import JSON

/// Reads what starts runs, and what is expected of them.
struct TriggersReader {
    /// What a trigger may wait for, one of these, and what else may be said of it.
    private static let causes = [
        "after": ["state"], "event": ["match", "threshold", "within"], "file": ["host"], "hook": [],
    ]
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
        return elements.compactMap { trigger($0, fields.problems) }
    }

    private func trigger(_ node: YAMLNode, _ problems: ProblemList) -> RunTrigger? {
        let details = Self.causes.keys.sorted().flatMap { [$0] + (Self.causes[$0] ?? []) }
        let keys = details + ["name", "parameters", "delay"]
        guard let fields = Fields(node, of: "a trigger", keys: keys, problems: problems) else { return nil }
        let given = Self.causes.keys.filter { fields[$0] != nil }
        guard given.count == 1, let kind = given.first else {
            fields.add(
                node,
                "a trigger has one of 'after', another deployment, 'event', the name of an event, 'file', a path, and "
                    + "'hook', the name of a hook")
            return nil
        }
        for (other, keys) in Self.causes.sorted(by: { $0.key < $1.key }) where other != kind {
            for key in keys where fields[key] != nil {
                guard let place = fields.keyPlace(key) else { continue }
                problems.add(place, "'\(key)' goes with '\(other)'")
            }
        }
        guard let cause = cause(kind, fields) else { return nil }
        return RunTrigger(
            cause, name: fields.text("name"), parameters: object("parameters", of: fields),
            delay: fields.duration("delay") ?? .zero)
    }

    private func cause(_ kind: String, _ fields: Fields) -> RunTrigger.Cause? {
        switch kind {
        case "after": after(fields)
        case "hook": fields.name("hook").map { .hook($0) }
        case "file": file(fields)
        default: event(fields)
        }
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

    private func file(_ fields: Fields) -> RunTrigger.Cause? {
        guard let node = fields["file"], let path = fields.text("file") else { return nil }
        let parts = path.split(separator: "/").map(String.init)
        guard path.hasPrefix("/"), !path.hasSuffix("/"), let name = parts.last else {
            fields.add(node, "'file' is the absolute path of a file, such as /data/in/*.csv, not \(node.summary)")
            return nil
        }
        let folders = parts.dropLast()
        guard !folders.contains(where: { $0.contains("*") }), !path.contains(where: "?[!".contains) else {
            fields.add(node, "in 'file' only * is a pattern, and only in the last part: \(node.summary)")
            return nil
        }
        return .file(folder: "/" + folders.joined(separator: "/"), name: name, host: fields.text("host"))
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
}
