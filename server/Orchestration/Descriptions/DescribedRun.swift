public import Domain
public import JSON
import Storage

/// A run with the names of what it belongs to, as people want to see it.
public struct DescribedRun: Sendable {
    public let run: FlowRun
    public let flowName: String?
    public let deploymentName: String?
    public let queueName: String?
    public let poolID: ID<WorkPool>?
    public let poolName: String?
    /// The agent that holds its lease, or the worker that executes it without one.
    public let agentName: String?
    /// The block that says where Prefect 2's agent executes it.
    public let infrastructureID: JSONValue?
    /// The time that a schedule or a backfill has made it for.
    public let interval: DataInterval?
    /// What it has not kept of what is expected of its deployment's runs.
    public let breaches: [LevelBreach]
}

/// A deployment with the same, and whether somebody would execute its runs.
public struct DescribedDeployment: Sendable {
    public let deployment: Deployment
    /// The one that was changed last first.
    public let schedules: [DeploymentSchedule]
    public let flowName: String?
    public let queueName: String?
    public let poolName: String?
    public let isServed: Bool
    /// When somebody last asked for its runs, or an agent that serves it was last heard from.
    public let lastPolled: Timestamp?
    /// How many of its runs are being executed.
    public let occupancy: Int
    /// What is expected of its runs.
    public let serviceLevel: ServiceLevel?
}

/// Describes many things at once: what belongs to several of them is looked up once.
struct Describer {
    let store: Store
    let deployments: DeploymentCache
    let now: Timestamp
    private var flows = Memory<ID<Flow>, String>()
    private var known = Memory<ID<Deployment>, KnownDeployment>()
    private var queues = Memory<ID<WorkQueue>, WorkQueue>()
    private var pools = Memory<ID<WorkPool>, WorkPool>()
    private var agentNames = Memory<ID<Agent>, String>()
    private var agents: [ID<WorkPool>: [Agent]] = [:]
    /// Whether there are any breaches; nothing if nobody has looked.
    private var hasBreaches: Bool?

    init(store: Store, deployments: DeploymentCache, now: Timestamp) {
        self.store = store
        self.deployments = deployments
        self.now = now
    }

    mutating func describe(_ run: FlowRun) throws -> DescribedRun {
        let deployment = try run.deploymentID.flatMap { try find($0) }
        let queue = try run.queueID.flatMap { try find($0) }
        let pool = try queue.flatMap { try find($0.poolID) }
        return DescribedRun(
            run: run, flowName: try deployment?.flowName ?? flowName(run.flowID),
            deploymentName: deployment?.deployment.name, queueName: queue?.name, poolID: pool?.id,
            poolName: pool?.name, agentName: try executor(of: run),
            infrastructureID: deployment?.deployment.extras["infrastructure_document_id"],
            interval: run.isMadeForATime ? try store.fire(of: run.id)?.interval : nil,
            breaches: try breaches(of: run))
    }

    mutating func describe(_ deployment: Deployment) throws -> DescribedDeployment {
        let queue = try deployment.queueID.flatMap { try find($0) }
        let serving = try queue.map { try agents(serving: $0) } ?? []
        let polls = [try store.lastPolled(deployment.id), queue?.lastPolled].compactMap(\.self)
        return DescribedDeployment(
            deployment: deployment, schedules: try store.schedules(of: deployment.id),
            flowName: try flowName(deployment.flowID), queueName: queue?.name,
            poolName: try queue.flatMap { try find($0.poolID) }?.name,
            isServed: serving.contains { $0.isOnline(at: now) } || Polling.isRecent(polls.max(), at: now),
            lastPolled: (serving.map(\.lastSeen) + polls).max(), occupancy: try store.occupancy(of: deployment.id),
            serviceLevel: try store.serviceLevel(of: deployment.id)?.level)
    }

    private mutating func breaches(of run: FlowRun) throws -> [LevelBreach] {
        // One that is new has kept everything so far.
        guard run.deploymentID != nil, run.machine.attempt > 0 || run.state.name != StateName.standard(for: .scheduled)
        else { return [] }
        let hasAny = try hasBreaches ?? store.hasBreaches()
        hasBreaches = hasAny
        return hasAny ? try store.breaches(of: run.id) : []
    }

    private mutating func executor(of run: FlowRun) throws -> String? {
        if let agent = run.machine.holder { return try agentName(agent) }
        return run.state.type.isExecuting ? run.claimant : nil
    }

    // MARK: Looked up once

    mutating func find(_ id: ID<WorkPool>) throws -> WorkPool? {
        try pools.recall(id) { [store] id in try store.pool(id) }
    }

    /// The agents of a pool, there or not.
    mutating func agents(of pool: ID<WorkPool>) throws -> [Agent] {
        if let known = agents[pool] { return known }
        let found = try store.agents(of: pool)
        agents[pool] = found
        return found
    }

    /// The agents that serve a queue, there or not.
    mutating func agents(serving queue: WorkQueue) throws -> [Agent] {
        try agents(of: queue.poolID).filter { $0.serves(queueNamed: queue.name) }
    }

    private mutating func find(_ id: ID<WorkQueue>) throws -> WorkQueue? {
        try queues.recall(id) { [store] id in try store.queue(id) }
    }

    private mutating func flowName(_ id: ID<Flow>) throws -> String? {
        try flows.recall(id) { [store] id in try store.flow(id)?.name }
    }

    private mutating func agentName(_ id: ID<Agent>) throws -> String? {
        try agentNames.recall(id) { [store] id in try store.agent(id)?.name }
    }

    mutating func find(_ id: ID<Deployment>) throws -> KnownDeployment? {
        try known.recall(id) { [store, deployments] id in
            // A run outlives its deployment.
            guard try store.deploymentUpdated(id) != nil else { return nil }
            return try deployments.deployment(id, in: store)
        }
    }
}

/// What has been looked up, found or not.
private struct Memory<Key: Hashable, Value> {
    private var found: [Key: Value?] = [:]

    mutating func recall(_ key: Key, _ find: (Key) throws -> Value?) rethrows -> Value? {
        if let known = found[key] { return known }
        let value = try find(key)
        found[key] = .some(value)
        return value
    }
}

extension Orchestrator {
    /// Reads with a describer at hand.
    func described<Result: Sendable>(
        _ body: @escaping @Sendable (Store, inout Describer) throws -> Result
    ) async throws -> Result {
        let now = now
        return try await database.read { [deployments] store in
            var describer = Describer(store: store, deployments: deployments, now: now)
            return try body(store, &describer)
        }
    }
}
