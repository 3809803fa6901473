public import Domain

/// The time that a run is for.
public struct RunFire: Sendable, Hashable {
    /// Nothing for a run that no schedule has made.
    public var scheduleID: ID<DeploymentSchedule>?
    public var fire: Timestamp
    public var interval: DataInterval

    public init(scheduleID: ID<DeploymentSchedule>?, fire: Timestamp, interval: DataInterval) {
        self.scheduleID = scheduleID
        self.fire = fire
        self.interval = interval
    }
}

/// Where runs of schedules wait that are not to start before they have been judged. No agent and no worker is served
/// from there.
public enum FireGate: String, Sendable {
    /// They have not been judged: they wait for their time.
    case gate
    /// They wait for the end of earlier runs of their schedule.
    case held
}

extension Store {
    private static let fireColumns = "schedule_id, fire, interval_start, interval_end"
    private static let selectFires = ListStatements("SELECT run_id, \(fireColumns) FROM run_fire WHERE run_id IN")

    private static func fire(_ reader: inout RowReader) throws(StorageError) -> RunFire {
        RunFire(
            scheduleID: try reader.optionalID(), fire: try reader.time(),
            interval: DataInterval(start: try reader.time(), end: try reader.time()))
    }

    /// Notes which time a run is for.
    public func insert(_ fire: RunFire, of run: FlowRun) throws(StorageError) {
        try execute(
            """
            INSERT INTO run_fire (run_id, deployment_id, schedule_id, fire, interval_start, interval_end, is_open)
            VALUES (\(placeholders(7)))
            """,
            .id(run.id), .id(run.deploymentID), .id(fire.scheduleID), .time(fire.fire), .time(fire.interval.start),
            .time(fire.interval.end), .flag(fire.scheduleID != nil))
    }

    /// The time that a run is for, if it is for any.
    public func fire(of run: ID<FlowRun>) throws(StorageError) -> RunFire? {
        try rows("SELECT \(Self.fireColumns) FROM run_fire WHERE run_id = $1", .id(run)).decoded(Self.fire).first
    }

    /// The times that runs are for, of those that are for any.
    public func fires(of runs: [ID<FlowRun>]) throws(StorageError) -> [ID<FlowRun>: RunFire] {
        let found = try rows(Self.selectFires, for: runs).decoded { reader throws(StorageError) in
            (try reader.id(FlowRun.self), try Self.fire(&reader))
        }
        return Dictionary(found) { $1 }
    }

    func deleteFire(of run: ID<FlowRun>) throws(StorageError) {
        try execute("DELETE FROM run_fire WHERE run_id = $1", .id(run))
    }

    /// The types of the states that a deployment's runs for these intervals are in.
    public func stateTypes(
        of deployment: ID<Deployment>, _ intervals: [DataInterval]
    ) throws(StorageError) -> [DataInterval: [StateType]] {
        guard let first = intervals.first, let last = intervals.last else { return [:] }
        let found = try rows(
            """
            SELECT run_fire.interval_start, run_fire.interval_end, run.state_type
            FROM run_fire JOIN run ON run.id = run_fire.run_id
            WHERE run_fire.deployment_id = $1 AND run_fire.interval_start >= $2 AND run_fire.interval_start <= $3
            """, .id(deployment), .time(first.start), .time(last.start)
        ).decoded { reader throws(StorageError) in
            (DataInterval(start: try reader.time(), end: try reader.time()), StateType(rawValue: try reader.text()))
        }
        var types: [DataInterval: [StateType]] = [:]
        for (interval, type) in found { if let type { types[interval, default: []].append(type) } }
        return types
    }

    // MARK: - Runs that are judged

    /// The lane behind which the runs of a queue, or of no queue, wait to be judged.
    public func gate(_ gate: FireGate, queue: ID<WorkQueue>?) throws(StorageError) -> Int {
        try lane(queue: queue, deployment: nil, batch: nil, claimants: gate.rawValue, isOpen: true)
    }

    /// The runs whose time has come and that have not been judged: those that are due first, first.
    public func runsAtGate(limit: Int) throws(StorageError) -> [ID<FlowRun>] {
        try rows(
            """
            SELECT run.id FROM lane JOIN run ON run.lane_id = lane.id AND run.readiness = 2
            WHERE lane.claimants = 'gate' ORDER BY run.due, run.id LIMIT $1
            """, .int(limit)
        ).decoded { reader throws(StorageError) in try reader.id() }
    }

    /// The schedules that have runs which wait for the end of earlier ones.
    public func schedulesWithHeldRuns() throws(StorageError) -> [ID<DeploymentSchedule>] {
        try rows(
            """
            SELECT DISTINCT run_fire.schedule_id FROM lane
            JOIN run ON run.lane_id = lane.id AND run.readiness = 2 JOIN run_fire ON run_fire.run_id = run.id
            WHERE lane.claimants = 'held'
            """
        ).decoded { reader throws(StorageError) in try reader.optionalID(DeploymentSchedule.self) }.compactMap(\.self)
    }

    /// The first run of a schedule that waits for the end of earlier ones.
    public func firstHeldRun(of schedule: ID<DeploymentSchedule>) throws(StorageError) -> ID<FlowRun>? {
        try rows(
            """
            SELECT run.id FROM run_fire JOIN run ON run.id = run_fire.run_id AND run.readiness = 2
            JOIN lane ON lane.id = run.lane_id AND lane.claimants = 'held'
            WHERE run_fire.schedule_id = $1 AND run_fire.is_open = TRUE ORDER BY run_fire.fire LIMIT 1
            """, .id(schedule)
        ).decoded { reader throws(StorageError) in try reader.id(FlowRun.self) }.first
    }

    /// Whether a run waits for the end of earlier ones.
    public func isHeld(_ run: ID<FlowRun>) throws(StorageError) -> Bool {
        try !rows(
            """
            SELECT 1 FROM run JOIN lane ON lane.id = run.lane_id WHERE run.id = $1 AND lane.claimants = 'held'
            """, .id(run)
        ).isEmpty
    }

    /// The earlier runs of a schedule that have not ended: the earliest first.
    public func unfinishedRuns(
        of schedule: ID<DeploymentSchedule>, before fire: Timestamp
    ) throws(StorageError) -> [ID<FlowRun>] {
        let found = try rows(
            """
            SELECT run.id, run.end_time FROM run_fire JOIN run ON run.id = run_fire.run_id
            WHERE run_fire.schedule_id = $1 AND run_fire.is_open = TRUE AND run_fire.fire < $2 ORDER BY run_fire.fire
            """, .id(schedule), .time(fire)
        ).decoded { reader throws(StorageError) in (try reader.id(FlowRun.self), try reader.optionalTime()) }
        return found.filter { $0.1 == nil }.map(\.0)
    }

    /// Notes that the runs of a schedule up to `fire` which have ended need not be looked at any more.
    public func closeEndedFires(of schedule: ID<DeploymentSchedule>, before fire: Timestamp) throws(StorageError) {
        try execute(
            """
            UPDATE run_fire SET is_open = FALSE WHERE schedule_id = $1 AND is_open = TRUE AND fire < $2
                AND EXISTS (SELECT 1 FROM run WHERE run.id = run_fire.run_id AND run.end_time IS NOT NULL)
            """, .id(schedule), .time(fire))
    }

    /// Lets a run that was judged wait in another lane, or in none.
    public func move(judged run: ID<FlowRun>, to lane: Int?) throws(StorageError) {
        try execute(
            "UPDATE run SET lane_id = $1, readiness = CASE WHEN $1 IS NULL THEN 0 ELSE readiness END WHERE id = $2",
            .int(lane), .id(run))
        if let lane { try openLane(lane) }
    }
}
