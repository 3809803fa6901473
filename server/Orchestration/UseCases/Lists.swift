public import Domain
public import Storage

extension Orchestrator {
    /// The flows that a query asks for.
    public func flows(_ query: Query) async throws -> [Flow] { try await database.read { try $0.flows(query) } }

    /// The deployments that a query asks for.
    public func deployments(_ query: Query) async throws -> [Deployment] {
        try await database.read { try $0.deployments(query) }
    }

    /// The pools that a query asks for.
    public func pools(_ query: Query) async throws -> [WorkPool] { try await database.read { try $0.pools(query) } }

    /// The queues that a query asks for.
    public func queues(_ query: Query) async throws -> [WorkQueue] { try await database.read { try $0.queues(query) } }

    /// The visible runs that a query asks for.
    public func runs(_ query: Query) async throws -> [FlowRun] { try await database.read { try $0.runs(query) } }

    /// The batches that a query asks for.
    public func batches(_ query: Query) async throws -> [Batch] { try await database.read { try $0.batches(query) } }

    /// How many rows a condition holds for; of runs, the visible ones.
    public func count(in table: Table, _ condition: Condition) async throws -> Int {
        try await database.read { try $0.count(in: table, condition) }
    }

    /// Runs by type of state, over all queues.
    public func tally() async throws -> [StateType: Int] { try await database.read { try $0.tally() } }

    /// Runs of one queue by type of state.
    public func tally(of queue: ID<WorkQueue>) async throws -> [StateType: Int] {
        try await database.read { try $0.tally(TallyScope.queue(queue)) }
    }

    /// How many runs of a queue are being executed.
    public func occupancy(of queue: ID<WorkQueue>) async throws -> Int {
        try await database.read { try $0.occupancy(of: queue) }
    }
}

// MARK: - Runs

extension Orchestrator {
    /// - Throws: `OrchestrationError.notFound`.
    public func run(_ id: ID<FlowRun>) async throws -> FlowRun {
        try await database.read { try $0.run(id) }.orNotFound("Flow run", id)
    }

    /// The run that an id, or the beginning of one, names.
    ///
    /// - Throws: `OrchestrationError.notFound`; `.conflict` when several runs begin with it.
    public func run(beginningWith prefix: String) async throws -> FlowRun {
        if let id = ID<FlowRun>(prefix) { return try await run(id) }
        return try await database.read { store in
            let found = try store.runIDs(beginningWith: prefix.lowercased())
            guard found.count <= 1 else {
                throw OrchestrationError.conflict("several runs begin with \"\(prefix)\": give more of the id")
            }
            return try found.first.flatMap { try store.run($0) }.orNotFound("Flow run", prefix)
        }
    }

    /// The states that a run was in, the oldest first.
    public func history(of run: ID<FlowRun>) async throws -> [RunState] {
        try await database.read { try $0.history(of: run) }
    }

    /// The attempts at a run, the first first.
    public func attempts(at run: ID<FlowRun>) async throws -> [AttemptRecord] {
        try await database.read { try $0.attempts(at: run) }
    }

    /// Changes what clients may change of a run beside its state.
    public func updateRun(
        _ id: ID<FlowRun>, _ edit: @escaping @Sendable (inout FlowRun) throws -> Void
    ) async throws {
        try await change { change in
            var run = try change.store.run(id).orNotFound("Flow run", id)
            try edit(&run)
            try change.store.updateBody(of: run, at: change.now)
        }
    }

    /// Forgets a run that nothing executes, with its history and logs.
    ///
    /// - Throws: `OrchestrationError.conflict` while it executes.
    public func deleteRun(_ id: ID<FlowRun>) async throws {
        try await change { change in
            let head = try change.store.head(id).orNotFound("Flow run", id)
            guard head.machine.holder == nil else {
                throw OrchestrationError.conflict("the run is being executed: cancel it first")
            }
            try change.store.deleteRun(head)
        }
        try await logs.delete(id)
    }
}
