public import Domain
import JSON

/// A schedule whose runs are to be made.
public struct PendingExpansion: Sendable {
    public let schedule: DeploymentSchedule
    /// Since when.
    public let due: Timestamp
    /// Its last run that was made; nothing if they are to be made anew.
    public let expandedUntil: Timestamp?
}

extension Store {
    private static let scheduleColumns = """
        id, deployment_id, schedule, daylight_saving, is_active, max_scheduled_runs, parameters, slug, missed, overlap,
        jitter, created, updated
        """

    private static func schedule(_ reader: inout RowReader) throws(StorageError) -> DeploymentSchedule {
        DeploymentSchedule(
            id: try reader.id(), deploymentID: try reader.id(),
            schedule: try schedule(try reader.optionalJSON(), try reader.optionalJSON()), isActive: try reader.flag(),
            maxScheduledRuns: try reader.optionalInt(), parameters: try reader.object(),
            slug: try reader.optionalText(), missed: try missed(try reader.optionalJSON()),
            overlap: try overlap(try reader.text()), jitter: .microseconds(try reader.int()),
            created: try reader.time(), updated: try reader.time())
    }

    private static func missed(_ value: JSONValue?) throws(StorageError) -> MissedRuns? {
        guard let value else { return nil }
        do {
            return try MissedRuns(reading: JSONReader(value))
        } catch {
            throw .corrupt("what a schedule does with missed runs cannot be read: \(error)")
        }
    }

    private static func overlap(_ text: String) throws(StorageError) -> Overlap {
        guard let overlap = Overlap(rawValue: text) else {
            throw .corrupt("what a schedule does with overlapping runs cannot be read: \(text)")
        }
        return overlap
    }

    private static func schedule(
        _ value: JSONValue?, _ daylightSaving: JSONValue?
    ) throws(StorageError) -> Schedule {
        do {
            var schedule = try Schedule(reading: JSONReader(value ?? .null))
            if let daylightSaving {
                schedule.daylightSaving = try DaylightSaving(reading: JSONReader(daylightSaving))
            }
            return schedule
        } catch {
            throw .corrupt("a deployment's schedule cannot be read: \(error)")
        }
    }

    /// Nothing where it is the ordinary one.
    private static func daylightSaving(of schedule: DeploymentSchedule) -> SQLValue {
        let rule = schedule.schedule.daylightSaving
        return .json(rule == DaylightSaving() ? nil : rule.json)
    }

    /// A deployment's schedules, the one that was changed last first.
    public func schedules(of deployment: ID<Deployment>) throws(StorageError) -> [DeploymentSchedule] {
        try rows(
            """
            SELECT \(Self.scheduleColumns) FROM deployment_schedule WHERE deployment_id = $1
            ORDER BY updated DESC, id DESC
            """, .id(deployment)
        ).decoded(Self.schedule)
    }

    /// The schedule of that id.
    public func schedule(_ id: ID<DeploymentSchedule>) throws(StorageError) -> DeploymentSchedule? {
        try rows("SELECT \(Self.scheduleColumns) FROM deployment_schedule WHERE id = $1", .id(id))
            .decoded(Self.schedule).first
    }

    /// Adds a schedule. None of its runs are made yet: see `restartExpansion`.
    public func insert(_ schedule: DeploymentSchedule) throws(StorageError) {
        try execute(
            "INSERT INTO deployment_schedule (\(Self.scheduleColumns)) VALUES (\(placeholders(13)))",
            .id(schedule.id), .id(schedule.deploymentID), .json(schedule.schedule.json),
            Self.daylightSaving(of: schedule), .flag(schedule.isActive), .int(schedule.maxScheduledRuns),
            .json(schedule.parameters), .text(schedule.slug), .json(schedule.missed?.json),
            .text(schedule.overlap.rawValue), .integer(schedule.jitter.wholeMicroseconds), .time(schedule.created),
            .time(schedule.updated))
    }

    /// Stores a schedule as it is now.
    public func update(_ schedule: DeploymentSchedule) throws(StorageError) {
        try execute(
            """
            UPDATE deployment_schedule SET schedule = $1, daylight_saving = $2, is_active = $3,
                max_scheduled_runs = $4, parameters = $5, slug = $6, updated = $7, missed = $8, overlap = $9,
                jitter = $10
            WHERE id = $11
            """,
            .json(schedule.schedule.json), Self.daylightSaving(of: schedule), .flag(schedule.isActive),
            .int(schedule.maxScheduledRuns), .json(schedule.parameters), .text(schedule.slug),
            .time(schedule.updated), .json(schedule.missed?.json), .text(schedule.overlap.rawValue),
            .integer(schedule.jitter.wholeMicroseconds), .id(schedule.id))
    }

    /// Forgets a schedule; its runs stay.
    public func deleteSchedule(_ id: ID<DeploymentSchedule>) throws(StorageError) {
        try execute("DELETE FROM deployment_schedule WHERE id = $1", .id(id))
    }

    /// Forgets a deployment's schedules; their runs stay.
    public func deleteSchedules(of deployment: ID<Deployment>) throws(StorageError) {
        try execute("DELETE FROM deployment_schedule WHERE deployment_id = $1", .id(deployment))
    }
}

// MARK: - Their runs

extension Store {
    /// Lets the runs of a deployment's schedules be made anew from now on, or none while it or they are paused.
    public func restartExpansion(of deployment: ID<Deployment>, at now: Timestamp) throws(StorageError) {
        try execute(
            """
            UPDATE deployment_schedule SET expanded_until = NULL, next_expansion = CASE
                WHEN is_active = TRUE AND EXISTS (
                    SELECT 1 FROM deployment WHERE deployment.id = $1 AND deployment.is_paused = FALSE) THEN $2 END
            WHERE deployment_id = $1
            """, .id(deployment), .time(now))
    }

    /// The schedules whose runs are to be made by now: `limit` at most.
    public func pendingExpansions(at now: Timestamp, limit: Int) throws(StorageError) -> [PendingExpansion] {
        try rows(
            """
            SELECT \(Self.scheduleColumns), next_expansion, expanded_until FROM deployment_schedule
            WHERE next_expansion IS NOT NULL AND next_expansion <= $1 ORDER BY next_expansion LIMIT $2
            """, .time(now), .int(limit)
        ).decoded { reader throws(StorageError) in
            PendingExpansion(
                schedule: try Self.schedule(&reader), due: try reader.time(),
                expandedUntil: try reader.optionalTime())
        }
    }

    /// When the next schedule needs runs.
    public func nextExpansion() throws(StorageError) -> Timestamp? {
        try rows("SELECT min(next_expansion) FROM deployment_schedule WHERE next_expansion IS NOT NULL")
            .decoded { reader throws(StorageError) in try reader.optionalTime() }.first ?? nil
    }

    /// Notes that runs up to `end` have been made, and when more are needed.
    ///
    /// - Returns: false if the schedule is not any more what it was: then nothing is noted.
    public func settle(
        _ pending: PendingExpansion, until end: Timestamp?, next: Timestamp
    ) throws(StorageError) -> Bool {
        try !rows(
            """
            UPDATE deployment_schedule SET expanded_until = $1, next_expansion = $2
            WHERE id = $3 AND next_expansion = $4 AND expanded_until IS NOT DISTINCT FROM $5 AND updated = $6
            RETURNING id
            """,
            .time(end), .time(next), .id(pending.schedule.id), .time(pending.due), .time(pending.expandedUntil),
            .time(pending.schedule.updated)
        ).isEmpty
    }

    /// The runs that schedules have made of a deployment and that nobody has begun. One that waits for a slot only has
    /// begun as well.
    ///
    /// - Parameters:
    ///   - schedule: only those of this one.
    ///   - time: only those that are due later.
    public func scheduledRuns(
        of deployment: ID<Deployment>, by schedule: DeploymentSchedule? = nil, dueAfter time: Timestamp? = nil
    ) throws(StorageError) -> [ID<FlowRun>] {
        let prefix = schedule?.keyPrefix ?? "scheduled \(deployment) "
        return try rows(
            """
            SELECT id FROM run
            WHERE deployment_id = $1 AND auto_scheduled = TRUE AND state_type = 'SCHEDULED' AND due > $2
                AND state_name <> 'AwaitingConcurrencySlot' AND run_count = 0 AND holder IS NULL
                AND idempotency_key >= $3 AND idempotency_key < $4
            """, .id(deployment), .time(time ?? Timestamp(microseconds: .min)), .text(prefix), .text(prefix + "~")
        ).decoded { reader throws(StorageError) in try reader.id() }
    }
}
