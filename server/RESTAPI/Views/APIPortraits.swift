public import Domain
public import JSON
public import Orchestration

/// Things as the API shows them, for the templates of automations.
public struct APIPortraits: ResourcePortraits {
    private let orchestrator: Orchestrator

    public let pages: String

    /// - Parameter pages: where people look at things, without a slash at the end.
    public init(_ orchestrator: Orchestrator, pages: String) {
        self.orchestrator = orchestrator
        self.pages = pages
    }

    /// The thing of that kind and id as a client would read it.
    public func portrait(of kind: EventResourceKind, id: String) async throws -> JSONObject? {
        do {
            return try await view(of: kind, id: id)?.objectValue
        } catch OrchestrationError.notFound {
            return nil
        }
    }

    private func view(of kind: EventResourceKind, id: String) async throws -> JSONValue? {
        switch kind {
        case .deployment:
            guard let id = ID<Deployment>(id) else { return nil }
            return try await orchestrator.describe(try await orchestrator.deployment(id)).view
        case .flow:
            guard let id = ID<Flow>(id) else { return nil }
            return try await orchestrator.flow(id).view
        case .flowRun:
            guard let id = ID<FlowRun>(id) else { return nil }
            return try await orchestrator.describedRun(id).view(at: orchestrator.now)
        case .taskRun:
            guard let id = ID<TaskRun>(id) else { return nil }
            return try await orchestrator.taskRun(id).view(at: orchestrator.now)
        case .workPool:
            guard let id = ID<WorkPool>(id) else { return nil }
            return try await orchestrator.describe(try await orchestrator.pool(id)).view
        case .workQueue:
            guard let id = ID<WorkQueue>(id) else { return nil }
            return try await orchestrator.describe(try await orchestrator.queue(id)).view
        case .concurrencyLimit:
            guard let id = ID<ConcurrencyLimit>(id) else { return nil }
            return try await orchestrator.limit(.id(id)).view
        case .artifact, .artifactCollection, .automation, .block, .blockSchema, .blockType, .event, .tag, .variable,
            .worker:
            return nil
        }
    }
}
