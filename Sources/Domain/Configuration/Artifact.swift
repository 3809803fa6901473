public import JSON

/// Something that a run shows: a table, a text, a link, progress.
public struct Artifact: Sendable, Hashable {
    public let id: ID<Artifact>
    /// What it shows, over many runs: the newest of those with the same key is the latest. Nothing for one that stands
    /// alone.
    public let key: String?
    /// `markdown`, `table`, `progress` …
    public let type: String?
    public var description: String?
    public var data: JSONValue
    public var metadata: [String: String]?
    public let flowRunID: ID<FlowRun>?
    public let taskRunID: ID<TaskRun>?
    public let created: Timestamp
    public var updated: Timestamp

    public init(
        id: ID<Artifact>, key: String? = nil, type: String? = nil, description: String? = nil, data: JSONValue = .null,
        metadata: [String: String]? = nil, flowRunID: ID<FlowRun>? = nil, taskRunID: ID<TaskRun>? = nil,
        created: Timestamp,
        updated: Timestamp
    ) {
        self.id = id
        self.key = key
        self.type = type
        self.description = description
        self.data = data
        self.metadata = metadata
        self.flowRunID = flowRunID
        self.taskRunID = taskRunID
        self.created = created
        self.updated = updated
    }
}

/// All artifacts of one key, of which the latest is shown.
public struct ArtifactCollection: Sendable, Hashable {
    public let id: ID<ArtifactCollection>
    public let latest: Artifact
    public let created: Timestamp
    public let updated: Timestamp

    public init(id: ID<ArtifactCollection>, latest: Artifact, created: Timestamp, updated: Timestamp) {
        self.id = id
        self.latest = latest
        self.created = created
        self.updated = updated
    }
}
