public import Domain
import Storage

/// Lists as clients ask for them, and counts of what a list would hold.
extension Orchestrator {
    /// The flow runs that are asked for.
    public func runs(_ request: ListRequest<FlowRunOrder>) async throws -> [DescribedRun] {
        try await described { store, describer in
            try store.runs(request.query(request.filters.onRuns)).map { try describer.describe($0) }
        }
    }

    /// A page of the flow runs that are asked for.
    public func runs(_ request: PageRequest<FlowRunOrder>) async throws -> Page<DescribedRun> {
        let condition = request.filters.onRuns
        return try await described { store, describer in
            let runs = try store.runs(request.query(condition)).map { try describer.describe($0) }
            return Page(runs, of: try store.count(in: .run, condition), request)
        }
    }

    /// How many flow runs meet the filters.
    public func countRuns(_ filters: RelatedFilters) async throws -> Int {
        try await count(in: .run, filters.onRuns)
    }

    /// The flows that are asked for.
    public func flows(_ request: ListRequest<FlowOrder>) async throws -> [Flow] {
        try await flows(request.query(request.filters.onFlows))
    }

    /// A page of the flows that are asked for.
    public func flows(_ request: PageRequest<FlowOrder>) async throws -> Page<Flow> {
        let condition = request.filters.onFlows
        return try await database.read { store in
            Page(
                try store.flows(request.query(condition)), of: try store.count(in: .flow, condition), request)
        }
    }

    /// How many flows meet the filters.
    public func countFlows(_ filters: RelatedFilters) async throws -> Int {
        try await count(in: .flow, filters.onFlows)
    }

    /// The deployments that are asked for.
    public func deployments(_ request: ListRequest<DeploymentOrder>) async throws -> [DescribedDeployment] {
        try await described { store, describer in
            try store.deployments(request.query(request.filters.onDeployments)).map { try describer.describe($0) }
        }
    }

    /// A page of the deployments that are asked for.
    public func deployments(_ request: PageRequest<DeploymentOrder>) async throws -> Page<DescribedDeployment> {
        let condition = request.filters.onDeployments
        return try await described { store, describer in
            let found = try store.deployments(request.query(condition)).map { try describer.describe($0) }
            return Page(found, of: try store.count(in: .deployment, condition), request)
        }
    }

    /// How many deployments meet the filters.
    public func countDeployments(_ filters: RelatedFilters) async throws -> Int {
        try await count(in: .deployment, filters.onDeployments)
    }

    /// The work pools that are asked for.
    public func pools(_ request: ListRequest<PoolOrder>) async throws -> [DescribedPool] {
        try await described { store, describer in
            try store.pools(request.query(request.filters.onPools)).map { try describer.describe($0) }
        }
    }

    /// How many work pools meet the filters.
    public func countPools(_ filters: RelatedFilters) async throws -> Int {
        try await count(in: .workPool, filters.onPools)
    }

    /// The work queues that are asked for, of any pool.
    public func queues(_ request: ListRequest<QueueOrder>) async throws -> [DescribedQueue] {
        try await described { store, describer in
            try store.queues(request.query(request.filters.onQueues)).map { try describer.describe($0) }
        }
    }

    /// The queues of one pool, in the order in which they are served.
    ///
    /// - Throws: `OrchestrationError.notFound` when there is no such pool.
    public func queues(
        _ request: ListRequest<QueueOrder>, ofPool name: String
    ) async throws -> [DescribedQueue] {
        _ = try await pool(named: name)
        var narrowed = request
        narrowed.filters = request.filters.ofPool(named: name)
        narrowed.order = .byPriority
        return try await queues(narrowed)
    }

    /// The agents that are asked for.
    public func agents(_ request: ListRequest<AgentOrder>) async throws -> [DescribedAgent] {
        try await described { store, describer in
            let (held, offers) = (try store.occupancyByAgent(), try store.heldByAgent())
            return try store.agents(request.query(request.filters.onAgents)).map {
                try describer.describe($0, held: held, offers: offers)
            }
        }
    }

    /// The batches that are asked for.
    public func batches(_ request: ListRequest<BatchOrder>) async throws -> [DescribedBatch] {
        try await described { store, describer in
            try store.batches(request.query(request.filters.onBatches)).map { try describer.describe($0) }
        }
    }
}

extension Page {
    fileprivate init<Order>(_ elements: [Element], of count: Int, _ request: PageRequest<Order>) {
        self.init(elements: elements, count: count, limit: request.limit, page: request.page)
    }
}
