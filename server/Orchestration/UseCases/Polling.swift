public import Domain
public import JSON
import Storage

/// What somebody asks for who executes runs and looks for them over REST.
public struct Poll: JSONReadable, Sendable {
    /// Queues of the pool; none means all of them.
    public var queueNames: [String] = []
    /// No run that is due later; nothing for any.
    public var until: Timestamp?
    /// No run that was due earlier; nothing for any.
    public var since: Timestamp?
    public var limit = ListLimits.most

    /// Whatever there is.
    public init() {}

    /// Reads the request as clients write it.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        queueNames = try reader.optional("work_queue_names") ?? []
        until = try reader.optional("scheduled_before")
        since = try reader.optional("scheduled_after")
        limit = try ListLimits.limit(reader, from: 0)
    }
}

/// Runs are offered, in their order, as far as pauses and limits allow. It is the claim (`propose` PENDING) that takes
/// one; until then it is offered to all who ask, and to agents. What an offer costs depends on how much is offered, not on
/// how much waits or has been.
extension Orchestrator {
    /// Offers the runs of a pool: queue by queue, by their priority.
    ///
    /// - Throws: `OrchestrationError.notFound` when there is no such pool, or no such queue in it.
    public func offers(ofPool name: String, _ poll: Poll) async throws -> [DescribedRun] {
        let (offers, queues) = try await described { store, describer in
            let pool = try store.pool(named: name).orNotFound("Work pool", name)
            let queues = try store.queues(polled: poll.queueNames, of: pool)
            let offers = try store.offers(of: queues, in: pool, poll).compactMap { try store.run($0.id) }
            return (try offers.map { try describer.describe($0) }, queues.map(\.id))
        }
        try await notePoll(of: queues)
        return offers
    }

    /// Offers the runs of one queue, whatever its pool.
    ///
    /// - Parameter isLook: somebody only looks, which says nothing of whether the queue is served.
    /// - Throws: `OrchestrationError.notFound` when there is no such queue.
    public func offers(
        ofQueue id: ID<WorkQueue>, _ poll: Poll, isLook: Bool = false
    ) async throws -> [DescribedRun] {
        let offers = try await described { store, describer in
            let queue = try store.queue(id).orNotFound("Work queue", id)
            let pool = try store.pool(queue.poolID).orNotFound("Work pool", queue.poolID)
            let offers = try store.offers(of: [queue], in: pool, poll).compactMap { try store.run($0.id) }
            return try offers.map { try describer.describe($0) }
        }
        if !isLook { try await notePoll(of: [id]) }
        return offers
    }

    /// Offers the runs of deployments that somebody serves by himself: what is due first, first. Runs that wait in a
    /// queue are not among them: it is whoever serves the queue who executes those.
    public func offers(ofDeployments ids: [ID<Deployment>], _ poll: Poll) async throws -> [DescribedRun] {
        let offers = try await described { store, describer in
            var candidates = Candidates(in: store)
            var found: [ReadyRun] = []
            for id in Set(ids) {
                found += try candidates.offers(in: try store.openLanes(serving: id), poll, limit: poll.limit)
            }
            let inOrder = found.sorted { ($0.due, $0.id) < ($1.due, $1.id) }.prefix(poll.limit)
            return try inOrder.compactMap { try store.run($0.id) }.map { try describer.describe($0) }
        }
        try await change { change in
            try change.store.notePoll(of: ids, at: change.now)
            try change.tellReady(ids)
        }
        return offers
    }

    /// - Parameter queues: those of one pool.
    private func notePoll(of queues: [ID<WorkQueue>]) async throws {
        try await change { change in
            try change.store.notePoll(of: queues, at: change.now)
            guard let queue = try queues.first.flatMap({ try change.store.queue($0) }),
                let pool = try change.store.pool(queue.poolID)
            else { return }
            try change.tellReadiness(of: pool)
        }
    }
}

extension Store {
    fileprivate func queues(polled names: [String], of pool: WorkPool) throws -> [WorkQueue] {
        guard !names.isEmpty else { return try queues(of: pool.id) }
        return try names.map { try queue(named: $0, in: pool.id).orNotFound("Work pool queue", "\(pool.name)/\($0)") }
    }

    fileprivate func offers(of queues: [WorkQueue], in pool: WorkPool, _ poll: Poll) throws -> [ReadyRun] {
        guard !pool.isPaused else { return [] }
        var poolRoom = try Room(limit: pool.concurrencyLimit) { try occupancy(of: pool.id) }
        var candidates = Candidates(in: self)
        var offers: [ReadyRun] = []
        for queue in queues.sorted(by: { ($0.priority, $0.name) < ($1.priority, $1.name) }) where !queue.isPaused {
            let queueRoom = try Room(limit: queue.concurrencyLimit) { try occupancy(of: queue.id) }
            let wanted = min(poll.limit - offers.count, poolRoom.free, queueRoom.free)
            guard wanted > 0 else { continue }
            let found = try candidates.offers(in: try openLanes(of: queue.id, for: .workers), poll, limit: wanted)
            poolRoom.take(found.count)
            offers += found
        }
        return offers
    }
}

extension Candidates {
    /// What is due, and behind it what will be soon enough.
    fileprivate mutating func offers(
        in lanes: [Store.LaneFront], _ poll: Poll, limit: Int
    ) throws -> [ReadyRun] {
        let now = try ready(in: lanes, limit: limit, since: poll.since)
        let later = try waiting(in: lanes, until: poll.until ?? .distantFuture, limit: limit - now.count)
        return (now + later).filter { run in
            run.due <= poll.until ?? .distantFuture && poll.since.map { run.due >= $0 } ?? true
        }
    }
}
