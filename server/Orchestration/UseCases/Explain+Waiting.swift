import Domain
import Storage

/// The limits that keep a run waiting, and who holds their slots.
struct LimitInquiry {
    typealias Reason = Explanation.Reason

    /// How many holders are named.
    private static let named = 5

    let store: Store
    /// On the clock that leases are counted by.
    let leaseTime: Timestamp

    func of(_ deployment: Deployment) throws -> [Reason] {
        var reasons: [Reason] = []
        let what = "deployment \(deployment.name)"
        if let limit = deployment.concurrencyLimit, try store.occupancy(of: deployment.id) >= limit {
            let holders = try store.holders(of: deployment.id, limit: Self.named)
            reasons.append(full("deployment_limit", what, limit, try names(holders)))
        }
        return try reasons
            + rate("deployment_rate", what, deployment.execution?.rateLimit, .deployment(deployment.id))
    }

    func of(_ pool: WorkPool, _ queue: WorkQueue) throws -> [Reason] {
        var reasons: [Reason] = []
        if let limit = queue.concurrencyLimit, try store.occupancy(of: queue.id) >= limit {
            let holders = try store.holders(of: queue.id, limit: Self.named)
            reasons.append(full("queue_limit", "work queue \(queue.name)", limit, try names(holders)))
        }
        if let limit = pool.concurrencyLimit, try store.occupancy(of: pool.id) >= limit {
            let holders = try store.holders(of: pool.id, limit: Self.named)
            reasons.append(full("pool_limit", "work pool \(pool.name)", limit, try names(holders)))
        }
        reasons += try rate("queue_rate", "work queue \(queue.name)", queue.rateLimit, .queue(queue.id))
        return reasons + (try rate("pool_rate", "work pool \(pool.name)", pool.rateLimit, .pool(pool.id)))
    }

    /// The limits on its tags.
    func of(_ run: FlowRun, _ deployment: Deployment) throws -> [Reason] {
        guard deployment.execution != nil, !run.tags.isEmpty else { return [] }
        let limits = try store.limits(named: run.tags.map { ConcurrencyLimit.name(ofTag: $0) })
        return try limits.filter(\.isActive).compactMap { limit in
            guard Int(try store.taken(of: limit, at: leaseTime).rounded(.up)) >= limit.slots else { return nil }
            let holders = try store.holds(of: limit.id, at: leaseTime).filter { $0.slots > 0 }.compactMap(\.holder)
            let described = try holders.prefix(Self.named).map { try store.name(of: $0) }
            return full("tag_limit", "limit on the tag \(limit.tag ?? limit.name)", limit.slots, described)
        }
    }

    private func rate(_ code: String, _ what: String, _ limit: RateLimit?, _ scope: RateScope) throws -> [Reason] {
        guard let limit else { return [] }
        var bucket = try store.bucket(of: limit, scope, at: leaseTime).bucket
        guard bucket.free(under: limit, at: leaseTime) == 0 else { return [] }
        let wait = DurationText.describe(bucket.next(under: limit) - leaseTime)
        return [
            Reason(
                code: code, message: "the runs of the \(what) start at a rate of \(limit): the next may in \(wait)",
                remedy: "wait, or raise the rate")
        ]
    }

    private func names(_ runs: [ID<FlowRun>]) throws -> [String] {
        try runs.compactMap { try store.run($0) }.map { "\($0.name) (\($0.id))" }
    }

    private func full(_ code: String, _ what: String, _ limit: Int, _ holders: [String]) -> Reason {
        let held = holders.isEmpty ? "" : ": \(holders.joined(separator: ", "))"
        return Reason(
            code: code, message: "all \(limit) slots of the \(what) are held\(held)",
            remedy: "wait for one of them, cancel one, or raise the limit")
    }
}

/// Why no agent takes a run.
struct AgentInquiry {
    typealias Reason = Explanation.Reason

    let run: FlowRun
    let needs: Requirements
    let pool: WorkPool
    let queue: WorkQueue
    let store: Store
    let now: Timestamp
    let agentEndpoint: String

    func reasons() throws -> [Reason] {
        let serving = try store.agents(of: pool.id).filter { $0.serves(queueNamed: queue.name) && $0.isOnline(at: now) }
        guard !serving.isEmpty else {
            return [
                Reason(
                    code: "no_agent", message: "no agent serves the queue \(queue.name) of the pool \(pool.name)",
                    remedy: "sluice-agent --server \(agentEndpoint) --pool \(pool.name) --queue \(queue.name)")
            ]
        }
        let able = serving.filter { $0.couldHold(needs) }
        guard !able.isEmpty else { return [unable(serving)] }
        let reasons = try busy(able) + short(able)
        return try reasons.isEmpty ? kept(able, serving) : reasons
    }

    /// Agents that have room for it, and are kept for what stands before it and needs more.
    private func kept(_ able: [Agent], _ serving: [Agent]) throws -> [Reason] {
        let held = try store.heldByAgent()
        var admission = Admission(serving.map { Admission.Place($0, held: held[$0.id] ?? .none) })
        let line = try QueueLine(queue, ageing: pool.ageingRule, in: store)
        for front in line.heads {
            if front.head.id == run.id { break }
            guard let id = front.lane.deploymentID, let other = try store.deployment(id)?.execution?.needs else {
                continue
            }
            let seats = serving.map(\.id)
            guard let agent = admission.agent(for: front.head.id, in: queue.name, other, among: seats) else { continue }
            admission.take(other.resources, from: agent, for: front.head.id)
        }
        let keepers = able.map { agent in (agent, admission.keeper(of: agent.id)) }
        guard keepers.allSatisfy({ $1 != nil && $1 != run.id }) else { return [] }
        let texts = try keepers.compactMap { agent, keeper in
            try keeper.map { "\(agent.name) for \(try store.run($0)?.name ?? "") (\($0))" }
        }
        return [
            Reason(
                code: "agents_kept",
                message:
                    "the agents that could execute it are kept for runs that go before it and ask for more than is "
                    + "free: \(texts.prefix(5).joined(separator: ", "))",
                remedy: "wait until these have started, or start another agent: sluice-agent --server \(agentEndpoint) "
                    + "--pool \(pool.name)\(needs.options)")
        ]
    }

    private func unable(_ serving: [Agent]) -> Reason {
        let offers = serving.prefix(5).map { "\($0.name) \(lack(of: $0))" }.joined(separator: "; ")
        return Reason(
            code: "no_able_agent",
            message:
                "it asks for \(needs.text), which none of the \(serving.count) agents that serve the queue offers: "
                + offers,
            remedy: "start an agent that offers it: sluice-agent --server \(agentEndpoint) "
                + "--pool \(pool.name)\(needs.options)")
    }

    private func lack(of agent: Agent) -> String {
        guard agent.hasLabels(of: needs) else {
            let labels = agent.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return "has \(labels.isEmpty ? "no labels" : "the labels \(labels.joined(separator: " "))")"
        }
        return "offers \(ResourceText.describe(agent.offer))"
    }

    private func busy(_ able: [Agent]) throws -> [Reason] {
        let held = try store.occupancyByAgent()
        let slots = able.reduce(0) { $0 + $1.slots }
        let busy = able.reduce(0) { $0 + min($1.slots, held[$1.id] ?? 0) }
        guard busy >= slots else { return [] }
        return [
            Reason(
                code: "agents_busy",
                message: "all \(slots) slots of the \(able.count) agents that serve the queue\(suffix) are busy",
                remedy: "wait, or start another agent: sluice-agent --server \(agentEndpoint) --pool \(pool.name)")
        ]
    }

    private var suffix: String { needs.isNone ? "" : " and offer what it asks for" }

    /// The resource that is short on the agent that has the least to free for it.
    private func short(_ able: [Agent]) throws -> [Reason] {
        guard !needs.resources.isNone else { return [] }
        let held = try store.heldByAgent()
        let places = able.map { Admission.Place($0, held: held[$0.id] ?? .none) }
        let inOrder = places.sorted { $0.shortage(for: needs) < $1.shortage(for: needs) }
        guard let nearest = inOrder.first, !nearest.shortage(for: needs).isNone else { return [] }
        let holders = try store.holders(ofResourcesOf: nearest.agent.id).prefix(5).map { run, resources in
            "\(try store.run(run)?.name ?? run.description) (\(run)) has \(ResourceText.describe(resources))"
        }
        return [
            Reason(
                code: "resources_short",
                message: "it asks for \(needs.text); the agent \(nearest.agent.name), which comes closest, lacks "
                    + "\(ResourceText.describe(nearest.shortage(for: needs))): \(holders.joined(separator: ", "))",
                remedy: "wait for one of them, or start another agent: sluice-agent --server \(agentEndpoint) "
                    + "--pool \(pool.name)\(needs.options)")
        ]
    }
}

extension Requirements {
    fileprivate var text: String {
        let labels = sortedLabels.map { "the label \($0)" }
        let amounts = resources.isNone ? [] : [ResourceText.describe(resources)]
        return (labels + amounts).joined(separator: ", ")
    }

    /// What an agent would have to be started with.
    fileprivate var options: String {
        var options = sortedLabels.map { " --label \($0)" }
        if resources.cpu > 0 { options.append(" --cpu \(ResourceText.describe(cpu: resources.cpu))") }
        if resources.memory > 0 { options.append(" --memory \(resources.memory)") }
        if resources.gpu > 0 { options.append(" --gpu \(resources.gpu)") }
        return options.joined()
    }

    private var sortedLabels: [String] { labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" } }
}
