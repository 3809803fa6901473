public import Domain
public import JSON
import Storage

/// A deployment as it is wanted.
public struct DeploymentRequest: Sendable {
    public var name: String
    public var flowID: ID<Flow>
    public var version: String?
    public var description: String?
    public var isPaused = false
    public var tags: [String] = []
    public var labels: JSONObject = [:]
    public var parameters: JSONObject = [:]
    public var parameterSchema: JSONValue?
    public var enforcesParameterSchema = true
    /// Nothing for a deployment that no pool serves.
    public var poolName: String?
    /// Nothing for the pool's default queue. A queue that does not exist is made.
    public var queueName: String?
    public var concurrencyLimit: Int?
    public var execution: ExecutionSpec?
    /// Nothing for the server's own limits.
    public var retention: RunRetention?
    public var jobVariables: JSONObject = [:]
    /// All the schedules that it is to have.
    public var schedules: [ScheduleRequest] = []
    /// See `Deployment.extras`.
    public var extras: JSONObject = [:]

    public init(name: String, flowID: ID<Flow>) {
        self.name = name
        self.flowID = flowID
    }
}

extension Orchestrator {
    /// Makes the deployment of that flow and name what is wanted, whether it exists or not.
    ///
    /// - Returns: the deployment, and whether it was made.
    /// - Throws: `OrchestrationError` when the flow, the pool or the bundle does not exist, the schema is none, or the
    ///   defaults break it.
    public func deploy(_ request: DeploymentRequest) async throws -> (deployment: Deployment, isNew: Bool) {
        try check(request)
        return try await change { change in
            _ = try change.store.flow(request.flowID).orNotFound("Flow", request.flowID)
            let queue = try request.poolName.map { name in
                let pool = try change.store.pool(named: name).orNotFound("Work pool", name)
                return try change.ensureQueue(named: request.queueName, in: pool)
            }
            try change.checkBundle(of: request.execution)
            let existing = try change.store.deployment(named: request.name, of: request.flowID)
            let wanted = Deployment(request, over: existing, queue: queue?.id, change)
            try wanted.checkParameters()
            let deployment = try change.keep(wanted, over: existing)
            try change.replaceSchedules(of: deployment, with: request.schedules)
            return (deployment, existing == nil)
        }
    }

    /// Changes a deployment by `edit`; its queue by name, if one is given, and its schedules.
    public func updateDeployment(
        _ id: ID<Deployment>, poolName: String? = nil, queueName: String? = nil, schedules: ScheduleEdit = .none,
        _ edit: @escaping @Sendable (inout Deployment) throws -> Void
    ) async throws {
        try await change { change in
            let before = try change.store.deployment(id).orNotFound("Deployment", id)
            var deployment = before
            try edit(&deployment)
            if poolName != nil || queueName != nil {
                deployment.queueID = try change.queue(named: queueName, inPool: poolName, of: before).id
            }
            try Limits.check(deployment.concurrencyLimit)
            try deployment.checkParameters()
            try change.checkBundle(of: deployment.execution)
            deployment.updated = change.later(than: before.updated)
            _ = try change.keep(deployment, over: before)
            try change.edit(schedules, of: deployment)
        }
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func deployment(_ id: ID<Deployment>) async throws -> Deployment {
        try await database.read { try $0.deployment(id) }.orNotFound("Deployment", id)
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func deployment(named name: String, ofFlow flowName: String) async throws -> Deployment {
        try await database.read { store in
            try store.flow(named: flowName).flatMap { try store.deployment(named: name, of: $0.id) }
        }.orNotFound("Deployment", "\(flowName)/\(name)")
    }

    /// Forgets a deployment and its versions. Its runs stay; those that wait are cancelled, since nothing says any more
    /// how to execute them.
    public func deleteDeployment(_ id: ID<Deployment>) async throws {
        _ = try await deployment(id)
        try await removeScheduledRuns(of: id)
        let ofDeployment = Condition.test("deployment_id = ?", [.id(id)])
        try await cancelWaiting(ofDeployment, reason: "its deployment was deleted") { change in
            _ = try change.store.deployment(id).orNotFound("Deployment", id)
            try change.store.deleteDeployment(id)
        }
    }

    private func check(_ request: DeploymentRequest) throws {
        try Names.check(request.name, of: "deployment")
        try Limits.check(request.concurrencyLimit)
        if let execution = request.execution { try execution.check(schema: request.parameterSchema) }
    }
}

extension Deployment {
    /// The defaults must be valid where they are given; what a run has to bring may be missing.
    fileprivate func checkParameters() throws(OrchestrationError) {
        guard let parameterSchema else { return }
        let compiled: ParameterSchema
        do {
            compiled = try compile(parameterSchema)
        } catch {
            throw .invalid("the parameter schema is not valid: \(error)")
        }
        guard enforcesParameterSchema, !parameters.isEmpty else { return }
        let violations = compiled.validate(.object(parameters), ignoringRequired: true)
        guard violations.isEmpty else { throw .invalidParameters(violations) }
    }
}

extension ExecutionSpec {
    /// Refuses what could never run.
    func check(schema: JSONValue?) throws(OrchestrationError) {
        guard policy.lease >= .seconds(5) else { throw .invalid("a lease lasts 5 s or more") }
        guard (0...1).contains(policy.retries.jitter), (0...1).contains(policy.crashRetries.jitter) else {
            throw .invalid("jitter is a share: from 0 to 1")
        }
        guard policy.retries.limit >= 0, policy.crashRetries.limit >= 0 else {
            throw .invalid("the number of retries cannot be negative")
        }
        guard let known = schema?["properties"]?.objectValue?.keys, schema?["additionalProperties"] != true else {
            return
        }
        for path in command.parameterPaths {
            let name = path.split(separator: ".").first.map(String.init) ?? path
            guard known.contains(name) else {
                throw .invalid(
                    "the command uses {{ parameters.\(path) }}, but the deployment has no parameter \"\(name)\"")
            }
        }
    }
}

extension Deployment {
    fileprivate init(
        _ request: DeploymentRequest, over existing: Deployment?, queue: ID<WorkQueue>?, _ change: Change
    ) {
        self.init(
            id: existing?.id ?? change.surroundings.newID(), flowID: request.flowID, name: request.name,
            version: request.version, description: request.description, isPaused: request.isPaused,
            tags: request.tags, labels: request.labels, parameters: request.parameters,
            parameterSchema: request.parameterSchema, enforcesParameterSchema: request.enforcesParameterSchema,
            queueID: queue, concurrencyLimit: request.concurrencyLimit, execution: request.execution,
            retention: request.retention, jobVariables: request.jobVariables, extras: request.extras,
            versionNumber: existing?.versionNumber ?? 1, created: existing?.created ?? change.now,
            updated: existing.map { change.later(than: $0.updated) } ?? change.now)
    }
}

extension Change {
    /// Now, but after `time`: what caches are checked against must differ from one change to the next.
    func later(than time: Timestamp) -> Timestamp { max(now, time + .microseconds(1)) }

    /// Stores a deployment as it is wanted; what is new of it makes a version, here and at once.
    ///
    /// - Parameter origin: the number of the version that it repeats, if it does.
    mutating func keep(
        _ wanted: Deployment, over before: Deployment?, restoring origin: Int? = nil
    ) throws -> Deployment {
        var deployment = wanted
        if let before {
            if !deployment.hasSameContent(as: before) { deployment.versionNumber = before.versionNumber + 1 }
            try store.update(deployment)
        } else {
            try store.insert(deployment)
        }
        if deployment.versionNumber != before?.versionNumber {
            try store.recordVersion(of: deployment.id, restoredFrom: origin)
        }
        if let before {
            try moveWaitingRuns(of: deployment, before: before)
            try restartSchedules(of: deployment.id)
        }
        return deployment
    }

    func checkBundle(of execution: ExecutionSpec?) throws {
        guard let bundle = execution?.bundle else { return }
        guard try store.bundle(bundle.digest) != nil else {
            throw OrchestrationError.invalid(
                "the bundle \(bundle.digest) has not been uploaded: PUT /api/bundles/\(bundle.digest) first")
        }
    }

    fileprivate func queue(
        named queueName: String?, inPool poolName: String?, of deployment: Deployment
    ) throws -> WorkQueue {
        let pool: WorkPool?
        if let poolName {
            pool = try store.pool(named: poolName)
        } else {
            pool = try deployment.queueID.flatMap { try store.queue($0) }.flatMap { try store.pool($0.poolID) }
        }
        return try ensureQueue(
            named: queueName, in: pool.orNotFound("Work pool", poolName ?? "of the deployment"))
    }

    /// The lane that a run of the deployment waits in; none if nobody could execute it.
    func lane(
        of deployment: Deployment, queue: ID<WorkQueue>?, batch: ID<Batch>?, isOpen: Bool = true
    ) throws -> Int? {
        let claimants = deployment.claimants
        // An agent finds its runs by their queue. Who serves a flow by itself asks for the runs of the deployment.
        guard queue != nil || claimants != .agents else { return nil }
        let isLimited = queue == nil || deployment.concurrencyLimit != nil
        return try store.lane(
            queue: queue, deployment: isLimited ? deployment.id : nil, batch: batch, claimants: claimants,
            isOpen: isOpen)
    }

    /// Runs that wait already follow what their deployment has become: limited or not, executable or not.
    private mutating func moveWaitingRuns(of deployment: Deployment, before: Deployment) throws {
        let samePlace =
            (deployment.concurrencyLimit == nil) == (before.concurrencyLimit == nil)
            && deployment.claimants == before.claimants
        if !samePlace {
            for place in try store.waitingPlaces(of: deployment.id) {
                let lane = try lane(of: deployment, queue: place.queueID, batch: place.batchID)
                try store.moveWaitingRuns(of: deployment.id, from: place, to: lane, at: now)
            }
        }
        if let queue = deployment.queueID { noteReady([queue]) }
    }
}
