public import Domain
import JSON

extension Store {
    private static let deploymentColumns = """
        id, flow_id, name, version, description, is_paused, tags, labels, parameters, parameter_schema, enforces_schema,
        queue_id, concurrency_limit, execution, retention, job_variables, extras, version_number, created, updated
        """

    static func deployment(_ reader: inout RowReader) throws(StorageError) -> Deployment {
        Deployment(
            id: try reader.id(), flowID: try reader.id(), name: try reader.text(), version: try reader.optionalText(),
            description: try reader.optionalText(), isPaused: try reader.flag(), tags: try reader.strings(),
            labels: try reader.object(), parameters: try reader.object(), parameterSchema: try reader.optionalJSON(),
            enforcesParameterSchema: try reader.flag(), queueID: try reader.optionalID(),
            concurrencyLimit: try reader.optionalInt(), execution: try execution(try reader.optionalJSON()),
            retention: try retention(try reader.optionalJSON()), jobVariables: try reader.object(),
            extras: try reader.object(), versionNumber: try reader.int(), created: try reader.time(),
            updated: try reader.time())
    }

    private static func execution(_ value: JSONValue?) throws(StorageError) -> ExecutionSpec? {
        guard let value else { return nil }
        do {
            return try ExecutionSpec(json: value)
        } catch {
            throw .corrupt("a deployment's execution cannot be read: \(error)")
        }
    }

    private static func retention(_ value: JSONValue?) throws(StorageError) -> RunRetention? {
        guard let value else { return nil }
        do {
            return try RunRetention(reading: JSONReader(value))
        } catch {
            throw .corrupt("a deployment's retention cannot be read: \(error)")
        }
    }

    private static func values(_ deployment: Deployment) -> [SQLValue] {
        [
            .id(deployment.id), .id(deployment.flowID), .text(deployment.name), .text(deployment.version),
            .text(deployment.description), .flag(deployment.isPaused), .strings(deployment.tags),
            .json(deployment.labels), .json(deployment.parameters), .json(deployment.parameterSchema),
            .flag(deployment.enforcesParameterSchema), .id(deployment.queueID), .int(deployment.concurrencyLimit),
            .json(deployment.execution?.json), .json(deployment.retention?.json), .json(deployment.jobVariables),
            .json(deployment.extras), .int(deployment.versionNumber), .time(deployment.created),
            .time(deployment.updated),
        ]
    }

    /// The deployment of that id.
    public func deployment(_ id: ID<Deployment>) throws(StorageError) -> Deployment? {
        try rows("SELECT \(Self.deploymentColumns) FROM deployment WHERE id = $1", .id(id))
            .decoded(Self.deployment).first
    }

    /// The deployment of that flow and name.
    public func deployment(named name: String, of flow: ID<Flow>) throws(StorageError) -> Deployment? {
        try rows(
            "SELECT \(Self.deploymentColumns) FROM deployment WHERE flow_id = $1 AND name = $2", .id(flow), .text(name)
        ).decoded(Self.deployment).first
    }

    /// When the deployment was last changed: what a cached copy is checked against.
    public func deploymentUpdated(_ id: ID<Deployment>) throws(StorageError) -> Timestamp? {
        try rows("SELECT updated FROM deployment WHERE id = $1", .id(id))
            .decoded { reader throws(StorageError) in try reader.time() }.first
    }

    /// What deployments say themselves of how long their finished runs are kept.
    public func retentions() throws(StorageError) -> [ID<Deployment>: RunRetention] {
        let pairs = try rows("SELECT id, retention FROM deployment WHERE retention IS NOT NULL")
            .decoded { reader throws(StorageError) in
                (try reader.id(Deployment.self), try Self.retention(try reader.optionalJSON()) ?? RunRetention())
            }
        return Dictionary(pairs, uniquingKeysWith: { $1 })
    }

    /// The deployments that a query asks for.
    public func deployments(_ query: Query) throws(StorageError) -> [Deployment] {
        try select(Self.deploymentColumns, from: "deployment", query).decoded(Self.deployment)
    }

    /// Adds a deployment.
    public func insert(_ deployment: Deployment) throws(StorageError) {
        _ = try connection.run(
            "INSERT INTO deployment (\(Self.deploymentColumns)) VALUES (\(placeholders(20)))",
            Self.values(deployment))
    }

    /// Stores a deployment as it is now.
    public func update(_ deployment: Deployment) throws(StorageError) {
        let columns = Self.deploymentColumns.split(separator: ",").map { $0.drop { $0.isWhitespace } }
        let assignments = columns.enumerated().map { "\($1) = $\($0 + 1)" }.joined(separator: ", ")
        _ = try connection.run(
            "UPDATE deployment SET \(assignments) WHERE id = $\(columns.count + 1)",
            Self.values(deployment) + [.id(deployment.id)])
    }

    /// Forgets a deployment, its versions, its limit and its schedules; its runs stay.
    public func deleteDeployment(_ id: ID<Deployment>) throws(StorageError) {
        try deleteHolds(ofDeletedLimit: id.cast())
        try deleteSchedules(of: id)
        try deleteBucket(.deployment(id))
        try deleteServiceLevel(of: id)
        try deleteBreaches(of: id)
        try execute("DELETE FROM deployment_version WHERE deployment_id = $1", .id(id))
        try execute("DELETE FROM deployment WHERE id = $1", .id(id))
    }
}

// MARK: - Bundles

extension Store {
    /// Records that the bundle's bytes are stored.
    public func insertBundle(_ bundle: BundleReference, at now: Timestamp) throws(StorageError) {
        try execute(
            "INSERT INTO bundle (digest, size, created) VALUES ($1, $2, $3) ON CONFLICT (digest) DO NOTHING",
            .text(bundle.digest), .int(bundle.size), .time(now))
    }

    /// The bundle of that digest, if its bytes are stored.
    public func bundle(_ digest: String) throws(StorageError) -> BundleReference? {
        try rows("SELECT digest, size FROM bundle WHERE digest = $1", .text(digest))
            .decoded { reader throws(StorageError) in
                BundleReference(digest: try reader.text(), size: try reader.int())
            }.first
    }
}
