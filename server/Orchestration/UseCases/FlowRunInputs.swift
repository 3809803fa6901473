public import Domain
import Storage

/// Inputs of a run as they are asked for.
public struct FlowRunInputRequest: Sendable {
    /// What their keys begin with.
    public var prefix: String
    public var excludedKeys: [String] = []
    public var limit = 1

    public init(prefix: String) { self.prefix = prefix }
}

extension Orchestrator {
    /// Hands something to a run.
    ///
    /// - Throws: `OrchestrationError.notFound`; `.conflict` when it has something under that key already.
    public func giveInput(
        to run: ID<FlowRun>, key: String, value: String, sender: String? = nil
    ) async throws {
        try await change { change in
            _ = try change.store.head(run).orNotFound("Flow run", run)
            guard try change.store.input(of: run, key: key) == nil else {
                throw OrchestrationError.conflict("A flow run input with this key already exists.")
            }
            try change.store.insert(
                FlowRunInput(
                    id: change.surroundings.newID(), runID: run, key: key, value: value, sender: sender,
                    created: change.now))
        }
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func input(of run: ID<FlowRun>, key: String) async throws -> FlowRunInput {
        try await database.read { try $0.input(of: run, key: key) }.orNotFound("Flow run input", key)
    }

    /// What was handed to a run, the oldest first.
    public func inputs(of run: ID<FlowRun>, _ request: FlowRunInputRequest) async throws -> [FlowRunInput] {
        try await database.read { store in
            try store.inputs(
                of: run, prefix: request.prefix, excluding: request.excludedKeys, limit: request.limit)
        }
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func deleteInput(of run: ID<FlowRun>, key: String) async throws {
        try await change { change in
            guard try change.store.deleteInput(of: run, key: key) else {
                throw OrchestrationError.notFound(kind: "Flow run input", name: key)
            }
        }
    }
}
