public import Domain

/// What a decision about a run needs to know of it: all but what the run was given to work on.
public struct RunHead: Sendable, Hashable {
    public let id: ID<FlowRun>
    /// What the change will be stored on top of.
    public let version: Int
    public let deploymentID: ID<Deployment>?
    public let queueID: ID<WorkQueue>?
    public let batchID: ID<Batch>?
    public let laneID: Int?
    /// The task run that stands for it in the run that it is a sub-flow of.
    public let parentTaskRunID: ID<TaskRun>?
    public var machine: RunMachine
    /// Whether processes of its attempts have made other runs, which end with them.
    public var hasMadeRuns = false

    public init(
        id: ID<FlowRun>, version: Int, deploymentID: ID<Deployment>?, queueID: ID<WorkQueue>?, batchID: ID<Batch>?,
        laneID: Int?, parentTaskRunID: ID<TaskRun>?, machine: RunMachine
    ) {
        self.id = id
        self.version = version
        self.deploymentID = deploymentID
        self.queueID = queueID
        self.batchID = batchID
        self.laneID = laneID
        self.parentTaskRunID = parentTaskRunID
        self.machine = machine
    }
}

/// Whether a run waits for an agent, as its row says it: what the ready index is made of.
enum Readiness: Int64 {
    /// It does not wait, or not for an agent.
    case none = 0
    /// It waits for its time.
    case waiting = 1
    /// It is due.
    case ready = 2

    init(_ machine: RunMachine, at now: Timestamp) {
        self =
            if machine.isClaimable, let due = machine.due { due <= now ? .ready : .waiting } else { .none }
    }
}
