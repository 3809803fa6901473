import JSON

/// A state that a client wants a task run to be in, and what must be known to judge it. Only Prefect's 2.x client asks:
/// that of 3.x judges its task runs by itself.
public struct TaskProposal: Sendable {
    public let task: TaskRun
    public let proposed: RunState
    public let facts: Facts

    public init(task: TaskRun, proposed: RunState, facts: Facts) {
        self.task = task
        self.proposed = proposed
        self.facts = facts
    }

    /// What was loaded beforehand; rules do no I/O.
    public struct Facts: Sendable {
        public var now: Timestamp
        /// The state and the run count of the flow run that it is a step of.
        public var flowRun: (state: RunState, runCount: Int)?
        /// The state of the last task run that completed with the proposed state's cache key.
        public var cached: RunState?
        /// From -1 to 1.
        public var chance: Double

        public init(
            now: Timestamp, flowRun: (state: RunState, runCount: Int)? = nil, cached: RunState? = nil,
            chance: Double = 0
        ) {
            self.now = now
            self.flowRun = flowRun
            self.cached = cached
            self.chance = chance
        }
    }

    /// The same, with what the proposed state takes over from the present one, and under the name that it has when the
    /// task run is not in it for the first time.
    public var completed: TaskProposal {
        guard let current = task.state else { return self }
        var (name, details) = (proposed.name, proposed.details)
        if proposed.type == .pending, current.type == .scheduled, details.scheduledTime == nil {
            details.scheduledTime = current.details.scheduledTime
        }
        if proposed.type == .running, task.runCount > 0 {
            name = current.name == StateName.awaitingRetry ? StateName.retrying : StateName.rerunning
        }
        if proposed.type == .running, current.type.isTerminal, let flow = facts.flowRun,
            task.flowRunRunCount < flow.runCount
        {
            name = StateName.retrying
        }
        let state = RunState(
            id: proposed.id, type: proposed.type, name: name, timestamp: proposed.timestamp,
            message: proposed.message, data: proposed.data, details: details)
        return TaskProposal(task: task, proposed: state, facts: facts)
    }
}

/// One rule about what clients may make of a task run. It does no I/O.
public struct TaskProposalRule: Sendable {
    public let name: String
    let judge: @Sendable (TaskProposal) -> Verdict?

    /// Judges `proposal` by the first rule that has an opinion; what no rule refuses is accepted.
    public static func verdict(on proposal: TaskProposal) -> Verdict {
        for rule in inOrder {
            if let verdict = rule.judge(proposal) { return verdict }
        }
        return .accept
    }

    /// The order matters: a rule may rely on those before it.
    public static let inOrder: [TaskProposalRule] = [
        cache, terminalStays, onlyInRunningFlows, notBeforeItsTime, retry,
    ]
}

extension TaskProposalRule {
    /// What has been computed is not computed again.
    static let cache = TaskProposalRule(name: "cache") { proposal in
        guard proposal.proposed.type == .running, let cached = proposal.facts.cached else { return nil }
        let state = RunState(
            id: proposal.proposed.id, type: .completed, name: StateName.cached, timestamp: proposal.facts.now,
            message: cached.message, data: cached.data, details: cached.details)
        return .rejectAs(state, reason: "Retrieved state from cache")
    }

    /// What has ended is neither cancelled nor paused nor crashed; a result that was kept is not computed again.
    static let terminalStays = TaskProposalRule(name: "terminal stays") { proposal in
        guard let current = proposal.task.state, current.type.isTerminal else { return nil }
        if [.cancelling, .paused, .crashed].contains(proposal.proposed.type) {
            return .abort(reason: "Run is already \(current.type.rawValue).")
        }
        guard current.type == .completed, current.hasPersistedResult else { return nil }
        return .rejectKeeping(reason: "This run is already completed.")
    }

    /// A task runs while its flow does.
    static let onlyInRunningFlows = TaskProposalRule(name: "only in running flows") { proposal in
        guard proposal.proposed.type == .running, let flow = proposal.facts.flowRun?.state else { return nil }
        switch flow.type {
        case .running: return nil
        case .paused:
            var details: JSONObject = [:]
            details["pause_timeout"] = flow.details.pauseTimeout.map { .string($0.description) }
            details["pause_reschedule"] = .bool(flow.details.isRescheduledAfterPause)
            let paused = RunState(
                id: proposal.proposed.id, type: .paused, name: StateName.notReady, timestamp: proposal.facts.now,
                details: StateDetails(details))
            return .rejectAs(paused, reason: "The flow is paused, new tasks can execute after resuming the flow run.")
        default: return .abort(reason: "The enclosing flow must be running to begin task execution.")
        }
    }

    /// Waits are whole seconds: what comes less than half a second too early is not sent away.
    static let notBeforeItsTime = TaskProposalRule(name: "not before its time") { proposal in
        guard
            let current = proposal.task.state, [.scheduled, .pending].contains(current.type),
            proposal.proposed.type == .running, let due = current.details.scheduledTime
        else { return nil }
        let seconds = (due - proposal.facts.now + .milliseconds(500)).components.seconds
        return seconds > 0 ? .wait(.seconds(seconds), reason: "Scheduled time is in the future") : nil
    }

    /// What failed is run again as often as the task says.
    static let retry = TaskProposalRule(name: "retry") { proposal in
        let task = proposal.task
        guard
            task.state?.type == .running, proposal.proposed.type == .failed,
            proposal.proposed.details.fields["retriable"] != false,
            let retries = task.empiricalPolicy["retries"]?.intValue, retries > 0, task.runCount <= retries
        else { return nil }
        var details = StateDetails()
        details.scheduledTime = proposal.facts.now + task.retryDelay(chance: proposal.facts.chance)
        let state = RunState(
            id: proposal.proposed.id, type: .scheduled, name: StateName.awaitingRetry, timestamp: proposal.facts.now,
            message: proposal.proposed.message, data: proposal.proposed.data, details: details)
        return .rejectAs(state, reason: "Retrying")
    }
}

extension TaskRun {
    /// How long it waits before it is run again: one time for all retries, or one for each.
    fileprivate func retryDelay(chance: Double) -> Duration {
        let given = empiricalPolicy["retry_delay"]
        let delays = given?.arrayValue?.compactMap(\.doubleValue) ?? [given?.doubleValue ?? 0]
        guard !delays.isEmpty else { return .zero }
        let jitter = min(max(empiricalPolicy["retry_jitter_factor"]?.doubleValue ?? 0, 0), 1)
        let seconds = delays[min(max(runCount - 1, 0), delays.count - 1)] * (1 + jitter * chance)
        return .microseconds(Int64(min(max(seconds, 0), 3e10) * 1e6))
    }
}
