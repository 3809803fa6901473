public import Domain
public import JSON
import Storage

/// An artifact as it is wanted.
public struct ArtifactRequest: Sendable {
    public var key: String?
    public var type: String?
    public var description: String?
    public var data: JSONValue = .null
    public var metadata: [String: String]?
    public var flowRunID: ID<FlowRun>?
    public var taskRunID: ID<TaskRun>?

    public init() {}
}

extension Change {
    /// Adds an artifact, which becomes the latest of its key.
    mutating func add(_ request: ArtifactRequest) throws -> Artifact {
        let artifact = Artifact(
            id: surroundings.newID(), key: request.key, type: request.type, description: request.description,
            data: request.data, metadata: request.metadata, flowRunID: request.flowRunID,
            taskRunID: request.taskRunID, created: now, updated: now)
        let former = try artifact.key.flatMap { try store.artifactCollection(key: $0) }
        try store.insert(artifact, collection: surroundings.newID())
        if let collection = try artifact.key.flatMap({ try store.artifactCollection(key: $0) }) {
            try announce(former == nil ? .created : .updated, collection)
        }
        return artifact
    }

    /// A state that says where a result is kept has an artifact that shows it, as with Prefect's server.
    mutating func noteResult(of state: RunState, run: ID<FlowRun>?, task: ID<TaskRun>? = nil) throws {
        guard let data = state.data, data["type"] != "unpersisted" else { return }
        var request = ArtifactRequest()
        (request.flowRunID, request.taskRunID, request.data) = (run, task, data)
        if var members = data.objectValue {
            request.key = members.removeValue(forKey: "artifact_key")?.stringValue
            request.type = members.removeValue(forKey: "artifact_type")?.stringValue
            request.description = members.removeValue(forKey: "artifact_description")?.stringValue
            request.data = .object(members)
        }
        _ = try add(request)
    }
}

extension Orchestrator {
    /// Adds an artifact, which becomes the latest of its key.
    public func createArtifact(_ request: ArtifactRequest) async throws -> Artifact {
        try await change { try $0.add(request) }
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func artifact(_ id: ID<Artifact>) async throws -> Artifact {
        try await database.read { try $0.artifact(id) }.orNotFound("Artifact", id)
    }

    /// The latest artifact of a key.
    ///
    /// - Throws: `OrchestrationError.notFound`.
    public func artifactCollection(key: String) async throws -> ArtifactCollection {
        try await database.read { try $0.artifactCollection(key: key) }.orNotFound("Artifact", key)
    }

    /// The artifacts that are asked for.
    public func artifacts(_ request: FilteredRequest<ArtifactFilters, ArtifactOrder>) async throws -> [Artifact] {
        try await database.read { try $0.artifacts(request.query(request.filters.condition)) }
    }

    /// How many artifacts meet the filters.
    public func countArtifacts(_ filters: ArtifactFilters) async throws -> Int {
        try await count(in: .artifact, filters.condition)
    }

    /// The latest artifacts of the keys that are asked for.
    public func artifactCollections(
        _ request: FilteredRequest<ArtifactFilters, ArtifactOrder>
    ) async throws -> [ArtifactCollection] {
        var query = request.query(request.filters.condition)
        query.order = request.order.collectionColumns
        return try await database.read { [query] in try $0.artifactCollections(query) }
    }

    /// How many keys have a latest artifact that meets the filters.
    public func countArtifactCollections(_ filters: ArtifactFilters) async throws -> Int {
        try await database.read { try $0.countArtifactCollections(filters.condition) }
    }

    /// Changes an artifact by `edit`.
    ///
    /// - Throws: `OrchestrationError.notFound`.
    public func updateArtifact(
        _ id: ID<Artifact>, _ edit: @escaping @Sendable (inout Artifact) -> Void
    ) async throws {
        try await change { change in
            var artifact = try change.store.artifact(id).orNotFound("Artifact", id)
            edit(&artifact)
            artifact.updated = change.now
            try change.store.update(artifact)
        }
    }

    /// Forgets an artifact. If it was the latest of its key, the one before it is.
    ///
    /// - Throws: `OrchestrationError.notFound`.
    public func deleteArtifact(_ id: ID<Artifact>) async throws {
        try await change { change in
            let key = try change.store.artifact(id).orNotFound("Artifact", id).key
            let collection = try key.flatMap { try change.store.artifactCollection(key: $0) }
            try change.store.deleteArtifact(id)
            guard let key, let collection, collection.latest.id == id else { return }
            if let left = try change.store.artifactCollection(key: key) {
                try change.announce(.updated, left)
            } else {
                try change.announce(.deleted, collection)
            }
        }
    }
}
