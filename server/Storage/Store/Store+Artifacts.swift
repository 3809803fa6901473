public import Domain
import JSON

extension Store {
    private static let artifactNames = [
        "id", "key", "type", "description", "data", "metadata", "flow_run_id", "task_run_id", "created", "updated",
    ]
    private static let artifactColumns = artifactNames.map { "artifact.\($0)" }.joined(separator: ", ")

    private static func artifact(_ reader: inout RowReader) throws(StorageError) -> Artifact {
        Artifact(
            id: try reader.id(), key: try reader.optionalText(), type: try reader.optionalText(),
            description: try reader.optionalText(), data: try reader.optionalJSON() ?? .null,
            metadata: try reader.optionalJSON()?.objectValue.map(texts), flowRunID: try reader.optionalID(),
            taskRunID: try reader.optionalID(), created: try reader.time(), updated: try reader.time())
    }

    private static func texts(_ object: JSONObject) -> [String: String] {
        Dictionary(object.map { ($0.key, $0.value.stringValue ?? "") }, uniquingKeysWith: { $1 })
    }

    /// The artifact of that id.
    public func artifact(_ id: ID<Artifact>) throws(StorageError) -> Artifact? {
        try rows("SELECT \(Self.artifactColumns) FROM artifact WHERE id = $1", .id(id)).decoded(Self.artifact).first
    }

    /// The artifacts that a query asks for.
    public func artifacts(_ query: Query) throws(StorageError) -> [Artifact] {
        try select(Self.artifactColumns, from: "artifact", query).decoded(Self.artifact)
    }

    /// The artifacts of a run that are more than results of its tasks, the oldest first, each with whether it is the
    /// latest of its key.
    public func artifacts(
        of run: ID<FlowRun>, limit: Int
    ) throws(StorageError) -> [(artifact: Artifact, isLatest: Bool)] {
        try rows(
            """
            SELECT \(Self.artifactColumns), artifact.key IS NULL OR EXISTS (
                SELECT 1 FROM artifact_collection WHERE artifact_collection.latest_id = artifact.id)
            FROM artifact WHERE flow_run_id = $1 AND type <> 'result' ORDER BY created, id LIMIT $2
            """, .id(run), .int(limit)
        ).decoded { reader throws(StorageError) in
            (artifact: try Self.artifact(&reader), isLatest: try reader.flag())
        }
    }

    /// Adds an artifact, which becomes the latest of its key.
    ///
    /// - Parameter collection: the id of the collection, if there is none of that key yet.
    public func insert(_ artifact: Artifact, collection: ID<ArtifactCollection>) throws(StorageError) {
        try execute(
            "INSERT INTO artifact (\(Self.artifactNames.joined(separator: ", "))) VALUES (\(placeholders(10)))",
            .id(artifact.id), .text(artifact.key), .text(artifact.type), .text(artifact.description),
            .json(artifact.data), .json(artifact.metadata?.json), .id(artifact.flowRunID), .id(artifact.taskRunID),
            .time(artifact.created), .time(artifact.updated))
        guard let key = artifact.key else { return }
        try execute(
            """
            INSERT INTO artifact_collection (id, key, latest_id, created, updated) VALUES ($1, $2, $3, $4, $4)
            ON CONFLICT (key) DO UPDATE SET latest_id = excluded.latest_id, updated = excluded.updated
            """, .id(collection), .text(key), .id(artifact.id), .time(artifact.created))
    }

    /// Stores what may change of an artifact as it is now.
    public func update(_ artifact: Artifact) throws(StorageError) {
        try execute(
            "UPDATE artifact SET description = $1, data = $2, metadata = $3, updated = $4 WHERE id = $5",
            .text(artifact.description), .json(artifact.data), .json(artifact.metadata?.json), .time(artifact.updated),
            .id(artifact.id))
        try execute(
            "UPDATE artifact_collection SET updated = $1 WHERE latest_id = $2", .time(artifact.updated),
            .id(artifact.id))
    }

    /// Forgets an artifact. If it was the latest of its key, the one before it is.
    public func deleteArtifact(_ id: ID<Artifact>) throws(StorageError) {
        let keys = try rows(
            "DELETE FROM artifact WHERE id = $1 RETURNING key", .id(id)
        ).decoded { reader throws(StorageError) in try reader.optionalText() }
        guard let key = keys.first ?? nil else { return }
        let isLatest = try rows("SELECT 1 FROM artifact_collection WHERE latest_id = $1", .id(id))
        guard !isLatest.isEmpty else { return }
        let former = Query(.test("key = ?", [.text(key)]), order: "created DESC, id DESC", limit: 1)
        guard let latest = try artifacts(former).first else {
            try execute("DELETE FROM artifact_collection WHERE key = $1", .text(key))
            return
        }
        try execute(
            "UPDATE artifact_collection SET latest_id = $1, created = $2, updated = $3 WHERE key = $4",
            .id(latest.id), .time(latest.created), .time(latest.updated), .text(key))
    }

    // MARK: Collections

    private static let collectionColumns = """
        artifact_collection.id, artifact_collection.created, artifact_collection.updated, \(artifactColumns)
        """
    private static let collectionTables =
        "artifact_collection JOIN artifact ON artifact.id = artifact_collection.latest_id"

    private static func collection(_ reader: inout RowReader) throws(StorageError) -> ArtifactCollection {
        let (id, created, updated) = (
            try reader.id(ArtifactCollection.self), try reader.time(), try reader.time()
        )
        return ArtifactCollection(id: id, latest: try artifact(&reader), created: created, updated: updated)
    }

    /// The artifact of that key that is the latest.
    public func artifactCollection(key: String) throws(StorageError) -> ArtifactCollection? {
        let query = Query(.test("artifact_collection.key = ?", [.text(key)]), order: "artifact_collection.id", limit: 1)
        return try artifactCollections(query).first
    }

    /// The collections that a query asks for, on the columns of `artifact_collection` and of its latest `artifact`.
    public func artifactCollections(_ query: Query) throws(StorageError) -> [ArtifactCollection] {
        try select(Self.collectionColumns, from: Self.collectionTables, query).decoded(Self.collection)
    }

    /// How many collections a condition holds for.
    public func countArtifactCollections(_ condition: Condition) throws(StorageError) -> Int {
        var values: [SQLValue] = []
        let sql = condition.sql(&values)
        return try connection.run("SELECT count(*) FROM \(Self.collectionTables) WHERE \(sql)", values).first?.count()
            ?? 0
    }
}
