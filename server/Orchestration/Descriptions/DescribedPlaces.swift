public import Domain
import Storage

/// Whether work in a place would be executed. The names are Prefect's.
public enum PlaceStatus: String, Sendable {
    case ready = "READY"
    /// Nobody who serves it is there.
    case notReady = "NOT_READY"
    case paused = "PAUSED"

    init(isPaused: Bool, isServed: Bool) {
        self = isPaused ? .paused : isServed ? .ready : .notReady
    }
}

/// A work pool, and what goes on in it.
public struct DescribedPool: Sendable {
    public let pool: WorkPool
    /// Nothing for a pool that Prefect 2's agents serve, of whom nobody knows.
    public let status: PlaceStatus?
    /// How many agents and workers that serve it are online.
    public let agentsOnline: Int
    /// How many of its runs are being executed.
    public let occupancy: Int
}

/// A work queue, and what goes on in it.
public struct DescribedQueue: Sendable {
    public let queue: WorkQueue
    public let poolName: String?
    public let status: PlaceStatus
    /// How many agents that serve it are online.
    public let agentsOnline: Int
    /// When somebody last asked for its runs, or an agent that serves it was last heard from.
    public let lastPolled: Timestamp?
    /// How many of its runs are being executed.
    public let occupancy: Int
    /// Its runs by type of state.
    public let runs: [StateType: Int]
}

/// An agent, and what it does.
public struct DescribedAgent: Sendable {
    public let agent: Agent
    public let poolName: String?
    public let isOnline: Bool
    /// How many runs it holds.
    public let held: Int
    /// How much of its offer those take that ask for some.
    public let offerHeld: Resources
}

/// A batch, and how far it has come.
public struct DescribedBatch: Sendable {
    public let batch: Batch
    public let flowName: String?
    public let deploymentName: String?
    /// Its runs by type of state.
    public let runs: [StateType: Int]

    public var isFinished: Bool { runs.allSatisfy { $0.key.isTerminal || $0.value == 0 } }
}

extension Describer {
    mutating func describe(_ pool: WorkPool) throws -> DescribedPool {
        let online =
            try agents(of: pool.id).count { $0.isOnline(at: now) }
            + store.workers(of: pool.id).count { $0.isOnline(at: now) }
        let status = PlaceStatus(isPaused: pool.isPaused, isServed: online > 0)
        return DescribedPool(
            pool: pool, status: pool.type == WorkPool.agentType ? nil : status, agentsOnline: online,
            occupancy: try store.occupancy(of: pool.id))
    }

    mutating func describe(_ queue: WorkQueue) throws -> DescribedQueue {
        let serving = try agents(serving: queue)
        let online = serving.count { $0.isOnline(at: now) }
        let isServed = online > 0 || Polling.isRecent(queue.lastPolled, at: now)
        return DescribedQueue(
            queue: queue, poolName: try find(queue.poolID)?.name,
            status: PlaceStatus(isPaused: queue.isPaused, isServed: isServed), agentsOnline: online,
            lastPolled: (serving.map(\.lastSeen) + [queue.lastPolled].compactMap(\.self)).max(),
            occupancy: try store.occupancy(of: queue.id), runs: try store.tally(TallyScope.queue(queue.id)))
    }

    mutating func describe(
        _ agent: Agent, held: [ID<Agent>: Int], offers: [ID<Agent>: Resources]
    ) throws -> DescribedAgent {
        DescribedAgent(
            agent: agent, poolName: try find(agent.poolID)?.name, isOnline: agent.isOnline(at: now),
            held: held[agent.id] ?? 0, offerHeld: offers[agent.id] ?? .none)
    }

    mutating func describe(_ batch: Batch) throws -> DescribedBatch {
        let known = try find(batch.deploymentID)
        return DescribedBatch(
            batch: batch, flowName: known?.flowName, deploymentName: known?.deployment.name,
            runs: try store.tally(TallyScope.batch(batch.id)))
    }
}
