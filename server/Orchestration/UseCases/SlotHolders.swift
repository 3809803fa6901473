public import Domain
public import JSON
import Storage

/// Who holds the slots of a place, as it is asked for.
public struct SlotHoldersRequest: JSONReadable, Sendable {
    /// Which page, from 1, of the queues of a pool, or of the runs of a queue.
    public let page: Int
    public let limit: Int
    /// How many runs are told of each queue of a pool.
    public let runLimit: Int

    /// Reads the request as clients write it.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        page = try ListLimits.number(reader, "page", in: 1...Int(Int32.max)) ?? 1
        limit = try ListLimits.limit(reader, from: 0)
        runLimit = try ListLimits.number(reader, "flow_run_limit", in: 0...ListLimits.most) ?? 10
    }

    var offset: Int { (page - 1) * limit }
}

/// A work queue, how many of its slots are held, and by which runs.
public struct DescribedHolders: Sendable {
    public let queue: WorkQueue
    /// How many of its slots are held.
    public let occupancy: Int
    /// The runs, as many of them as were asked for.
    public let runs: [FlowRun]
}

extension Orchestrator {
    /// Who holds the slots of a pool, by its queues.
    ///
    /// - Throws: `OrchestrationError.notFound` when there is no such pool.
    public func slotHolders(
        ofPool name: String, _ request: SlotHoldersRequest
    ) async throws -> (pool: WorkPool, occupancy: Int, page: Page<DescribedHolders>) {
        try await database.read { store in
            let pool = try store.pool(named: name).orNotFound("Work pool", name)
            let queues = try store.queues(of: pool.id)
            let page = queues.dropFirst(request.offset).prefix(request.limit)
            let holders = try page.map { queue in
                let runs = try store.holders(of: queue.id, limit: request.runLimit)
                return DescribedHolders(
                    queue: queue, occupancy: try store.occupancy(of: queue.id), runs: try store.runs(runs))
            }
            return (
                pool, try store.occupancy(of: pool.id),
                Page(elements: holders, count: queues.count, limit: request.limit, page: request.page)
            )
        }
    }

    /// Which runs hold the slots of a queue.
    ///
    /// - Throws: `OrchestrationError.notFound` when there is no such queue.
    public func slotHolders(
        ofQueue id: ID<WorkQueue>, _ request: SlotHoldersRequest
    ) async throws -> (queue: WorkQueue, page: Page<FlowRun>) {
        try await database.read { store in
            let queue = try store.queue(id).orNotFound("Work queue", id)
            let runs = try store.holders(of: id, limit: request.limit, offset: request.offset)
            return (
                queue,
                Page(
                    elements: try store.runs(runs), count: try store.occupancy(of: id), limit: request.limit,
                    page: request.page)
            )
        }
    }
}

extension Store {
    fileprivate func runs(_ ids: [ID<FlowRun>]) throws -> [FlowRun] { try ids.compactMap { try run($0) } }
}
