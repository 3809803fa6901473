public import JSON

/// A flow made runnable: what to execute, with which parameters, where, and under which limits.
/// (flow, name) is unique.
public struct Deployment: Sendable, Hashable {
    public let id: ID<Deployment>
    public var flowID: ID<Flow>
    public var name: String
    /// The number of its newest version: see `DeploymentVersion`.
    public var versionNumber: Int
    /// What those who deployed it call this version of it.
    public var version: String?
    public var description: String?
    /// A paused deployment's schedules make no runs.
    public var isPaused: Bool
    public var tags: [String]
    public var labels: JSONObject
    /// Defaults, which the parameters of a run are laid over.
    public var parameters: JSONObject
    /// What the parameters of a run must satisfy: JSON Schema.
    public var parameterSchema: JSONValue?
    /// Whether a run whose parameters break the schema is refused.
    public var enforcesParameterSchema: Bool
    /// Where its runs wait; nothing when no pool serves it (a flow that serves itself).
    public var queueID: ID<WorkQueue>?
    /// How many of its runs may execute at once.
    public var concurrencyLimit: Int?
    /// How a Sluice agent executes it; nothing for deployments that Prefect's own workers execute.
    public var execution: ExecutionSpec?
    /// How long its finished runs are kept; nothing for as long as the server's own limits allow.
    public var retention: RunRetention?
    /// Overrides of the pool's base job template.
    public var jobVariables: JSONObject
    /// What else the Prefect client sent, kept as it came: `entrypoint`, `path`, `pull_steps`, `concurrency_options` …
    public var extras: JSONObject
    public var created: Timestamp
    public var updated: Timestamp

    public init(
        id: ID<Deployment>, flowID: ID<Flow>, name: String, version: String? = nil, description: String? = nil,
        isPaused: Bool = false, tags: [String] = [], labels: JSONObject = [:], parameters: JSONObject = [:],
        parameterSchema: JSONValue? = nil, enforcesParameterSchema: Bool = true, queueID: ID<WorkQueue>? = nil,
        concurrencyLimit: Int? = nil, execution: ExecutionSpec? = nil, retention: RunRetention? = nil,
        jobVariables: JSONObject = [:], extras: JSONObject = [:], versionNumber: Int = 1, created: Timestamp,
        updated: Timestamp
    ) {
        self.id = id
        self.flowID = flowID
        self.name = name
        self.version = version
        self.description = description
        self.isPaused = isPaused
        self.tags = tags
        self.labels = labels
        self.parameters = parameters
        self.parameterSchema = parameterSchema
        self.enforcesParameterSchema = enforcesParameterSchema
        self.queueID = queueID
        self.concurrencyLimit = concurrencyLimit
        self.execution = execution
        self.retention = retention
        self.jobVariables = jobVariables
        self.extras = extras
        self.versionNumber = versionNumber
        self.created = created
        self.updated = updated
    }
}
