public import Domain
import Storage

/// What an agent says of itself when it comes.
public struct AgentIntroduction: Sendable, Hashable {
    public var id: ID<Agent>
    public var name: String
    public var host: String
    public var version: String
    public var poolName: String
    public var queueNames: [String]
    public var slots: Int
    public var labels: [String: String]
    /// What its runs may have of its host.
    public var offer: Resources
    /// Attempts whose child lives, or whose end has not been acknowledged.
    public var holding: [AttemptName]

    public init(
        id: ID<Agent>, name: String, host: String, version: String, poolName: String, queueNames: [String],
        slots: Int, labels: [String: String], offer: Resources = .none, holding: [AttemptName]
    ) {
        self.id = id
        self.name = name
        self.host = host
        self.version = version
        self.poolName = poolName
        self.queueNames = queueNames
        self.slots = slots
        self.labels = labels
        self.offer = offer
        self.holding = holding
    }
}

extension AgentIntroduction {
    /// Queues and labels that an agent may name, and characters of each of its texts.
    static let (mostItems, longestText) = (100, 300)

    /// What an agent says of itself is kept for as long as it is known: nobody is to fill the database with it.
    fileprivate func check() throws(OrchestrationError) {
        try Names.check(name, of: "agent")
        for (items, count) in [("queues", queueNames.count), ("labels", labels.count)] where count > Self.mostItems {
            throw .invalid("an agent may name \(Self.mostItems) \(items), not \(count)")
        }
        let texts = [host, version, poolName] + queueNames + labels.keys + labels.values
        if let long = texts.first(where: { $0.utf8.count > Self.longestText }) {
            throw .invalid(
                "\"\(long.prefix(40))…\" is longer than the \(Self.longestText) bytes that a text of an agent may have")
        }
    }
}

extension Orchestrator {
    /// Registers an agent, and settles what becomes of the attempts that it held.
    ///
    /// - Returns: the agent, and the attempts that it may go on with. Leases that it does not speak of are over: what
    ///   had not begun returns to its queue, what had begun has crashed.
    /// - Throws: `OrchestrationError.invalid` when it cannot serve what it wants to serve.
    public func welcome(
        _ introduction: AgentIntroduction
    ) async throws -> (agent: Agent, adopted: [AttemptName]) {
        guard introduction.slots > 0 else {
            throw OrchestrationError.invalid("an agent needs 1 slot or more, not \(introduction.slots)")
        }
        try introduction.check()
        return try await change { change in
            let pool = try change.poolServed(by: introduction)
            let known = try change.store.agent(introduction.id)
            let agent = Agent(
                id: introduction.id, name: introduction.name, host: introduction.host, version: introduction.version,
                poolID: pool.id, queueNames: introduction.queueNames, slots: introduction.slots,
                labels: introduction.labels, offer: introduction.offer, lastSeen: change.now,
                created: known?.created ?? change.now)
            try change.store.put(agent)
            try change.tellReadiness(of: pool)
            return (agent, try change.settleLeases(of: introduction))
        }
    }

    /// An agent has said goodbye. What it executes goes on under its supervisor, until its leases end.
    public func farewell(_ agent: ID<Agent>) async throws {
        try await change { change in try change.store.agentLeft(agent, at: change.now) }
    }

    /// Takes an agent out of service: it is given nothing more, and ends when what it executes has ended. One that is
    /// started again later serves as before.
    ///
    /// - Throws: `OrchestrationError.notFound`; `.conflict` when the agent is not there to be told.
    public func drain(_ id: ID<Agent>, reason: String) async throws -> Agent {
        let agent = try await database.read { try $0.agent(id) }.orNotFound("Agent", id)
        guard agent.isOnline(at: now) else {
            throw OrchestrationError.conflict(
                "agent \(agent.name) is not connected: there is nobody to drain. "
                    + "What it still holds returns to its queue at the end of the lease")
        }
        bulletin.publish([.drain(id, reason: reason)])
        return agent
    }

    /// Forgets an agent that is gone.
    ///
    /// - Throws: `OrchestrationError.notFound`; `.conflict` while it is there, or holds runs.
    public func deleteAgent(_ id: ID<Agent>) async throws {
        try await change { change in
            let agent = try change.store.agent(id).orNotFound("Agent", id)
            guard !agent.isOnline(at: change.now) else {
                throw OrchestrationError.conflict("agent \(agent.name) is connected: drain or stop it first")
            }
            let held = try change.store.leases(of: id).count
            guard held == 0 else {
                throw OrchestrationError.conflict(
                    "agent \(agent.name) still holds \(held) runs: they return at the end of their leases")
            }
            try change.store.deleteAgent(id)
        }
        bulletin.publish([.agentDeleted(id)])
    }

    /// Records when these agents were last heard of. One that has said goodbye meanwhile stays away.
    public func saw(_ agents: [(agent: ID<Agent>, at: Timestamp)]) async throws {
        guard !agents.isEmpty else { return }
        try await change { change in
            for (agent, time) in agents { try change.store.sawAgent(agent, at: time) }
        }
    }

    /// Lets every lease last for `time` from now on at least, because this server is about to end in good order. The
    /// agents are to be told afterwards. An agent that is back ends the extension with its first heartbeat.
    ///
    /// It is written in the time of the world, which is what the server that comes back begins to count leases from.
    public func extendLeases(by time: Duration) async throws {
        try await change { change in try change.store.extendLeases(to: change.now + time) }
    }

    /// Gives every lease its whole length anew, those of agents and those of clients on slots: a server that starts has
    /// not been there to renew them.
    public func renewAllLeases() async throws {
        try await change { change in
            try change.store.renewAllLeases(at: change.leaseTime)
            try change.store.renewAllHolds(at: change.leaseTime)
        }
    }
}

extension Change {
    fileprivate mutating func poolServed(by introduction: AgentIntroduction) throws -> WorkPool {
        guard let pool = try store.pool(named: introduction.poolName) else {
            let known = try store.pools(Query(order: "name", limit: 20)).map(\.name).joined(separator: ", ")
            throw OrchestrationError.invalid(
                "there is no work pool \"\(introduction.poolName)\"; there are: \(known). "
                    + "Create it first: sluice pool create \(introduction.poolName)")
        }
        for name in introduction.queueNames { _ = try ensureQueue(named: name, in: pool) }
        return pool
    }

    fileprivate mutating func settleLeases(of introduction: AgentIntroduction) throws -> [AttemptName] {
        let leases = try store.leases(of: introduction.id)
        let held = Set(leases.map { AttemptName(run: $0.runID, attempt: $0.attempt) })
        for lease in leases {
            let name = AttemptName(run: lease.runID, attempt: lease.attempt)
            if introduction.holding.contains(name) {
                try store.setDeadline(of: lease, to: max(lease.deadline, leaseTime + lease.duration))
            } else {
                try giveUp(name)
            }
        }
        return introduction.holding.filter { held.contains($0) }
    }

    /// An attempt that its agent knows nothing of.
    private mutating func giveUp(_ name: AttemptName) throws {
        guard let head = try store.head(name.run) else { return }
        let began = head.machine.state.type != .pending
        let reason = "its agent came back without it"
        let end = AttemptEnd(.supervisorLost, at: now, message: reason)
        try attempt(
            began
                ? .ended(attempt: name.attempt, end)
                : .returned(attempt: name.attempt, reason: reason, wait: .zero),
            on: name.run)
    }
}
