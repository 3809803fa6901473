import Domain
import Storage

/// Tells, by events, whether work would be executed: when that has changed since it was last told.
extension Change {
    /// Of a pool, its queues, and their deployments.
    ///
    /// - Returns: whether there is more to be told than one transaction should.
    @discardableResult
    mutating func tellReadiness(of pool: WorkPool) throws -> Bool {
        var isMore = false
        let (now, id) = (now, pool.id)
        let agents = try store.agents(of: id).filter { $0.isOnline(at: now) }
        let isServed = try !agents.isEmpty || store.workers(of: id).contains { $0.isOnline(at: now) }
        // Of those who serve such a pool nobody knows.
        if pool.type != WorkPool.agentType {
            try tell(PlaceStatus(isPaused: pool.isPaused, isServed: isServed), of: pool)
        }
        for queue in try store.queues(of: id) {
            let isServed =
                agents.contains { $0.serves(queueNamed: queue.name) } || Polling.isRecent(queue.lastPolled, at: now)
            try tell(PlaceStatus(isPaused: queue.isPaused, isServed: isServed), of: queue)
            let changed =
                isServed
                ? try store.untoldReady(in: queue.id)
                : try store.untoldSilent(in: queue.id, since: now - Polling.silenceLimit)
            try tell(isReady: isServed, of: changed)
            isMore = isMore || changed.count == Store.deploymentsToldAtOnce
        }
        return isMore
    }

    /// Of a pool that is new: how it begins.
    mutating func tellFirstStatus(of pool: WorkPool) throws {
        guard pool.type != WorkPool.agentType else { return }
        let status = PlaceStatus(isPaused: pool.isPaused, isServed: false)
        try store.noteTold(status.rawValue, of: pool.id)
        try happened("prefect.work-pool.\(status.word)", to: pool.resource(inRole: nil))
    }

    /// Somebody has asked for the runs of these deployments themselves.
    mutating func tellReady(_ polled: [ID<Deployment>]) throws {
        try tell(isReady: true, of: try store.untoldReady(among: polled))
    }

    /// Of deployments without a queue that nobody has asked for lately.
    ///
    /// - Returns: whether there are more than one transaction should tell of.
    mutating func tellSilentDeployments() throws -> Bool {
        let silent = try store.untoldSilent(since: now - Polling.silenceLimit)
        try tell(isReady: false, of: silent)
        return silent.count == Store.deploymentsToldAtOnce
    }

    private mutating func tell(_ status: PlaceStatus, of pool: WorkPool) throws {
        guard try store.toldStatus(of: pool.id) != status.rawValue else { return }
        try store.noteTold(status.rawValue, of: pool.id)
        try happened("prefect.work-pool.\(status.word)", to: pool.resource(inRole: nil))
    }

    private mutating func tell(_ status: PlaceStatus, of queue: WorkQueue) throws {
        guard try store.toldStatus(of: queue.id) != status.rawValue else { return }
        try store.noteTold(status.rawValue, of: queue.id)
        try happened(status.word, to: queue)
    }

    private mutating func tell(isReady: Bool, of deployments: [ID<Deployment>]) throws {
        for id in deployments {
            try store.noteTold(isReady: isReady, of: id)
            guard let deployment = try store.deployment(id) else { continue }
            try happened(isReady ? PlaceStatus.ready.word : PlaceStatus.notReady.word, to: deployment)
        }
    }
}

extension PlaceStatus {
    /// As it ends the names of events.
    fileprivate var word: String {
        switch self {
        case .ready: "ready"
        case .notReady: "not-ready"
        case .paused: "paused"
        }
    }
}
