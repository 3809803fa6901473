/// What kind of state a run is in. Types and their names are those of Prefect 3.
public enum StateType: String, Sendable, Hashable, CaseIterable {
    /// Waits: for its time, for an agent, for a slot or for a retry.
    case scheduled = "SCHEDULED"
    /// Granted to an agent, which makes ready what it needs.
    case pending = "PENDING"
    /// Its program executes.
    case running = "RUNNING"
    /// Ended well.
    case completed = "COMPLETED"
    /// Ended by its own fault.
    case failed = "FAILED"
    /// Ended because somebody asked.
    case cancelled = "CANCELLED"
    /// Ended by no fault of its own: a signal, a lost host, a lost lease.
    case crashed = "CRASHED"
    /// Waits for somebody to resume it.
    case paused = "PAUSED"
    /// Somebody asked for its end, which its agent has not confirmed yet.
    case cancelling = "CANCELLING"

    /// Whether a run in such a state has ended.
    public var isTerminal: Bool {
        switch self {
        case .completed, .failed, .cancelled, .crashed: true
        case .scheduled, .pending, .running, .paused, .cancelling: false
        }
    }

    /// Where Sluice's own events may lead from here. What a client proposes is judged by the rules instead
    /// (`ProposalRule`), and may go further: a re-run leaves a terminal state, for instance.
    public var successors: Set<StateType> {
        switch self {
        case .scheduled: [.scheduled, .pending, .cancelling, .cancelled]
        case .pending: [.pending, .running, .scheduled, .completed, .failed, .crashed, .cancelling]
        case .running: [.scheduled, .completed, .failed, .crashed, .cancelling]
        case .cancelling: [.completed, .cancelled]
        case .paused: [.scheduled, .failed, .crashed, .cancelled, .cancelling]
        case .completed, .failed, .cancelled, .crashed: []
        }
    }
}

/// The names that Sluice gives to states. A state's name says more than its type, and clients may use others.
public enum StateName {
    public static let awaitingConcurrencySlot = "AwaitingConcurrencySlot"
    public static let awaitingRetry = "AwaitingRetry"
    public static let cached = "Cached"
    public static let late = "Late"
    public static let notReady = "NotReady"
    public static let preparing = "InfrastructurePending"
    public static let rerunning = "Rerunning"
    public static let resuming = "Resuming"
    public static let retrying = "Retrying"
    public static let submitting = "Submitting"
    public static let suspended = "Suspended"
    public static let timedOut = "TimedOut"

    /// The name of a state of type `type` that was given none.
    public static func standard(for type: StateType) -> String {
        type.rawValue.prefix(1) + type.rawValue.dropFirst().lowercased()
    }
}
