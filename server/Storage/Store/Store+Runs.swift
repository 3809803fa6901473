public import Domain
public import JSON

extension Store {
    private static let bodyColumns = """
        run.name, run.flow_id, run.parameters, run.tags, run.labels, run.context,
        run.empirical_policy, run.job_variables, run.idempotency_key, run.priority, run.flow_version,
        run.deployment_version, run.deployment_version_number, run.infrastructure_pid, run.claimant,
        run.created_by, run.auto_scheduled, run.expected_start, run.created, run.updated
        """

    // Text that is needed for every run is put together once.
    private static let selectRun = "SELECT \(headColumns), \(bodyColumns) FROM \(runWithState) WHERE run.id = $1"
    private static let selectRuns = ListStatements(
        "SELECT \(headColumns), \(bodyColumns) FROM \(runWithState) WHERE run.id IN")
    private static let insertRun = """
        INSERT INTO run (id, version, name, flow_id, deployment_id, queue_id, batch_id, parent_task_run_id, lane_id,
            readiness, priority, due, state_type, state_name, state_version, attempt, holder, run_count, failures,
            crashes, start_time, end_time, total_run_time, policy, parameters, tags, labels, context,
            empirical_policy, job_variables, idempotency_key, flow_version, deployment_version,
            deployment_version_number, infrastructure_pid, created_by, auto_scheduled, expected_start, created,
            updated)
        VALUES (\(placeholders(40)))
        """

    /// Runs of a batch that is still being submitted are not there yet.
    static let isVisible = Condition.test(
        "run.batch_id IS NULL OR run.batch_id NOT IN (SELECT batch.id FROM batch WHERE is_visible = FALSE)", [])

    private static func run(_ reader: inout RowReader) throws(StorageError) -> FlowRun {
        let head = try head(&reader)
        return FlowRun(
            id: head.id, name: try reader.text(), flowID: try reader.id(), deploymentID: head.deploymentID,
            queueID: head.queueID, batchID: head.batchID, parentTaskRunID: head.parentTaskRunID,
            version: head.version, machine: head.machine, parameters: try reader.object(),
            tags: try reader.strings(), labels: try reader.object(), context: try reader.object(),
            empiricalPolicy: try reader.object(), jobVariables: try reader.object(),
            idempotencyKey: try reader.optionalText(), priority: try reader.int(),
            flowVersion: try reader.optionalText(), deploymentVersion: try reader.optionalText(),
            deploymentVersionNumber: try reader.optionalInt(), infrastructurePID: try reader.optionalText(),
            claimant: try reader.optionalText(), createdBy: try reader.optionalJSON(),
            isAutoScheduled: try reader.flag(), expectedStart: try reader.time(), created: try reader.time(),
            updated: try reader.time())
    }

    /// The run of that id, also one that is not visible yet.
    public func run(_ id: ID<FlowRun>) throws(StorageError) -> FlowRun? {
        try rows(Self.selectRun, .id(id)).decoded(Self.run).first
    }

    /// Those of the runs that there are, in no order.
    public func runs(_ ids: [ID<FlowRun>]) throws(StorageError) -> [FlowRun] {
        try rows(Self.selectRuns, for: ids).decoded(Self.run)
    }

    /// The run that was submitted with this key before.
    public func run(of flow: ID<Flow>, idempotencyKey key: String) throws(StorageError) -> FlowRun? {
        try rows(
            """
            SELECT \(Self.headColumns), \(Self.bodyColumns) FROM \(Self.runWithState)
            WHERE run.flow_id = $1 AND run.idempotency_key = $2
            """, .id(flow), .text(key)
        ).decoded(Self.run).first
    }

    /// The visible runs that a query asks for.
    public func runs(_ query: Query) throws(StorageError) -> [FlowRun] {
        var visible = query
        visible.condition = .all([query.condition, Self.isVisible])
        return try select("\(Self.headColumns), \(Self.bodyColumns)", from: Self.runWithState, visible)
            .decoded(Self.run)
    }

    /// Adds a run in its first state.
    ///
    /// - Parameter isCounted: false for a run of a batch that is not visible yet; the batch counts them all at once.
    public func insert(
        _ run: FlowRun, lane: Int?, isCounted: Bool = true, at now: Timestamp
    ) throws(StorageError) {
        let (machine, state) = (run.machine, run.machine.state)
        let policy = machine.policy == RunPolicy() ? JSONValue.null : machine.policy.json
        try execute(
            Self.insertRun,
            .id(run.id), .int(run.version), .text(run.name), .id(run.flowID), .id(run.deploymentID), .id(run.queueID),
            .id(run.batchID), .id(run.parentTaskRunID), .int(lane),
            .integer((lane == nil ? .none : Readiness(machine, at: now)).rawValue), .int(run.priority),
            .time(machine.due), .text(state.type.rawValue), .text(state.name), .int(run.version),
            .int(machine.attempt), .id(machine.holder), .int(machine.runCount), .int(machine.failures),
            .int(machine.crashes), .time(machine.startTime), .time(machine.endTime), .span(machine.totalRunTime),
            .json(policy), .json(run.parameters), .strings(run.tags), .json(run.labels), .json(run.context),
            .json(run.empiricalPolicy), .json(run.jobVariables), .text(run.idempotencyKey), .text(run.flowVersion),
            .text(run.deploymentVersion), .int(run.deploymentVersionNumber), .text(run.infrastructurePID),
            .json(run.createdBy),
            .flag(run.isAutoScheduled), .time(run.expectedStart), .time(run.created), .time(run.updated))
        try append(state, to: run.id, version: run.version)
        guard isCounted else { return }
        for scope in TallyScope.scopes(queue: run.queueID, batch: run.batchID) {
            addToTally(scope, state.type, 1)
        }
        if let lane { try openLane(lane) }
    }

    /// Stores what clients may change of a run beside its state.
    public func updateBody(of run: FlowRun, at now: Timestamp) throws(StorageError) {
        let changed = try change(
            """
            UPDATE run SET version = version + 1, name = $1, parameters = $2, tags = $3, labels = $4, context = $5,
                empirical_policy = $6, job_variables = $7, flow_version = $8, infrastructure_pid = $9, updated = $10
            WHERE id = $11 AND version = $12
            """,
            .text(run.name), .json(run.parameters), .strings(run.tags), .json(run.labels), .json(run.context),
            .json(run.empiricalPolicy), .json(run.jobVariables), .text(run.flowVersion),
            .text(run.infrastructurePID), .time(now), .id(run.id), .int(run.version))
        guard changed == 1 else { throw .conflict("run \(run.id)") }
    }

    /// Sets the labels of a run, which no decision depends on.
    public func setLabels(of run: ID<FlowRun>, to labels: JSONObject) throws(StorageError) {
        try execute("UPDATE run SET labels = $1 WHERE id = $2", .json(labels), .id(run))
    }

    /// Forgets a run, its history and its attempts; and its batch, if that has no other runs.
    public func deleteRun(_ head: RunHead) throws(StorageError) {
        for table in ["run_state", "attempt", "run_fire"] {
            try execute("DELETE FROM \(table) WHERE run_id = $1", .id(head.id))
        }
        try dropLease(of: head.id)
        try deleteTaskRuns(of: head.id)
        try execute("DELETE FROM run WHERE id = $1", .id(head.id))
        // (What is pruned stays in the tally of its batch: a batch tells what came of all of its runs.)
        for scope in TallyScope.scopes(queue: head.queueID, batch: head.batchID) {
            addToTally(scope, head.machine.state.type, -1)
        }
        if let batch = head.batchID { try removeIfEmpty(batch) }
    }

    /// The visible runs that a condition holds for, by their ids, after `cursor`: `limit` at most.
    public func runIDs(
        where condition: Condition, after cursor: ID<FlowRun>? = nil, limit: Int
    ) throws(StorageError) -> [ID<FlowRun>] {
        let rest = cursor.map { Condition.test("id > ?", [.id($0)]) } ?? .always
        return try select("id", from: "run", Query(.all([condition, rest, Self.isVisible]), limit: limit))
            .decoded { reader throws(StorageError) in try reader.id() }
    }

    /// The ids of the visible runs that a query asks for.
    public func runIDs(_ query: Query) throws(StorageError) -> [ID<FlowRun>] {
        var visible = query
        visible.condition = .all([query.condition, Self.isVisible])
        return try select("run.id", from: "run", visible).decoded { reader throws(StorageError) in try reader.id() }
    }

    /// The runs whose id begins with `prefix`: two at most, which is enough to tell that it is ambiguous.
    public func runIDs(beginningWith prefix: String) throws(StorageError) -> [ID<FlowRun>] {
        let query = Query(.hasPrefix("id", prefix), limit: 2)
        return try select("id", from: "run", query).decoded { reader throws(StorageError) in try reader.id() }
    }
}

extension Store {
    /// What a client sent of a run's own retries.
    public func empiricalPolicy(of run: ID<FlowRun>) throws(StorageError) -> JSONObject {
        try rows("SELECT empirical_policy FROM run WHERE id = $1", .id(run))
            .decoded { reader throws(StorageError) in try reader.object() }.first ?? [:]
    }

    /// Keeps what has become of a run's own retries and pauses.
    public func setEmpiricalPolicy(of run: ID<FlowRun>, to policy: JSONObject) throws(StorageError) {
        try execute("UPDATE run SET empirical_policy = $1 WHERE id = $2", .json(policy), .id(run))
    }
}
