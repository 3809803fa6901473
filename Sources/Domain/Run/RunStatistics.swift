/// A run as far as a chart shows it.
public struct RunMark: Sendable, Hashable {
    public let id: ID<FlowRun>
    public let type: StateType
    /// When it started; if it has not, when it is expected to.
    public let time: Timestamp
    /// How long it has been RUNNING, the present included.
    public let runTime: Duration
    /// How much later than expected it started; if it has not, how late it is already.
    public let lateness: Duration

    public init(id: ID<FlowRun>, type: StateType, time: Timestamp, runTime: Duration, lateness: Duration) {
        self.id = id
        self.type = type
        self.time = time
        self.runTime = runTime
        self.lateness = lateness
    }
}

/// Runs that are expected to start in the same span of time, and are in the same state.
public struct RunSpan: Sendable, Hashable {
    /// The number of the span, from 0.
    public let number: Int
    public let type: StateType
    public let name: String
    public let count: Int
    /// Summed over the runs: see `RunMark`.
    public let runTime: Duration
    /// Summed over the runs: see `RunMark`.
    public let lateness: Duration

    public init(number: Int, type: StateType, name: String, count: Int, runTime: Duration, lateness: Duration) {
        self.number = number
        self.type = type
        self.name = name
        self.count = count
        self.runTime = runTime
        self.lateness = lateness
    }
}

/// The run of a flow that is due next.
public struct NextRun: Sendable, Hashable {
    public let id: ID<FlowRun>
    public let flowID: ID<Flow>
    public let name: String
    public let stateType: StateType
    public let stateName: String
    public let due: Timestamp

    public init(
        id: ID<FlowRun>, flowID: ID<Flow>, name: String, stateType: StateType, stateName: String, due: Timestamp
    ) {
        self.id = id
        self.flowID = flowID
        self.name = name
        self.stateType = stateType
        self.stateName = stateName
        self.due = due
    }
}
