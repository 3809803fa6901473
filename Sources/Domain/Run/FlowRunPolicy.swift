public import JSON

/// What a flow says of its retries and pauses: the `empirical_policy` of Prefect's flow runs. Members that Sluice does
/// not know are kept as they came, and nothing is written that says no more than its absence.
public struct FlowRunPolicy: Sendable, Hashable {
    public private(set) var members: JSONObject

    public init(_ members: JSONObject = [:]) { self.members = members }

    /// How often the flow is run again when it fails, and after how long.
    public var retries: RetryPolicy {
        let limit = members["retries"]?.intValue ?? 0
        let seconds = min(max(members["retry_delay"]?.doubleValue ?? 0, 0), 3e10)
        return RetryPolicy(limit: max(0, limit), delay: .microseconds(Int64(seconds * 1e6)))
    }

    /// The pauses that the run has been through: it passes them when it comes to them again.
    public var pauseKeys: [String] {
        get { members["pause_keys"]?.arrayValue?.compactMap(\.stringValue) ?? [] }
        set { if newValue != pauseKeys { members["pause_keys"] = .array(newValue.map { .string($0) }) } }
    }

    /// The run goes on after a pause: to do so is not to run once more.
    public var isResuming: Bool {
        get { members["resuming"] == true }
        set { if newValue != isResuming { members["resuming"] = .bool(newValue) } }
    }

    /// How the run comes to its next try: `in_process`, or `reschedule`.
    public var retryType: String? {
        get { members["retry_type"]?.stringValue }
        set { if newValue != retryType { members["retry_type"] = newValue.json } }
    }

    /// What it is once the run has gone from one state to another.
    ///
    /// - Parameter retries: whether it failed, and waits in its process to be run again.
    public func after(leaving current: RunState?, entering state: RunState) -> FlowRunPolicy {
        var policy = self
        if state.type == .scheduled, state.details.waitsInProcess {
            (policy.isResuming, policy.pauseKeys, policy.retryType) = (false, [], Self.inProcess)
            return policy
        }
        switch (current?.type, state.type) {
        case (.paused?, _): policy.isResuming = true
        case (_, .paused):
            if let key = state.details.pauseKey, !pauseKeys.contains(key) { policy.pauseKeys.append(key) }
        case (let before?, _) where before.isTerminal && !state.type.isTerminal:
            (policy.isResuming, policy.pauseKeys) = (false, [])
            policy.retryType = state.type == .scheduled ? Self.rescheduled : nil
        case (.running?, .failed): (policy.isResuming, policy.retryType) = (false, nil)
        case (_, .running), (_, .completed), (_, .cancelled), (_, .crashed): policy.isResuming = false
        default: break
        }
        return policy
    }

    static let inProcess = "in_process"
    static let rescheduled = "reschedule"
}
