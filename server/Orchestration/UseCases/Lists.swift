public import Domain
public import Storage

extension Orchestrator {
    /// The flows that a query asks for.
    public func flows(_ query: Query) async throws -> [Flow] { try await database.read { try $0.flows(query) } }

    /// How many rows a condition holds for; of runs, the visible ones.
    public func count(in table: Table, _ condition: Condition) async throws -> Int {
        try await database.read { try $0.count(in: table, condition) }
    }

    /// Runs by type of state, over all queues.
    public func tally() async throws -> [StateType: Int] { try await database.read { try $0.tally() } }
}

// MARK: - Runs

extension Orchestrator {
    /// - Throws: `OrchestrationError.notFound`.
    public func run(_ id: ID<FlowRun>) async throws -> FlowRun {
        try await database.read { try $0.run(id) }.orNotFound("Flow run", id)
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
            try change.delete(head)
        }
        try await logs.delete(id)
    }
}

extension Change {
    /// Forgets a run, but not what happened: the events of its states, which were made of its history, become events
    /// that are stored like all others.
    mutating func delete(_ head: RunHead) throws {
        var events = RunEvents(
            store: store, describer: Describer(store: store, deployments: deployments, now: now))
        for state in try store.history(of: head.id) {
            if let event = try events.event(of: state, run: head.id) { try store.insert(event) }
        }
        try store.deleteRun(head)
    }
}
