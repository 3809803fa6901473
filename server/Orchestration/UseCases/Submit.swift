public import Domain
public import JSON
import Storage

/// A run as it is wanted.
public struct RunRequest: Sendable {
    /// Laid over the deployment's defaults.
    public var parameters: JSONObject = [:]
    /// Nothing for one that is made up.
    public var name: String?
    public var tags: [String] = []
    public var labels: JSONObject = [:]
    public var context: JSONObject = [:]
    public var jobVariables: JSONObject = [:]
    public var empiricalPolicy: JSONObject = [:]
    /// A second request of the same flow with this key makes no second run.
    public var idempotencyKey: String?
    /// When it is due; nothing for now.
    public var due: Timestamp?
    /// A queue of the deployment's pool; nothing for the deployment's own.
    public var queueName: String?
    /// Nothing for the deployment's own.
    public var priority: Int?
    public var parentTaskRunID: ID<TaskRun>?
    /// The state that a client wants it to begin in; nothing for SCHEDULED.
    public var initialState: RunState?
    public var flowVersion: String?
    /// Whether its parameters must satisfy the deployment's schema; nothing for what the deployment says.
    public var enforcesParameterSchema: Bool?
    public var createdBy: JSONValue?
    /// Whether a schedule wants it.
    var isAutoScheduled = false
    /// The time that it is for, if it is for any.
    var fire: RunFire?
    /// Whether its schedule judges it when its time has come.
    var isJudged = false

    public init() {}
}

/// What became of a request for a run.
public struct Submission: Sendable {
    /// The run, as it was when it was queued.
    public let run: DescribedRun
    /// A repeated idempotency key is answered with the first run.
    public let isNew: Bool
    /// An agent has it already.
    public let isGranted: Bool
}

extension Orchestrator {
    /// Queues a run of a deployment.
    ///
    /// - Throws: `OrchestrationError.invalidParameters` and the like: a bad value is refused here, not at the agent.
    public func submit(
        _ request: RunRequest, to id: ID<Deployment>
    ) async throws -> Submission {
        let known = try await knownDeployment(id)
        let parameters = try known.parameters(for: request)
        return try await change { change in
            let newest = try change.deployments.deployment(id, in: change.store)
            // It may have changed since the parameters were checked.
            let isSame = newest.deployment.updated == known.deployment.updated
            let (run, isNew) = try change.submit(request, to: newest, isSame ? parameters : nil)
            return try change.submission(of: run, isNew: isNew)
        }
    }

    /// Queues runs of a deployment in one transaction. One that is refused does not keep the others from being queued.
    ///
    /// - Returns: for each request its run, or why it is refused.
    /// - Throws: `OrchestrationError.notFound` when there is no such deployment.
    public func submit(
        each requests: [RunRequest], to id: ID<Deployment>
    ) async throws -> [Result<ID<FlowRun>, OrchestrationError>] {
        try await change { change in
            let known = try change.deployments.deployment(id, in: change.store)
            return try requests.map { request in
                do {
                    return .success(try change.submit(request, to: known, nil).run.id)
                } catch let error as OrchestrationError {
                    return .failure(error)
                }
            }
        }
    }

    /// A deployment as it was lately: a transaction that follows has to look whether it still is like that.
    private func knownDeployment(_ id: ID<Deployment>) async throws -> KnownDeployment {
        if let known = deployments.latest(id) { return known }
        return try await database.read { [deployments] in try deployments.deployment(id, in: $0) }
    }

    /// Records a run of a flow that some process executes by itself.
    ///
    /// - Parameter speaker: the attempt whose process that is, if it is one's: the run ends with it.
    public func recordRun(
        of flow: ID<Flow>, _ request: RunRequest, by speaker: AttemptName? = nil
    ) async throws -> Submission {
        try await change { change in
            try change.store.requireLiving(speaker)
            _ = try change.store.flow(flow).orNotFound("Flow", flow)
            if let key = request.idempotencyKey, let run = try change.store.run(of: flow, idempotencyKey: key) {
                return try change.submission(of: run, isNew: false)
            }
            let state = request.initialState ?? change.firstState(type: .pending, due: nil)
            let run = FlowRun(
                id: change.surroundings.newID(), name: request.name ?? RunNames.make(change.surroundings),
                flowID: flow, parentTaskRunID: request.parentTaskRunID,
                machine: RunMachine(beginningIn: state, policy: RunPolicy()), parameters: request.parameters,
                tags: request.tags, labels: request.labels, context: request.context,
                empiricalPolicy: request.empiricalPolicy, jobVariables: request.jobVariables,
                idempotencyKey: request.idempotencyKey, flowVersion: request.flowVersion,
                createdBy: request.createdBy, expectedStart: state.details.scheduledTime ?? change.now,
                created: change.now, updated: change.now)
            try change.store.insert(run, lane: nil, at: change.now)
            if let speaker { try change.store.setMaker(of: run.id, to: speaker.run) }
            try change.noteEntered(state, run.id, batch: nil, parent: run.parentTaskRunID)
            return try change.submission(of: run, isNew: true)
        }
    }
}

extension KnownDeployment {
    /// The parameters that a run will have: its own over the deployment's defaults over those of the schema.
    ///
    /// - Throws: `OrchestrationError.invalidParameters` or `.missingParameter`.
    func parameters(for request: RunRequest) throws -> JSONObject {
        var merged = deployment.parameters.merging(request.parameters)
        guard let schema else {
            try checkCommand(merged)
            return merged
        }
        if deployment.execution != nil {
            // A Python flow has its defaults in its code; a command has them nowhere but here.
            merged = schema.applyingDefaults(to: .object(merged)).objectValue ?? merged
        }
        if request.enforcesParameterSchema ?? deployment.enforcesParameterSchema {
            let violations = schema.validate(.object(merged))
            guard violations.isEmpty else { throw OrchestrationError.invalidParameters(violations) }
        }
        try checkCommand(merged)
        return merged
    }

    private func checkCommand(_ parameters: JSONObject) throws {
        guard let execution = deployment.execution else { return }
        do {
            try execution.command.check(parameters)
        } catch {
            throw OrchestrationError.missingParameter(error)
        }
    }
}

extension Change {
    /// Stores a run, or finds the one that was submitted with its key before. What is refused has stored nothing.
    ///
    /// - Parameter parameters: nothing for those that are yet to be checked.
    mutating func submit(
        _ request: RunRequest, to known: KnownDeployment, _ parameters: JSONObject?
    ) throws -> (run: FlowRun, isNew: Bool) {
        let flow = known.deployment.flowID
        if let key = request.idempotencyKey, let run = try store.run(of: flow, idempotencyKey: key) {
            return (run, false)
        }
        try checkJobVariables(of: known.deployment, request)
        let run = try makeRun(of: known, request, try parameters ?? known.parameters(for: request))
        let lane =
            request.isJudged
            ? try store.gate(.gate, queue: run.queueID)
            : try lane(of: known.deployment, queue: run.queueID, batch: nil, tags: run.tags)
        try store.insert(run, lane: lane, at: now)
        if let fire = request.fire { try store.insert(fire, of: run) }
        try noteEntered(run.state, run.id, batch: nil, parent: run.parentTaskRunID)
        noteWaiting(run.id, run.machine, in: run.queueID)
        return (run, true)
    }

    /// A run begins with all that its pool's template requires.
    private func checkJobVariables(of deployment: Deployment, _ request: RunRequest) throws {
        guard let template = try jobTemplate(of: deployment), !template.isEmpty else { return }
        try deployments.check(
            [deployment.jobVariables, request.jobVariables], against: template, isComplete: true, "creating flow run")
    }

    /// Describes the run here, where all that belongs to it is at hand: a reader would take longer than the rest of the
    /// submission, and be in the way of the agent that begins to execute it.
    fileprivate mutating func submission(of run: FlowRun, isNew: Bool) throws -> Submission {
        var describer = Describer(store: store, deployments: deployments, now: now)
        let described = try describer.describe(run)
        try grantWhatBecameReady()
        return Submission(run: described, isNew: isNew, isGranted: claimed.contains { $0.run.id == run.id })
    }

    func firstState(type: StateType, due: Timestamp?, message: String? = nil) -> RunState {
        var details = StateDetails()
        details.scheduledTime = due
        return RunState(id: surroundings.newID(), type: type, timestamp: now, message: message, details: details)
    }

    /// A run of a deployment, not stored yet.
    mutating func makeRun(
        of known: KnownDeployment, _ request: RunRequest, _ parameters: JSONObject, batch: ID<Batch>? = nil
    ) throws -> FlowRun {
        let deployment = known.deployment
        let due = request.due ?? request.initialState?.details.scheduledTime ?? now
        let state = request.initialState ?? firstState(type: .scheduled, due: due)
        let machine = RunMachine(beginningIn: state, policy: deployment.execution?.policy ?? .prefect)
        return FlowRun(
            id: surroundings.newID(), name: request.name ?? RunNames.make(surroundings), flowID: deployment.flowID,
            deploymentID: deployment.id, queueID: try queueID(named: request.queueName, of: deployment),
            batchID: batch, parentTaskRunID: request.parentTaskRunID, machine: machine, parameters: parameters,
            tags: merged(deployment.tags, request.tags), labels: deployment.labels.merging(request.labels),
            context: request.context, empiricalPolicy: request.empiricalPolicy, jobVariables: request.jobVariables,
            idempotencyKey: request.idempotencyKey,
            priority: request.priority ?? deployment.execution?.priority ?? 0, flowVersion: request.flowVersion,
            deploymentVersion: deployment.version, deploymentVersionNumber: deployment.versionNumber,
            createdBy: request.createdBy, isAutoScheduled: request.isAutoScheduled, expectedStart: due, created: now,
            updated: now)
    }

    private func merged(_ first: [String], _ second: [String]) -> [String] {
        first + second.filter { !first.contains($0) }
    }

    /// The queue that a run waits in. One that it names itself must exist: a slip of the pen would wait for ever. Where
    /// Prefect's workers serve the pool, it is made, as they are used to.
    private mutating func queueID(named name: String?, of deployment: Deployment) throws -> ID<WorkQueue>? {
        // An empty name says nothing, as for Prefect's server.
        guard let name, !name.isEmpty else { return deployment.queueID }
        guard let own = try deployment.queueID.flatMap({ try store.queue($0) }) else {
            throw OrchestrationError.invalid("the deployment has no work pool, so its runs cannot name a queue")
        }
        if deployment.execution == nil, let pool = try store.pool(own.poolID) {
            return try ensureQueue(named: name, in: pool).id
        }
        let queues = try store.queues(of: own.poolID)
        guard let queue = queues.first(where: { $0.name == name }) else {
            let known = queues.map(\.name).joined(separator: ", ")
            throw OrchestrationError.notFound(
                kind: "Work queue", name: name, hint: "the deployment's pool has \(known)")
        }
        return queue.id
    }
}
