public import Domain

extension Store {
    private static let content = """
        version, description, tags, labels, parameters, parameter_schema, enforces_schema, queue_id, concurrency_limit,
        execution, job_variables, extras
        """

    /// A version in the order in which a deployment is read, and behind it what it repeats.
    private static let versionColumns = """
        deployment.id, deployment.flow_id, deployment.name, deployment_version.version, deployment_version.description,
        deployment.is_paused, deployment_version.tags, deployment_version.labels, deployment_version.parameters,
        deployment_version.parameter_schema, deployment_version.enforces_schema, deployment_version.queue_id,
        deployment_version.concurrency_limit, deployment_version.execution, deployment.retention,
        deployment_version.job_variables,
        deployment_version.extras, deployment_version.number, deployment.created, deployment_version.created,
        deployment_version.restored_from
        """

    private static let versionTables =
        "deployment_version JOIN deployment ON deployment.id = deployment_version.deployment_id"

    private static func version(_ reader: inout RowReader) throws(StorageError) -> DeploymentVersion {
        DeploymentVersion(deployment: try deployment(&reader), restoredFrom: try reader.optionalInt())
    }

    /// Keeps what a deployment is now as the version of its number.
    ///
    /// - Parameter origin: the number of the version that it repeats, if it does.
    public func recordVersion(of id: ID<Deployment>, restoredFrom origin: Int?) throws(StorageError) {
        try execute(
            """
            INSERT INTO deployment_version (deployment_id, number, created, restored_from, \(Self.content))
            SELECT id, version_number, updated, CAST($1 AS BIGINT), \(Self.content) FROM deployment WHERE id = $2
            """, .int(origin), .id(id))
    }

    /// A deployment's versions, the newest first.
    ///
    /// - Parameter number: only those before this one.
    public func versions(
        of id: ID<Deployment>, before number: Int?, limit: Int
    ) throws(StorageError) -> [DeploymentVersion] {
        let older = number.map { Condition.test("deployment_version.number < ?", [.int($0)]) } ?? .always
        let query = Query(
            .all([.test("deployment_version.deployment_id = ?", [.id(id)]), older]),
            order: "deployment_version.number DESC", limit: limit)
        return try select(Self.versionColumns, from: Self.versionTables, query).decoded(Self.version)
    }

    /// The version of that number.
    public func version(_ number: Int, of id: ID<Deployment>) throws(StorageError) -> DeploymentVersion? {
        let query = Query(
            .test("deployment_version.deployment_id = ? AND deployment_version.number = ?", [.id(id), .int(number)]),
            limit: 1)
        return try select(Self.versionColumns, from: Self.versionTables, query).decoded(Self.version).first
    }

    /// Records which version of its deployment a run executes.
    public func setDeploymentVersion(of run: ID<FlowRun>, to number: Int) throws(StorageError) {
        try execute("UPDATE run SET deployment_version_number = $1 WHERE id = $2", .int(number), .id(run))
    }
}
