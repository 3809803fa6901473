public import Domain
import Storage

/// The same done to many things at once.
extension Orchestrator {
    /// Forgets runs, with their histories and logs. What is being executed is left alone.
    ///
    /// - Returns: those that were forgotten.
    public func deleteRuns(_ request: BulkRequest) async throws -> [ID<FlowRun>] {
        let runs = try await runIDs(request)
        let deleted = try await change { change in
            try runs.filter { run in
                guard let head = try change.store.head(run), head.machine.holder == nil else { return false }
                try change.delete(head)
                return true
            }
        }
        for run in deleted { try await logs.delete(run) }
        return deleted
    }

    /// Proposes a state for each of many runs.
    ///
    /// - Parameter state: makes the state for one of them; states have ids of their own.
    /// - Returns: what became of each, the newest run first.
    public func propose(
        forEach request: BulkRequest, force: Bool, _ state: @escaping @Sendable () -> RunState
    ) async throws -> [(run: ID<FlowRun>, answer: ProposalAnswer)] {
        var answers: [(run: ID<FlowRun>, answer: ProposalAnswer)] = []
        for run in try await runIDs(request) {
            do {
                answers.append((run, try await propose(state(), for: run, force: force)))
            } catch OrchestrationError.notFound {
                // Somebody has deleted it meanwhile.
                continue
            } catch let error as OrchestrationError {
                let refusal = ProposalAnswer(
                    status: .abort, state: nil, reason: error.description, delay: nil, isStored: false)
                answers.append((run, refusal))
            }
        }
        return answers
    }

    private func runIDs(_ request: BulkRequest) async throws -> [ID<FlowRun>] {
        let query = Query(request.filters.onRuns, order: FlowRunOrder.newestFirst.columns, limit: request.limit)
        return try await database.read { try $0.runIDs(query) }
    }

    /// Forgets deployments: see `deleteDeployment`.
    ///
    /// - Returns: those that were forgotten.
    public func deleteDeployments(_ request: BulkRequest) async throws -> [ID<Deployment>] {
        let query = Query(
            request.filters.onDeployments, order: DeploymentOrder.nameAscending.columns, limit: request.limit)
        return try await forget(try await database.read { try $0.deployments(query).map(\.id) }) {
            try await deleteDeployment($0)
        }
    }

    /// Forgets flows: see `deleteFlow`. A flow whose runs are being executed is left alone.
    ///
    /// - Returns: those that were forgotten.
    public func deleteFlows(_ request: BulkRequest) async throws -> [ID<Flow>] {
        let query = Query(request.filters.onFlows, order: FlowOrder.nameAscending.columns, limit: request.limit)
        return try await forget(try await flows(query).map(\.id)) { try await deleteFlow($0) }
    }

    private func forget<Subject>(
        _ ids: [ID<Subject>], _ delete: (ID<Subject>) async throws -> Void
    ) async throws -> [ID<Subject>] {
        var deleted: [ID<Subject>] = []
        for id in ids {
            do {
                try await delete(id)
                deleted.append(id)
            } catch OrchestrationError.notFound, OrchestrationError.conflict {
                continue
            }
        }
        return deleted
    }
}
