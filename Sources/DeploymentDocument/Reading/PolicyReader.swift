import Domain

/// Reads what is done when runs fail, hang, or lose their agent.
struct PolicyReader {
    /// A shorter lease would end with every hiccup of a network.
    private static let shortestLease: Duration = .seconds(5)
    private static let mostRetries = 1_000_000

    func policy(_ fields: Fields) -> RunPolicy {
        var policy = RunPolicy()
        policy.retries = retries("retries", of: fields, over: RetryPolicy(limit: 0)) ?? policy.retries
        policy.crashRetries = retries("crash_retries", of: fields, over: .crashDefault) ?? policy.crashRetries
        policy.timeout = fields.duration("timeout", shortest: .milliseconds(1))
        policy.grace = fields.duration("grace") ?? policy.grace
        policy.lease = fields.duration("lease", shortest: Self.shortestLease) ?? policy.lease
        return policy
    }

    /// `3`, or a mapping.
    private func retries(_ key: String, of fields: Fields, over standard: RetryPolicy) -> RetryPolicy? {
        guard let node = fields[key] else { return nil }
        var policy = standard
        if node.members == nil {
            guard let limit = fields.integer(key, in: 0...Self.mostRetries) else { return nil }
            policy.limit = limit
            return policy
        }
        let keys = ["max", "limit", "delay", "backoff", "factor", "max_delay", "jitter"]
        guard let retries = Fields(node, of: "'\(key)'", keys: keys, problems: fields.problems) else { return nil }
        if let place = retries.keyPlace("limit"), retries["max"] != nil {
            fields.problems.add(place, "'limit' and 'max' are the same; leave one out")
        }
        guard retries["max"] != nil || retries["limit"] != nil else {
            fields.add(node, "'\(key)' has no 'max', the number of retries")
            return nil
        }
        policy.limit =
            retries.integer("max", in: 0...Self.mostRetries)
            ?? retries.integer("limit", in: 0...Self.mostRetries) ?? policy.limit
        policy.delay = retries.duration("delay") ?? policy.delay
        policy.backoff = retries.choice("backoff") ?? policy.backoff
        policy.factor = retries.number("factor", in: 1...1000) ?? policy.factor
        policy.maximumDelay = retries.duration("max_delay") ?? policy.maximumDelay
        policy.jitter = retries.number("jitter", in: 0...1) ?? policy.jitter
        return policy
    }
}
