public import JSON

/// A state that a run is, or was, in. A run's history is the list of its states.
public struct RunState: Sendable, Hashable {
    public let id: ID<RunState>
    public let type: StateType
    /// Says more than the type: `Late`, `AwaitingRetry`, `TimedOut` …
    public let name: String
    /// When the run entered it.
    public let timestamp: Timestamp
    /// For people: why.
    public let message: String?
    /// A result or a reference to one; Sluice keeps it as it came.
    public let data: JSONValue?
    public let details: StateDetails

    /// - Parameter name: nothing for the standard name of `type`.
    public init(
        id: ID<RunState>,
        type: StateType,
        name: String? = nil,
        timestamp: Timestamp,
        message: String? = nil,
        data: JSONValue? = nil,
        details: StateDetails = StateDetails()
    ) {
        self.id = id
        self.type = type
        self.name = name ?? StateName.standard(for: type)
        self.timestamp = timestamp
        self.message = message
        self.data = data
        self.details = details
    }

    /// The same state with other details.
    public func with(details: StateDetails) -> RunState {
        RunState(id: id, type: type, name: name, timestamp: timestamp, message: message, data: data, details: details)
    }
}

/// What else is known of a state. Sluice reads a few fields; the others are kept as the client sent them.
public struct StateDetails: Sendable, Hashable {
    public private(set) var fields: JSONObject

    public init(_ fields: JSONObject = JSONObject()) { self.fields = fields }

    /// When a scheduled run is due.
    public var scheduledTime: Timestamp? {
        get { self["scheduled_time"].flatMap { Timestamp($0) } }
        set { fields["scheduled_time"] = newValue.map { .string($0.description) } }
    }

    /// Made by a client for each proposal, so that one which it repeats is known again.
    public var transitionID: String? { self["transition_id"] }

    /// The pause that a paused run waits in.
    public var pauseKey: String? { self["pause_key"] }

    /// A paused run gives its place free, and is scheduled again when it is resumed.
    public var isRescheduledAfterPause: Bool { fields["pause_reschedule"] == true }

    /// Until when a paused run can be resumed.
    public var pauseTimeout: Timestamp? { self["pause_timeout"].flatMap { Timestamp($0) } }

    /// A scheduled run is waited for by the process that executes it, and is nobody else's: a flow's own retry.
    public var waitsInProcess: Bool {
        get { fields["in_process"] == true }
        set { fields["in_process"] = newValue ? true : nil }
    }

    /// The hold of a run whose deployment is limited, as clients name it.
    public var holdID: String? {
        get { self["deployment_concurrency_lease_id"] }
        set { fields["deployment_concurrency_lease_id"] = newValue.map { .string($0) } }
    }

    /// Whether a paused run has given its place free, and is queued anew when it is resumed.
    public var isSuspended: Bool { fields["pause_reschedule"] == true }

    /// Which attempt the state belongs to, where it belongs to one.
    public var attempt: Int? {
        get { fields["attempt"]?.intValue }
        set { fields["attempt"] = newValue.map { .integer(Int64($0)) } }
    }

    /// The exit code of the attempt's program, where it ended with one.
    public var exitCode: Int? {
        get { fields["exit_code"]?.intValue }
        set { fields["exit_code"] = newValue.map { .integer(Int64($0)) } }
    }

    private subscript(name: String) -> String? { fields[name]?.stringValue }
}
