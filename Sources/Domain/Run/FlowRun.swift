public import JSON

/// One execution of a flow with concrete parameters.
public struct FlowRun: Sendable, Hashable {
    public let id: ID<FlowRun>
    public var name: String
    public let flowID: ID<Flow>
    public let deploymentID: ID<Deployment>?
    public var queueID: ID<WorkQueue>?
    public let batchID: ID<Batch>?
    /// The task run that this run is the sub-flow of.
    public let parentTaskRunID: ID<TaskRun>?
    /// Grows with each stored change; a change is stored only on top of the version that it was decided upon.
    public var version: Int
    public var machine: RunMachine
    public var parameters: JSONObject
    public var tags: [String]
    public var labels: JSONObject
    public var context: JSONObject
    /// What the client sent of retries; kept as it came.
    public var empiricalPolicy: JSONObject
    public var jobVariables: JSONObject
    public var idempotencyKey: String?
    /// Which of a queue's ready runs go first: the higher, the sooner.
    public var priority: Int
    public var flowVersion: String?
    public var deploymentVersion: String?
    /// The version of its deployment that it was made from, and since it began, the one that it last executed.
    public var deploymentVersionNumber: Int?
    public var infrastructurePID: String?
    /// The worker that claimed it last without a lease, if it said its name.
    public var claimant: String?
    /// Who made it: a schedule, a person, a batch; kept as it came.
    public var createdBy: JSONValue?
    public var isAutoScheduled: Bool
    public var expectedStart: Timestamp
    public let created: Timestamp
    public var updated: Timestamp

    public init(
        id: ID<FlowRun>, name: String, flowID: ID<Flow>, deploymentID: ID<Deployment>? = nil,
        queueID: ID<WorkQueue>? = nil, batchID: ID<Batch>? = nil, parentTaskRunID: ID<TaskRun>? = nil, version: Int = 1,
        machine: RunMachine, parameters: JSONObject = [:], tags: [String] = [], labels: JSONObject = [:],
        context: JSONObject = [:], empiricalPolicy: JSONObject = [:], jobVariables: JSONObject = [:],
        idempotencyKey: String? = nil, priority: Int = 0, flowVersion: String? = nil,
        deploymentVersion: String? = nil, deploymentVersionNumber: Int? = nil, infrastructurePID: String? = nil,
        claimant: String? = nil, createdBy: JSONValue? = nil, isAutoScheduled: Bool = false, expectedStart: Timestamp,
        created: Timestamp,
        updated: Timestamp
    ) {
        self.id = id
        self.name = name
        self.flowID = flowID
        self.deploymentID = deploymentID
        self.queueID = queueID
        self.batchID = batchID
        self.parentTaskRunID = parentTaskRunID
        self.version = version
        self.machine = machine
        self.parameters = parameters
        self.tags = tags
        self.labels = labels
        self.context = context
        self.empiricalPolicy = empiricalPolicy
        self.jobVariables = jobVariables
        self.idempotencyKey = idempotencyKey
        self.priority = priority
        self.flowVersion = flowVersion
        self.deploymentVersion = deploymentVersion
        self.deploymentVersionNumber = deploymentVersionNumber
        self.infrastructurePID = infrastructurePID
        self.claimant = claimant
        self.createdBy = createdBy
        self.isAutoScheduled = isAutoScheduled
        self.expectedStart = expectedStart
        self.created = created
        self.updated = updated
    }

    public var state: RunState { machine.state }
}

/// Many runs that were submitted as one, visible all at once or not at all.
public struct Batch: Sendable, Hashable {
    public let id: ID<Batch>
    public var name: String
    public var deploymentID: ID<Deployment>
    public var size: Int
    /// Nothing more of it starts; what executes goes on.
    public var isPaused: Bool
    /// How many of its runs may execute at once; nothing for any number.
    public var maximumConcurrent: Int?
    public var created: Timestamp

    public init(
        id: ID<Batch>, name: String, deploymentID: ID<Deployment>, size: Int, isPaused: Bool = false,
        maximumConcurrent: Int? = nil, created: Timestamp
    ) {
        self.id = id
        self.name = name
        self.deploymentID = deploymentID
        self.size = size
        self.isPaused = isPaused
        self.maximumConcurrent = maximumConcurrent
        self.created = created
    }
}

/// A line that a run wrote.
public struct LogRecord: Sendable, Hashable {
    public var id: ID<LogRecord>
    /// The logger's name; `stdout` and `stderr` for captured output.
    public var name: String
    /// Python's levels: 10 debug, 20 info, 30 warning, 40 error, 50 critical.
    public var level: Int
    public var message: String
    public var timestamp: Timestamp
    public var runID: ID<FlowRun>?
    public var taskRunID: String?

    public init(
        id: ID<LogRecord>, name: String, level: Int, message: String, timestamp: Timestamp, runID: ID<FlowRun>?,
        taskRunID: String? = nil
    ) {
        self.id = id
        self.name = name
        self.level = level
        self.message = message
        self.timestamp = timestamp
        self.runID = runID
        self.taskRunID = taskRunID
    }
}
