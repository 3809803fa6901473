public import Domain
import JSON

extension Store {
    static let headColumns = """
        run.id, run.version, run.deployment_id, run.queue_id, run.batch_id, run.lane_id, run.parent_task_run_id,
        run.attempt, run.holder,
        run.run_count, run.failures, run.crashes, run.start_time, run.end_time, run.total_run_time, run.policy,
        run_state.id, run_state.type, run_state.name, run_state.timestamp, run_state.message, run_state.data,
        run_state.details, run.has_made_runs
        """

    static let runWithState =
        "run JOIN run_state ON run_state.run_id = run.id AND run_state.version = run.state_version"

    // Text that is needed for every run is put together once.
    private static let selectHead = "SELECT \(headColumns) FROM \(runWithState) WHERE run.id = $1"
    private static let insertState = """
        INSERT INTO run_state (run_id, version, id, type, name, timestamp, message, data, details)
        VALUES (\(placeholders(9)))
        """

    static func head(_ reader: inout RowReader) throws(StorageError) -> RunHead {
        let (id, version) = (try reader.id(FlowRun.self), try reader.int())
        let (deploymentID, queueID) = (try reader.optionalID(Deployment.self), try reader.optionalID(WorkQueue.self))
        let (batchID, laneID) = (try reader.optionalID(Batch.self), try reader.optionalInt())
        let parent = try reader.optionalID(TaskRun.self)
        let (attempt, holder) = (try reader.int(), try reader.optionalID(Agent.self))
        let (runCount, failures, crashes) = (try reader.int(), try reader.int(), try reader.int())
        let (startTime, endTime) = (try reader.optionalTime(), try reader.optionalTime())
        let totalRunTime = try reader.span()
        let policy = try policy(try reader.optionalJSON())
        let state = try state(&reader)
        let machine = RunMachine(
            state: state, attempt: attempt, holder: holder, runCount: runCount, failures: failures, crashes: crashes,
            startTime: startTime, endTime: endTime, totalRunTime: totalRunTime, policy: policy)
        var head = RunHead(
            id: id, version: version, deploymentID: deploymentID, queueID: queueID, batchID: batchID, laneID: laneID,
            parentTaskRunID: parent, machine: machine)
        head.hasMadeRuns = try reader.flag()
        return head
    }

    static func state(_ reader: inout RowReader) throws(StorageError) -> RunState {
        let (id, typeName) = (try reader.id(RunState.self), try reader.text())
        guard let type = StateType(rawValue: typeName) else { throw .corrupt("no state has the type \(typeName)") }
        return RunState(
            id: id, type: type, name: try reader.text(), timestamp: try reader.time(),
            message: try reader.optionalText(), data: try reader.optionalJSON(),
            details: StateDetails(try reader.object()))
    }

    private static func policy(_ value: JSONValue?) throws(StorageError) -> RunPolicy {
        guard let value else { return RunPolicy() }
        do {
            return try RunPolicy(reading: JSONReader(value))
        } catch {
            throw .corrupt("a run's policy cannot be read: \(error)")
        }
    }

    /// What a decision about the run needs to know.
    public func head(_ id: ID<FlowRun>) throws(StorageError) -> RunHead? {
        try rows(Self.selectHead, .id(id)).decoded(Self.head).first
    }

    /// Stores what a run has become, with everything that its machine asked for: its state is appended to its
    /// history, leases are granted and released, tallies follow. The effects may be those of several events: each state
    /// that was entered is in the history, with a version of its own.
    ///
    /// - Parameters:
    ///   - machine: what it has become.
    ///   - head: what it was when that was decided.
    ///   - leaseTime: now, on the clock that leases are counted by.
    /// - Throws: `StorageError.conflict` when the run was changed since.
    public func save(
        _ machine: RunMachine, over head: RunHead, _ effects: [RunEffect], at now: Timestamp,
        leasesFrom leaseTime: Timestamp
    ) throws(StorageError) {
        let states = effects.count { if case .enter = $0 { true } else { false } }
        let version = head.version + max(1, states)
        let entersState = machine.state.id != head.machine.state.id
        let readiness = head.laneID == nil ? .none : Readiness(machine, at: now)
        let changed = try change(
            """
            UPDATE run SET version = $1, readiness = $2, due = $3, state_type = $4, state_name = $5,
                state_version = CASE WHEN $6 THEN $1 ELSE state_version END, attempt = $7, holder = $8, run_count = $9,
                failures = $10, crashes = $11, start_time = $12, end_time = $13, total_run_time = $14, updated = $15
            WHERE id = $16 AND version = $17
            """,
            .int(version), .integer(readiness.rawValue), .time(machine.due), .text(machine.state.type.rawValue),
            .text(machine.state.name), .flag(entersState), .int(machine.attempt), .id(machine.holder),
            .int(machine.runCount), .int(machine.failures), .int(machine.crashes), .time(machine.startTime),
            .time(machine.endTime), .span(machine.totalRunTime), .time(now), .id(head.id), .int(head.version))
        guard changed == 1 else { throw .conflict("run \(head.id)") }
        var stateVersion = head.version
        for effect in effects {
            switch effect {
            case .enter(let state):
                stateVersion += 1
                try append(state, to: head.id, version: stateVersion)
            case .grantLease(let attempt, let agent):
                try grantLease(
                    head, attempt, to: agent, machine.policy.lease, at: now, until: leaseTime + machine.policy.lease)
            case .releaseLease(let attempt, let outcome): try releaseLease(head.id, attempt, outcome, now)
            case .stop: break
            }
        }
        if readiness != .none, let lane = head.laneID { try openLane(lane) }
        moveTally(head, from: head.machine.state.type, to: machine.state.type)
    }

    func append(_ state: RunState, to run: ID<FlowRun>, version: Int) throws(StorageError) {
        try execute(
            Self.insertState, .id(run), .int(version), .id(state.id), .text(state.type.rawValue), .text(state.name),
            .time(state.timestamp), .text(state.message), .json(state.data), .json(state.details.fields))
    }

    /// A run's states, the oldest first.
    public func history(of run: ID<FlowRun>) throws(StorageError) -> [RunState] {
        try rows(
            """
            SELECT id, type, name, timestamp, message, data, details FROM run_state WHERE run_id = $1 ORDER BY version
            """, .id(run)
        ).decoded(Self.state)
    }
}

// MARK: - Tallies

extension Store {
    private func moveTally(_ head: RunHead, from old: StateType, to new: StateType) {
        guard old != new else { return }
        for scope in TallyScope.scopes(queue: head.queueID, batch: head.batchID) {
            addToTally(scope, old, -1)
            addToTally(scope, new, 1)
        }
    }

    func addToTally(_ scope: String, _ type: StateType, _ runs: Int) { tallies.add(runs, to: scope, type) }

    /// Writes what this transaction has counted.
    func writeTallies() throws(StorageError) {
        var values: [SQLValue] = []
        for (scope, types) in tallies.take() {
            for (type, runs) in types where runs != 0 {
                values += [.text(scope), .text(type.rawValue), .int(runs)]
            }
        }
        while !values.isEmpty {
            let rows = min(values.count / 3, Self.addTallies.count)
            _ = try connection.run(Self.addTallies[rows - 1], Array(values.prefix(rows * 3)))
            values.removeFirst(rows * 3)
        }
    }

    /// To add to one tally, to two, and so on.
    private static let addTallies = (1...12).map { rows in
        let values = (0..<rows).map { "(\(placeholders(3, after: $0 * 3)))" }.joined(separator: ", ")
        return """
            INSERT INTO tally (scope, state_type, runs) VALUES \(values)
            ON CONFLICT (scope, state_type) DO UPDATE SET runs = tally.runs + excluded.runs
            """
    }

    /// Forgets how many runs of `scope` there are.
    func removeTally(_ scope: String) throws(StorageError) {
        try writeTallies()
        try execute("DELETE FROM tally WHERE scope = $1", .text(scope))
    }

    /// How many runs of `scope` are in which type of state.
    public func tally(_ scope: String) throws(StorageError) -> [StateType: Int] {
        try writeTallies()
        let pairs = try rows("SELECT state_type, runs FROM tally WHERE scope = $1 AND runs > 0", .text(scope))
            .decoded { reader throws(StorageError) in (try reader.text(), try reader.int()) }
        return Dictionary(
            pairs.compactMap { name, runs in StateType(rawValue: name).map { ($0, runs) } }, uniquingKeysWith: +)
    }

    /// The same over all runs.
    public func tally() throws(StorageError) -> [StateType: Int] {
        try writeTallies()
        let pairs = try rows(
            """
            SELECT state_type, CAST(sum(runs) AS BIGINT) FROM tally WHERE scope NOT LIKE 'batch:%'
            GROUP BY state_type HAVING sum(runs) > 0
            """
        ).decoded { reader throws(StorageError) in (try reader.text(), try reader.int()) }
        return Dictionary(
            pairs.compactMap { name, runs in StateType(rawValue: name).map { ($0, runs) } }, uniquingKeysWith: +)
    }
}

/// What a transaction has counted and not written yet: a tally is written once for all the runs that it moves.
final class TallyLedger {
    private var changes: [String: [StateType: Int]] = [:]

    func add(_ runs: Int, to scope: String, _ type: StateType) {
        changes[scope, default: [:]][type, default: 0] += runs
    }

    func take() -> [String: [StateType: Int]] {
        defer { changes = [:] }
        return changes
    }
}

/// What runs are counted by. Each run is in one scope of its queue, and in that of its batch if it has one.
public enum TallyScope {
    /// The runs of a queue, or those that wait in none.
    public static func queue(_ id: ID<WorkQueue>?) -> String { id.map { "queue:\($0)" } ?? "queue:none" }
    /// The runs of a batch.
    public static func batch(_ id: ID<Batch>) -> String { "batch:\(id)" }

    static func scopes(queue: ID<WorkQueue>?, batch: ID<Batch>?) -> [String] {
        [self.queue(queue)] + (batch.map { [self.batch($0)] } ?? [])
    }
}
