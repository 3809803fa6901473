import Domain

/// Reads how many of a deployment's runs execute at once, how often they start, and what they need.
struct LimitsReader {
    private enum Collision: String, CaseIterable {
        case enqueue
        case cancelNew = "cancel-new"
    }

    /// `concurrency_limit: 2`, or `concurrency: {limit: 2, collision: cancel-new}`.
    func concurrency(_ fields: Fields) -> (limit: Int?, collision: CollisionStrategy) {
        let short = fields.integer("concurrency_limit", in: 0...Int.max)
        guard let node = fields["concurrency"] else { return (short, .enqueue) }
        if let place = fields.keyPlace("concurrency_limit") {
            fields.problems.add(place, "'concurrency_limit' and 'concurrency' say the same; leave one out")
        }
        if node.members == nil { return (fields.integer("concurrency", in: 0...Int.max), .enqueue) }
        let keys = ["limit", "collision"]
        guard let given = Fields(node, of: "'concurrency'", keys: keys, problems: fields.problems) else {
            return (short, .enqueue)
        }
        if given["limit"] == nil { fields.add(node, "'concurrency' has no 'limit', the number of runs at once") }
        let collision: Collision? = given.choice("collision")
        return (given.integer("limit", in: 0...Int.max), collision == .cancelNew ? .cancelNew : .enqueue)
    }

    /// `10/m`.
    func rateLimit(_ fields: Fields) -> RateLimit? {
        guard let node = fields["rate_limit"], let text = fields.text("rate_limit") else { return nil }
        guard let limit = RateLimit(text) else {
            fields.add(
                node,
                "'rate_limit' is a number of starts in a time, such as 10/m, 100/h, 5/30s or 10/m burst 3, "
                    + "not \(node.summary)")
            return nil
        }
        return limit
    }

    /// `{labels: {zone: eu}, cpu: 2, memory: 4GiB, gpu: 1}`.
    func requirements(_ fields: Fields) -> Requirements {
        guard let node = fields["requires"] else { return Requirements() }
        let keys = ["labels", "cpu", "memory", "gpu"]
        guard let given = Fields(node, of: "'requires'", keys: keys, problems: fields.problems) else {
            return Requirements()
        }
        let resources = Resources(
            cpu: amount("cpu", of: given, "a number of processors, such as 2 or 0.5") { ResourceText.cpu($0) },
            memory: amount("memory", of: given, "an amount of memory, such as 4GiB or 512MiB") {
                ResourceText.memory($0)
            }, gpu: given.integer("gpu", in: 0...10_000) ?? 0)
        return Requirements(labels: labels(given), resources: resources)
    }

    private func amount(_ key: String, of fields: Fields, _ what: String, _ parse: (String) -> Int?) -> Int {
        guard let node = fields[key] else { return 0 }
        guard let amount = node.spelling.flatMap(parse) else {
            fields.add(node, "'\(key)' is \(what), not \(node.summary)")
            return 0
        }
        return amount
    }

    private func labels(_ fields: Fields) -> [String: String] {
        guard let node = fields["labels"] else { return [:] }
        guard let members = node.members else {
            fields.add(node, "'labels' is a mapping of labels to values, such as {zone: eu}, not \(node.summary)")
            return [:]
        }
        var labels: [String: String] = [:]
        for member in members { labels[member.key] = fields.text(member.value, what: "the label '\(member.key)'") }
        return labels
    }
}
