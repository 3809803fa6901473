public import Domain
import Storage

/// One thing, described.
extension Orchestrator {
    /// - Throws: `OrchestrationError.notFound`.
    public func describedRun(_ id: ID<FlowRun>) async throws -> DescribedRun {
        try await described { store, describer in
            try describer.describe(try store.run(id).orNotFound("Flow run", id))
        }
    }

    /// The run that is meant by `text`: an id, the beginning of one that no other run's id has, or a name, of which
    /// the newest run that bears it is meant.
    ///
    /// - Throws: `OrchestrationError.notFound`; `.conflict` when several ids begin with it and no run is named so.
    public func findRun(_ text: String) async throws -> DescribedRun {
        if let id = ID<FlowRun>(text) { return try await describedRun(id) }
        return try await described { store, describer in
            let candidates = text.isEmpty ? [] : try store.runIDs(beginningWith: text.lowercased())
            if candidates.count == 1, let run = try store.run(candidates[0]) { return try describer.describe(run) }
            let named = Query(.test("run.name = ?", [.text(text)]), order: FlowRunOrder.newestFirst.columns, limit: 1)
            if let run = try store.runs(named).first { return try describer.describe(run) }
            guard candidates.isEmpty else {
                throw OrchestrationError.conflict("several runs begin with \"\(text)\": give more of the id")
            }
            throw OrchestrationError.notFound(kind: "Flow run", name: text)
        }
    }

    /// A deployment with its place and limits.
    public func describe(_ deployment: Deployment) async throws -> DescribedDeployment {
        try await described { try $1.describe(deployment) }
    }

    /// A pool and what goes on in it.
    public func describe(_ pool: WorkPool) async throws -> DescribedPool {
        try await described { try $1.describe(pool) }
    }

    /// A queue and what goes on in it.
    public func describe(_ queue: WorkQueue) async throws -> DescribedQueue {
        try await described { try $1.describe(queue) }
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func describedAgent(_ id: ID<Agent>) async throws -> DescribedAgent {
        try await described { store, describer in
            let agent = try store.agent(id).orNotFound("Agent", id)
            return try describer.describe(
                agent, held: try store.occupancyByAgent(), offers: try store.heldByAgent())
        }
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func describedBatch(_ id: ID<Batch>) async throws -> DescribedBatch {
        try await described { store, describer in try describer.describe(try store.batch(id).orNotFound("Batch", id)) }
    }

    /// The batch that is meant by `text`: an id, the beginning of one that no other batch's id has, or a name, of which
    /// the newest batch that bears it is meant.
    ///
    /// - Throws: `OrchestrationError.notFound`; `.conflict` when several ids begin with it and no batch is named so.
    public func findBatch(_ text: String) async throws -> DescribedBatch {
        if let id = ID<Batch>(text) { return try await describedBatch(id) }
        return try await described { store, describer in
            let candidates = text.isEmpty ? [] : try store.batches(beginningWith: text.lowercased())
            if candidates.count == 1 { return try describer.describe(candidates[0]) }
            let named = Query(.test("name = ?", [.text(text)]), order: BatchOrder.newestFirst.columns, limit: 1)
            if let batch = try store.batches(named).first { return try describer.describe(batch) }
            guard candidates.isEmpty else {
                throw OrchestrationError.conflict("several batches begin with \"\(text)\": give more of the id")
            }
            throw OrchestrationError.notFound(kind: "Batch", name: text)
        }
    }

    /// How many agents are online.
    public func agentsOnline() async throws -> Int {
        let now = now
        return try await database.read { store in
            let silent = now - Agent.silenceLimit
            return try store.count(
                in: .agent, .test("agent.left_at IS NULL AND agent.last_seen >= ?", [.time(silent)]))
        }
    }

    /// Runs of a queue that should have started a while ago.
    public func lateRuns(in queue: ID<WorkQueue>) async throws -> Int {
        try await database.read { store in
            try store.count(
                in: .run,
                .test(
                    "run.queue_id = ? AND run.state_type = 'SCHEDULED' AND run.state_name = ?",
                    [.id(queue), .text(StateName.late)]))
        }
    }

    /// A state that some run is or was in.
    ///
    /// - Throws: `OrchestrationError.notFound`.
    public func state(_ id: ID<RunState>) async throws -> (state: RunState, run: ID<FlowRun>) {
        try await database.read { try $0.state(id) }.orNotFound("Flow run state", id)
    }
}
