public import Domain
import JSON

/// What is expected of a deployment, and how far that has been looked at.
public struct StoredLevel: Sendable, Hashable {
    public let deploymentID: ID<Deployment>
    public var level: ServiceLevel
    /// Since when this has been expected.
    public var since: Timestamp
    /// Up to when missing runs have been told of.
    public var judged: Timestamp
    /// When the last run completed that was seen: runs may be forgotten sooner than looked for.
    public var completed: Timestamp?

    public init(
        deploymentID: ID<Deployment>, level: ServiceLevel, since: Timestamp, judged: Timestamp,
        completed: Timestamp? = nil
    ) {
        self.deploymentID = deploymentID
        self.level = level
        self.since = since
        self.judged = judged
        self.completed = completed
    }
}

/// A run that may be beyond what is expected of it.
public struct LevelledRun: Sendable, Hashable {
    public let id: ID<FlowRun>
    public let name: String
    public let level: StoredLevel
    /// When what is measured began: its execution, or its being late.
    public let begun: Timestamp
    public let ended: Timestamp?
}

extension Store {
    private static let levelColumns = """
        service_level.deployment_id, service_level.document, service_level.since, service_level.judged,
        service_level.completed
        """

    private static func level(_ reader: inout RowReader) throws(StorageError) -> StoredLevel {
        let id: ID<Deployment> = try reader.id()
        let document = JSONValue.object(try reader.object())
        return StoredLevel(
            deploymentID: id,
            level: try Self.stored(document) { json throws(JSONReadingError) in try ServiceLevel(reading: json) },
            since: try reader.time(), judged: try reader.time(), completed: try reader.optionalTime())
    }

    /// What is expected of a deployment's runs, if anything is.
    public func serviceLevel(of deployment: ID<Deployment>) throws(StorageError) -> StoredLevel? {
        try rows("SELECT \(Self.levelColumns) FROM service_level WHERE deployment_id = $1", .id(deployment))
            .decoded(Self.level).first
    }

    /// The deployments of which something is expected.
    ///
    /// - Parameter runs: whether only those are asked for of which runs are expected.
    public func serviceLevels(expectingRuns runs: Bool) throws(StorageError) -> [StoredLevel] {
        try rows(
            """
            SELECT \(Self.levelColumns) FROM service_level \(runs ? "WHERE expects_runs = TRUE" : "")
            ORDER BY deployment_id
            """
        ).decoded(Self.level)
    }

    /// Whether anything is expected of any deployment.
    public func hasServiceLevels() throws(StorageError) -> Bool {
        try !rows("SELECT 1 FROM service_level LIMIT 1").isEmpty
    }

    /// Adds what is expected of a deployment, or stores it as it is now.
    public func save(_ stored: StoredLevel) throws(StorageError) {
        try execute(
            """
            INSERT INTO service_level (
                deployment_id, document, late, duration, expects_runs, since, judged, completed)
            VALUES (\(placeholders(8))) ON CONFLICT (deployment_id) DO UPDATE SET
                document = excluded.document, late = excluded.late, duration = excluded.duration,
                expects_runs = excluded.expects_runs, since = excluded.since, judged = excluded.judged,
                completed = excluded.completed
            """,
            .id(stored.deploymentID), .json(stored.level.json), .span(stored.level.late), .span(stored.level.duration),
            .flag(stored.level.missing != nil), .time(stored.since), .time(stored.judged), .time(stored.completed))
    }

    /// Nothing is expected of a deployment any more.
    public func deleteServiceLevel(of deployment: ID<Deployment>) throws(StorageError) {
        try execute("DELETE FROM service_level WHERE deployment_id = $1", .id(deployment))
    }

    // MARK: - What may be beyond them

    // SQLite joins in the order that CROSS JOIN gives: first the few that execute, or are expected of.

    /// That a run has not been told of already.
    private static func untold(_ kind: ServiceLevel.Kind) -> String {
        """
        NOT EXISTS (
            SELECT 1 FROM level_breach WHERE level_breach.run_id = run.id AND level_breach.kind = '\(kind.rawValue)')
        """
    }

    private static func levelled(_ reader: inout RowReader) throws(StorageError) -> LevelledRun {
        let (id, name): (ID<FlowRun>, String) = (try reader.id(), try reader.text())
        let (begun, ended) = (try reader.time(), try reader.optionalTime())
        return LevelledRun(id: id, name: name, level: try level(&reader), begun: begun, ended: ended)
    }

    /// Runs that execute for longer than they may, and have not been told of.
    public func overlongRuns(at now: Timestamp, limit: Int) throws(StorageError) -> [LevelledRun] {
        try rows(
            """
            SELECT run.id, run.name, run.start_time, run.end_time, \(Self.levelColumns)
            FROM run CROSS JOIN service_level
            WHERE service_level.deployment_id = run.deployment_id
                AND run.state_type IN ('RUNNING', 'PAUSED', 'CANCELLING') AND run.end_time IS NULL
                AND run.start_time + service_level.duration < $1 AND \(Self.untold(.duration))
            ORDER BY run.id LIMIT $2
            """, .time(now), .int(limit)
        ).decoded(Self.levelled)
    }

    /// Runs that ended after `time` and executed for longer than they might, and have not been told of.
    public func runsEndedOverlong(after time: Timestamp, limit: Int) throws(StorageError) -> [LevelledRun] {
        try rows(
            """
            SELECT run.id, run.name, run.start_time, run.end_time, \(Self.levelColumns)
            FROM service_level CROSS JOIN run
            WHERE run.deployment_id = service_level.deployment_id AND service_level.duration IS NOT NULL
                AND run.end_time > $1
                AND run.end_time > service_level.since AND run.end_time - run.start_time > service_level.duration
                AND \(Self.untold(.duration))
            ORDER BY run.id LIMIT $2
            """, .time(time), .int(limit)
        ).decoded(Self.levelled)
    }

    /// Runs that should have begun, since they have been marked late for too long, and have not been told of.
    public func overdueRuns(at now: Timestamp, limit: Int) throws(StorageError) -> [LevelledRun] {
        try rows(
            """
            SELECT run.id, run.name, run_state.timestamp, run.end_time, \(Self.levelColumns)
            FROM service_level CROSS JOIN run CROSS JOIN run_state
            WHERE run.deployment_id = service_level.deployment_id AND run_state.run_id = run.id
                AND run_state.version = run.state_version AND run.state_type = 'SCHEDULED' AND run.state_name = 'Late'
                AND run_state.timestamp + service_level.late < $1 AND \(Self.untold(.late))
            ORDER BY run.id LIMIT $2
            """, .time(now), .int(limit)
        ).decoded(Self.levelled)
    }

    /// When a run will be beyond what is expected of it next, as things are.
    public func nextLevelEnd(after now: Timestamp) throws(StorageError) -> Timestamp? {
        let ends = try rows(
            """
            SELECT MIN(run.start_time + service_level.duration)
            FROM run CROSS JOIN service_level
            WHERE service_level.deployment_id = run.deployment_id AND run.state_type = 'RUNNING'
                AND run.end_time IS NULL AND run.start_time + service_level.duration >= $1
            UNION ALL
            SELECT MIN(run_state.timestamp + service_level.late)
            FROM service_level CROSS JOIN run CROSS JOIN run_state
            WHERE run.deployment_id = service_level.deployment_id AND run_state.run_id = run.id
                AND run_state.version = run.state_version AND run.state_type = 'SCHEDULED' AND run.state_name = 'Late'
                AND run_state.timestamp + service_level.late >= $1
            """, .time(now)
        ).decoded { reader throws(StorageError) in try reader.optionalTime() }
        return ends.compactMap(\.self).min()
    }

    /// When the last run of a deployment completed, after the one time and not after the other.
    public func lastCompletion(
        of deployment: ID<Deployment>, after: Timestamp, through: Timestamp
    ) throws(StorageError) -> Timestamp? {
        try rows(
            """
            SELECT end_time FROM run WHERE deployment_id = $1 AND end_time > $2 AND end_time <= $3
                AND state_type = 'COMPLETED' ORDER BY end_time DESC, id DESC LIMIT 1
            """, .id(deployment), .time(after), .time(through)
        ).decoded { reader throws(StorageError) in try reader.time() }.first
    }

    /// When runs were last looked at; nothing if never.
    public func levelsLooked() throws(StorageError) -> Timestamp? {
        try rows("SELECT looked FROM level_watch WHERE id = 1")
            .decoded { reader throws(StorageError) in try reader.time() }.first
    }

    /// Notes when runs were looked at.
    public func setLevelsLooked(_ time: Timestamp) throws(StorageError) {
        try execute(
            """
            INSERT INTO level_watch (id, looked) VALUES (1, $1)
            ON CONFLICT (id) DO UPDATE SET looked = excluded.looked
            """, .time(time))
    }
}
