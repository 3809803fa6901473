public import JSON

/// One step inside a flow run.
///
/// Prefect's 3.x client orchestrates its task runs by itself and tells of them in events: those are facts, recorded and
/// never judged. The 2.x client has the server judge each transition of a task run.
public struct TaskRun: Sendable, Hashable {
    public let id: ID<TaskRun>
    /// Nothing for a task that runs outside of any flow.
    public var flowRunID: ID<FlowRun>?
    public var name: String
    /// Which task of the code it is. With `dynamicKey`, unique in a flow run.
    public var taskKey: String
    /// Which of that task's runs in the flow run it is.
    public var dynamicKey: String
    public var cacheKey: String?
    public var cacheExpiration: Timestamp?
    public var taskVersion: String?
    /// What the client sent of retries; kept as it came.
    public var empiricalPolicy: JSONObject
    public var tags: [String]
    public var labels: JSONObject
    /// By the names of the task's parameters, what each comes from: other task runs, parameters, constants.
    public var taskInputs: JSONObject
    public var state: RunState?
    public var runCount: Int
    /// The run count of the flow run in which it last ran.
    public var flowRunRunCount: Int
    public var expectedStart: Timestamp?
    /// When it was to start next, the last time that it waited.
    public var nextScheduledStart: Timestamp?
    public var startTime: Timestamp?
    public var endTime: Timestamp?
    public var totalRunTime: Duration
    public let created: Timestamp
    public var updated: Timestamp

    public init(
        id: ID<TaskRun>, flowRunID: ID<FlowRun>?, name: String, taskKey: String, dynamicKey: String,
        cacheKey: String? = nil, cacheExpiration: Timestamp? = nil, taskVersion: String? = nil,
        empiricalPolicy: JSONObject = [:], tags: [String] = [], labels: JSONObject = [:], taskInputs: JSONObject = [:],
        state: RunState? = nil, runCount: Int = 0, flowRunRunCount: Int = 0, expectedStart: Timestamp? = nil,
        nextScheduledStart: Timestamp? = nil, startTime: Timestamp? = nil, endTime: Timestamp? = nil,
        totalRunTime: Duration = .zero, created: Timestamp,
        updated: Timestamp
    ) {
        self.id = id
        self.flowRunID = flowRunID
        self.name = name
        self.taskKey = taskKey
        self.dynamicKey = dynamicKey
        self.cacheKey = cacheKey
        self.cacheExpiration = cacheExpiration
        self.taskVersion = taskVersion
        self.empiricalPolicy = empiricalPolicy
        self.tags = tags
        self.labels = labels
        self.taskInputs = taskInputs
        self.state = state
        self.runCount = runCount
        self.flowRunRunCount = flowRunRunCount
        self.expectedStart = expectedStart
        self.nextScheduledStart = nextScheduledStart
        self.startTime = startTime
        self.endTime = endTime
        self.totalRunTime = totalRunTime
        self.created = created
        self.updated = updated
    }

    /// When it is due, while it waits for that.
    public var due: Timestamp? {
        guard let state, state.type == .scheduled else { return nil }
        return state.details.scheduledTime ?? (isDeferred ? state.timestamp : nil)
    }

    /// Whether it waits for a process that serves its task, instead of being run by whoever made it.
    public var isDeferred: Bool { state?.type == .scheduled && state?.details.fields["deferred"] == true }

    /// Puts it into a state that the server judged, and counts what there is to count.
    public mutating func enter(_ entered: RunState) {
        if let state, state.type == .running, entered.timestamp > state.timestamp {
            totalRunTime += entered.timestamp - state.timestamp
        }
        if entered.type == .running {
            runCount += 1
            startTime = startTime ?? entered.timestamp
        }
        if entered.type == .scheduled, state == nil {
            expectedStart = entered.details.scheduledTime ?? entered.timestamp
        }
        expectedStart = expectedStart ?? entered.timestamp
        endTime = entered.type.isTerminal ? entered.timestamp : nil
        nextScheduledStart = entered.type == .scheduled ? entered.details.scheduledTime : nil
        state = entered
    }
}
