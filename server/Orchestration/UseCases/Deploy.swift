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
    /// Nothing for a deployment that no pool serves, unless it names a queue: that is one of the pool for queues by
    /// themselves.
    public var poolName: String?
    /// Nothing for the pool's default queue. A queue that does not exist is made.
    public var queueName: String?
    public var concurrencyLimit: Int?
    public var execution: ExecutionSpec?
    /// Nothing for the server's own limits.
    public var retention: RunRetention?
    public var jobVariables: JSONObject = [:]
    /// What is expected of its runs.
    public var serviceLevel: ServiceLevel?
    /// All that starts its runs beside people and schedules; nothing to leave that as it is.
    public var triggers: [StatedTrigger]?
    /// All the schedules that it is to have.
    public var schedules: [ScheduleRequest] = []
    /// See `Deployment.extras`.
    public var extras: JSONObject = [:]
    /// What a deployment that exists already keeps.
    public var kept: Set<Part> = []

    /// A part of a deployment that a request need not speak of, by the name that Prefect's API gives to it.
    public enum Part: String, Sendable, CaseIterable {
        case version, description, paused, tags, labels
        case parameterSchema = "parameter_openapi_schema"
        case enforcesSchema = "enforce_parameter_schema"
        case poolName = "work_pool_name"
        case queueName = "work_queue_name"
        case concurrencyLimit = "concurrency_limit"
        case jobVariables = "job_variables"
        case retention
        case serviceLevel = "sla"
    }

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
            try change.checkCode(of: request.execution)
            let existing = try change.store.deployment(named: request.name, of: request.flowID)
            let wanted = Deployment(request, over: existing, queue: try change.queue(request, existing), change)
            try wanted.checkSchema()
            // A Prefect client has checked its own; what a run is given is checked in any case.
            if wanted.execution != nil { try wanted.checkParameters() }
            if !request.jobVariables.isEmpty { try change.checkJobVariables(of: wanted, "creating deployment") }
            let deployment = try change.keep(wanted, over: existing)
            try change.replaceSchedules(of: deployment, with: request.schedules)
            if !request.kept.contains(.serviceLevel) {
                try change.setServiceLevel(of: deployment.id, to: request.serviceLevel)
            }
            if let triggers = request.triggers { try change.setTriggers(of: deployment, to: triggers) }
            return (deployment, existing == nil)
        }
    }

    /// Changes a deployment by `edit`; its queue by name, if one is given, and its schedules.
    ///
    /// - Parameter leavesPool: whether no pool is to serve it any more.
    public func updateDeployment(
        _ id: ID<Deployment>, poolName: String? = nil, queueName: String? = nil, leavesPool: Bool = false,
        schedules: ScheduleEdit = .none,
        _ edit: @escaping @Sendable (inout Deployment) throws -> Void
    ) async throws {
        try await change { change in
            let before = try change.store.deployment(id).orNotFound("Deployment", id)
            var deployment = before
            try edit(&deployment)
            if leavesPool { deployment.queueID = nil }
            if poolName != nil || queueName != nil {
                deployment.queueID = try change.queue(named: queueName, inPool: poolName, of: deployment).id
            }
            try Limits.check(deployment.concurrencyLimit)
            try deployment.checkParameters()
            if deployment.jobVariables != before.jobVariables {
                try change.checkJobVariables(of: deployment, "updating deployment")
            }
            try change.checkCode(of: deployment.execution)
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
            try change.happened("deleted", to: try change.store.deployment(id).orNotFound("Deployment", id))
            let owner = "\(EventResourceKind.deployment.prefix)\(id)"
            for automation in try change.store.automations(relatedTo: owner, owned: true) {
                try change.delete(automation)
            }
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
    @discardableResult
    fileprivate func checkSchema() throws(OrchestrationError) -> ParameterSchema? {
        guard let parameterSchema else { return nil }
        do {
            return try compile(parameterSchema)
        } catch {
            throw .invalid("the parameter schema is not valid: \(error)")
        }
    }

    /// The defaults must be valid where they are given; what a run has to bring may be missing.
    fileprivate func checkParameters() throws(OrchestrationError) {
        guard let compiled = try checkSchema(), enforcesParameterSchema, !parameters.isEmpty else { return }
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
        if let secret = command.exposedSecrets.first {
            throw .invalid(secret.exposure)
        }
        if let registry = container?.registry, !registry.namesSecret { throw .invalid(RegistryCredentials.exposure) }
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
        func value<Value>(
            of part: DeploymentRequest.Part, _ wanted: Value, _ path: KeyPath<Deployment, Value>
        ) -> Value {
            request.kept.contains(part) ? existing?[keyPath: path] ?? wanted : wanted
        }
        self.init(
            id: existing?.id ?? change.surroundings.newID(), flowID: request.flowID, name: request.name,
            version: value(of: .version, request.version, \.version),
            description: value(of: .description, request.description, \.description),
            isPaused: value(of: .paused, request.isPaused, \.isPaused), tags: value(of: .tags, request.tags, \.tags),
            labels: value(of: .labels, request.labels, \.labels), parameters: request.parameters,
            parameterSchema: value(of: .parameterSchema, request.parameterSchema, \.parameterSchema),
            enforcesParameterSchema: value(
                of: .enforcesSchema, request.enforcesParameterSchema, \.enforcesParameterSchema),
            queueID: queue,
            concurrencyLimit: value(of: .concurrencyLimit, request.concurrencyLimit, \.concurrencyLimit),
            execution: request.execution, retention: value(of: .retention, request.retention, \.retention),
            jobVariables: value(of: .jobVariables, request.jobVariables, \.jobVariables),
            extras: request.kept.isEmpty ? request.extras : (existing?.extras ?? [:]).merging(request.extras),
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
        if let before {
            // The same once more is no change.
            let isChanged = deployment.versionNumber != before.versionNumber || deployment.isPaused != before.isPaused
            if isChanged { try happened("updated", to: deployment) }
        } else {
            try happened("created", to: deployment)
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

    /// Refuses code that no agent could have.
    func checkCode(of execution: ExecutionSpec?) throws {
        if let source = execution?.code {
            if let defect = source.defects.first { throw OrchestrationError.invalid("the code: \(defect)") }
            if execution?.bundle != nil {
                throw OrchestrationError.invalid("the code is a bundle, or is fetched; leave 'bundle' or 'code' out")
            }
            if source.kind == .image, execution?.container == nil {
                throw OrchestrationError.invalid("the code is said to be in the image, but there is no container")
            }
        }
        guard let bundle = execution?.bundle else { return }
        guard try store.bundle(bundle.digest) != nil else {
            throw OrchestrationError.invalid(
                "the bundle \(bundle.digest) has not been uploaded: PUT /api/bundles/\(bundle.digest) first")
        }
    }

    /// Where the runs of the deployment that is wanted are to wait.
    fileprivate mutating func queue(_ request: DeploymentRequest, _ existing: Deployment?) throws -> ID<WorkQueue>? {
        if let existing, request.kept.isSuperset(of: [.poolName, .queueName]) { return existing.queueID }
        guard request.poolName != nil || request.queueName != nil else { return nil }
        return try queue(named: request.queueName, inPool: request.poolName, of: nil).id
    }

    fileprivate mutating func queue(
        named queueName: String?, inPool poolName: String?, of deployment: Deployment?
    ) throws -> WorkQueue {
        if let poolName {
            let pool = try store.pool(named: poolName).orNotFound("Work pool", poolName)
            return try ensureQueue(named: queueName, in: pool)
        }
        let own = try deployment?.queueID.flatMap { try store.queue($0) }.flatMap { try store.pool($0.poolID) }
        if let own { return try ensureQueue(named: queueName, in: own) }
        let pool = try ensureAgentPool()
        return try ensureQueue(named: queueName, in: pool, priority: 1)  // before all others, as Prefect has it
    }

    /// Refuses job variables that the deployment's pool cannot take.
    func checkJobVariables(of deployment: Deployment, _ action: String) throws {
        guard let template = try jobTemplate(of: deployment) else { return }
        try deployments.check([deployment.jobVariables], against: template, isComplete: false, action)
    }

    /// The template that the deployment's runs are executed by; nothing where there is none.
    func jobTemplate(of deployment: Deployment) throws -> JSONObject? {
        guard deployment.execution == nil, let queue = try deployment.queueID.flatMap({ try store.queue($0) }) else {
            return nil
        }
        return try store.pool(queue.poolID)?.baseJobTemplate
    }

    /// The lane that a run of the deployment waits in; none if nobody could execute it.
    ///
    /// - Parameter tags: all that the run has.
    func lane(
        of deployment: Deployment, queue: ID<WorkQueue>?, batch: ID<Batch>?, tags: [String], isOpen: Bool = true
    ) throws -> Int? {
        let pool = try deployment.execution == nil ? queue.flatMap { try store.pool(of: $0) } : nil
        let claimants = deployment.claimants(in: pool)
        // An agent finds its runs by their queue. Who serves a flow by itself asks for the runs of the deployment.
        guard queue != nil || claimants != .agents else { return nil }
        let isAlone = queue == nil || deployment.keepsRunsBack || !deployment.requirements(in: pool).isNone
        return try store.lane(
            queue: queue, deployment: isAlone ? deployment.id : nil, batch: batch, claimants: claimants,
            tags: try limitedTags(tags, of: deployment), isOpen: isOpen)
    }

    /// The tags among those of a run that keep it back: where it is executed by Prefect's clients, none, since those limit
    /// task runs alone.
    func limitedTags(_ tags: [String], of deployment: Deployment) throws -> [String] {
        guard !tags.isEmpty, deployment.execution != nil else { return [] }
        return try store.limitedTags(among: tags)
    }

    /// Runs that wait already follow what their deployment has become: limited or not, executable or not.
    private mutating func moveWaitingRuns(of deployment: Deployment, before: Deployment) throws {
        let samePlace =
            deployment.keepsRunsBack == before.keepsRunsBack
            && (deployment.execution == nil) == (before.execution == nil)
        if !samePlace {
            for place in try store.waitingPlaces(of: deployment.id) {
                // (One with a limited tag is set right when its turn comes.)
                let lane = try lane(of: deployment, queue: place.queueID, batch: place.batchID, tags: deployment.tags)
                try store.moveWaitingRuns(of: deployment.id, from: place, to: lane, at: now)
            }
        }
        if let queue = deployment.queueID { noteReady([queue]) }
    }
}

extension Deployment {
    /// Whether something of its own keeps its runs back, so that they wait apart from others.
    fileprivate var keepsRunsBack: Bool {
        concurrencyLimit != nil || execution?.rateLimit != nil || !requirements(in: nil).isNone
    }
}
