public import Domain
import JSON

/// What was not kept of what is expected of deployments.
extension Store {
    private static let breachColumns = "id, deployment_id, run_id, run_name, kind, bound, since, told"

    private static func breach(_ reader: inout RowReader) throws(StorageError) -> LevelBreach {
        let id: ID<LevelBreach> = try reader.id()
        let deployment: ID<Deployment> = try reader.id()
        let (run, name): (ID<FlowRun>?, String?) = (try reader.optionalID(), try reader.optionalText())
        guard let kind = ServiceLevel.Kind(rawValue: try reader.text()), let document = try reader.optionalJSON() else {
            throw StorageError.corrupt("the breach \(id) cannot be read")
        }
        let bound = try Self.stored(document) { json throws(JSONReadingError) in
            try ServiceLevel.Bound(reading: json)
        }
        return LevelBreach(
            id: id, deploymentID: deployment, runID: run, runName: name, kind: kind, bound: bound,
            since: try reader.time(), told: try reader.time())
    }

    /// Adds a breach, unless the run's is known.
    ///
    /// - Returns: whether it is new.
    public func insert(_ breach: LevelBreach) throws(StorageError) -> Bool {
        try !rows(
            """
            INSERT INTO level_breach (\(Self.breachColumns)) VALUES (\(placeholders(8))) ON CONFLICT DO NOTHING
            RETURNING id
            """,
            .id(breach.id), .id(breach.deploymentID), .id(breach.runID), .text(breach.runName),
            .text(breach.kind.rawValue), .json(breach.bound.json), .time(breach.since), .time(breach.told)
        ).isEmpty
    }

    /// Whether anything was not kept.
    public func hasBreaches() throws(StorageError) -> Bool {
        try !rows("SELECT 1 FROM level_breach LIMIT 1").isEmpty
    }

    /// What a run has not kept, in the order in which that was noticed.
    public func breaches(of run: ID<FlowRun>) throws(StorageError) -> [LevelBreach] {
        try rows("SELECT \(Self.breachColumns) FROM level_breach WHERE run_id = $1 ORDER BY id", .id(run))
            .decoded(Self.breach)
    }

    /// What a deployment and its runs have not kept, the newest first.
    public func breaches(of deployment: ID<Deployment>, limit: Int) throws(StorageError) -> [LevelBreach] {
        try rows(
            "SELECT \(Self.breachColumns) FROM level_breach WHERE deployment_id = $1 ORDER BY id DESC LIMIT $2",
            .id(deployment), .int(limit)
        ).decoded(Self.breach)
    }

    /// Forgets all but the newest of a deployment.
    public func pruneBreaches(of deployment: ID<Deployment>, keeping count: Int) throws(StorageError) {
        try execute(
            """
            DELETE FROM level_breach WHERE deployment_id = $1 AND id <= (
                SELECT id FROM level_breach WHERE deployment_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)
            """, .id(deployment), .int(count))
    }

    /// Forgets what a deployment, which is deleted, has not kept.
    func deleteBreaches(of deployment: ID<Deployment>) throws(StorageError) {
        try execute("DELETE FROM level_breach WHERE deployment_id = $1", .id(deployment))
    }
}
