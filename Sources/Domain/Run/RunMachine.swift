/// The life of one run: pure, all or nothing. It takes an event and the occasion, and answers with effects.
///
/// Whoever calls it stores what it has become together with its effects, in one transaction. An event that may not
/// happen here throws and changes nothing.
public struct RunMachine: Sendable, Hashable {
    public private(set) var state: RunState
    /// The number of the last attempt that was granted; 0 before the first. It only grows: it is the fencing number.
    public private(set) var attempt: Int
    /// The agent that holds the live lease of `attempt`, if one does.
    public private(set) var holder: ID<Agent>?
    /// How often the run has entered RUNNING.
    public private(set) var runCount: Int
    /// Attempts that failed or timed out, of those that `policy.retries` counts.
    public private(set) var failures: Int
    /// Attempts that crashed.
    public private(set) var crashes: Int
    /// When it first entered RUNNING.
    public private(set) var startTime: Timestamp?
    public private(set) var endTime: Timestamp?
    /// Time spent in RUNNING, over all attempts.
    public private(set) var totalRunTime: Duration
    public let policy: RunPolicy

    /// A run as it was stored, or a fresh one in its first `state`.
    public init(
        state: RunState,
        attempt: Int = 0,
        holder: ID<Agent>? = nil,
        runCount: Int = 0,
        failures: Int = 0,
        crashes: Int = 0,
        startTime: Timestamp? = nil,
        endTime: Timestamp? = nil,
        totalRunTime: Duration = .zero,
        policy: RunPolicy
    ) {
        self.state = state
        self.attempt = attempt
        self.holder = holder
        self.runCount = runCount
        self.failures = failures
        self.crashes = crashes
        self.startTime = startTime
        self.endTime = endTime
        self.totalRunTime = totalRunTime
        self.policy = policy
    }

    /// A run that begins in `state`, whatever that is: a client may record one that has ended already.
    public init(beginningIn state: RunState, policy: RunPolicy) {
        self.init(state: state, endTime: state.type.isTerminal ? state.timestamp : nil, policy: policy)
    }

    /// When a scheduled run is due; nothing in any other state.
    public var due: Timestamp? {
        state.type == .scheduled ? state.details.scheduledTime ?? state.timestamp : nil
    }

    /// Whether the run waits for somebody to execute it, now or later.
    public var isClaimable: Bool { state.type == .scheduled && holder == nil && !state.details.waitsInProcess }

    /// Judges `event` and becomes what it leads to.
    public mutating func handle(
        _ event: RunEvent, on occasion: Occasion
    ) throws(IllegalTransition) -> [RunEffect] {
        var next = self
        let effects = try next.apply(event, occasion)
        self = next
        return effects
    }

    private mutating func apply(_ event: RunEvent, _ occasion: Occasion) throws(IllegalTransition) -> [RunEffect] {
        switch event {
        case .claimed(let agent): return try claim(by: agent, occasion)
        case .returned(let attempt, let reason, let wait):
            try fence(attempt, event)
            return try takeBack(reason: reason, wait: wait, occasion)
        case .preparing(let attempt, let message):
            try fence(attempt, event)
            guard state.type == .pending else { return [] }
            return [try enter(.pending, name: StateName.preparing, message: message, occasion)]
        case .started(let attempt, let time):
            try fence(attempt, event)
            guard state.type == .pending, !policy.reportsForItself else { return [] }
            return [try enter(.running, name: runCount > 0 ? StateName.retrying : nil, at: time, occasion)]
        case .ended(let attempt, let end):
            try fence(attempt, event)
            return try conclude(end, occasion)
        case .leaseExpired(let attempt):
            try fence(attempt, event)
            let end = AttemptEnd(
                .leaseEnded, at: occasion.now, message: "no word from its agent before its lease ended")
            return try conclude(end, occasion)
        case .cancelRequested(let reason): return try cancel(reason: reason, occasion)
        case .foundLate:
            guard isClaimable, state.name != StateName.late, let due, due < occasion.now else { return [] }
            return [try enter(.scheduled, name: StateName.late, due: due, occasion)]
        case .claimantLost(let reason): return try loseClaimant(reason: reason, occasion)
        }
    }

    /// Only the live attempt may speak.
    private func fence(_ attempt: Int, _ event: RunEvent) throws(IllegalTransition) {
        guard attempt == self.attempt, holder != nil else {
            throw IllegalTransition(from: state, event: event, reason: .fenced(current: self.attempt))
        }
    }
}

// MARK: - One function per thing that can happen

extension RunMachine {
    private mutating func claim(by agent: ID<Agent>, _ occasion: Occasion) throws(IllegalTransition) -> [RunEffect] {
        guard isClaimable, let due, due <= occasion.now else {
            throw IllegalTransition(from: state, event: .claimed(by: agent), reason: .notReady)
        }
        attempt += 1
        holder = agent
        let entered = try enter(.pending, due: due, occasion)
        return [entered, .grantLease(attempt: attempt, to: agent)]
    }

    private mutating func takeBack(
        reason: String, wait: Duration, _ occasion: Occasion
    ) throws(IllegalTransition) -> [RunEffect] {
        let release = letGo(AttemptOutcome(type: nil, message: reason))
        switch state.type {
        case .cancelling: return [try enter(.cancelled, message: state.message, occasion), release]
        case .pending:
            let due = occasion.now + wait
            return [try enter(.scheduled, message: reason, due: due, occasion), release]
        case .scheduled: return [try waitForAnyone(reason, occasion), release]
        default: return [release]
        }
    }

    /// The process that waited for the run's retry is gone: the retry is made by whoever comes.
    private mutating func waitForAnyone(_ reason: String?, _ occasion: Occasion) throws(IllegalTransition) -> RunEffect
    {
        try enter(.scheduled, name: state.name, message: reason, due: due, occasion)
    }

    /// What had not begun is taken back; what had begun has crashed, unless its end was wanted.
    private mutating func loseClaimant(
        reason: String, _ occasion: Occasion
    ) throws(IllegalTransition) -> [RunEffect] {
        guard holder == nil else { return [] }
        switch state.type {
        case .pending: return [try enter(.scheduled, message: reason, due: occasion.now, occasion)]
        case .running: return [try enter(.crashed, message: reason, occasion)]
        case .cancelling: return [try enter(.cancelled, message: state.message, occasion)]
        case .scheduled where state.details.waitsInProcess:
            return [try waitForAnyone(reason, occasion)]
        case .scheduled, .paused, .completed, .failed, .cancelled, .crashed: return []
        }
    }

    private mutating func cancel(reason: String, _ occasion: Occasion) throws(IllegalTransition) -> [RunEffect] {
        switch state.type {
        case .completed, .failed, .cancelled, .crashed:
            throw IllegalTransition(from: state, event: .cancelRequested(reason: reason), reason: .alreadyEnded)
        case .cancelling: return []
        case .scheduled, .paused:
            guard holder == nil, !state.details.waitsInProcess else {
                return try beginCancelling(reason: reason, occasion)
            }
            return [try enter(.cancelled, message: reason, occasion)]
        case .pending, .running: return try beginCancelling(reason: reason, occasion)
        }
    }

    private mutating func beginCancelling(
        reason: String, _ occasion: Occasion
    ) throws(IllegalTransition) -> [RunEffect] {
        let entered = try enter(.cancelling, message: reason, occasion)
        guard let holder else { return [entered] }
        return [entered, .stop(attempt: attempt, agent: holder, reason: reason)]
    }
}

// MARK: - The end of an attempt

extension RunMachine {
    private mutating func conclude(_ end: AttemptEnd, _ occasion: Occasion) throws(IllegalTransition) -> [RunEffect] {
        switch state.type {
        case .cancelling: return try concludeCancelled(end, occasion)
        case _ where isSettled:
            // The flow has reported for itself; that its process ended changes nothing.
            return [letGo(AttemptOutcome(type: state.type, message: end.message, end: end))]
        case .scheduled:
            let verdict = AttemptVerdict(end, reportsForItself: policy.reportsForItself)
            let outcome = AttemptOutcome(type: verdict.type, message: end.message, end: end)
            return [try waitForAnyone(state.message, occasion), letGo(outcome)]
        default: return try concludeExecuted(end, occasion)
        }
    }

    /// Whether what the flow has said of itself still stands when its process has ended.
    private var isSettled: Bool {
        switch state.type {
        case .completed, .failed, .cancelled, .crashed: true
        // A pause in which the process should have waited is over with it.
        case .paused: state.details.isSuspended || !policy.reportsForItself
        case .scheduled, .pending, .running, .cancelling: false
        }
    }

    private mutating func concludeCancelled(
        _ end: AttemptEnd, _ occasion: Occasion
    ) throws(IllegalTransition) -> [RunEffect] {
        let finishedFirst = end.cause == .exited(code: 0) && !policy.reportsForItself
        let type: StateType = finishedFirst ? .completed : .cancelled
        let message = finishedFirst ? "completed before it could be cancelled" : state.message
        let entered = try enter(type, message: message, at: end.at, end: end, occasion)
        return [entered, letGo(AttemptOutcome(type: type, message: message, end: end))]
    }

    private mutating func concludeExecuted(
        _ end: AttemptEnd, _ occasion: Occasion
    ) throws(IllegalTransition) -> [RunEffect] {
        let verdict = AttemptVerdict(end, reportsForItself: policy.reportsForItself)
        let outcome = AttemptOutcome(type: verdict.type, message: verdict.message, end: end)
        if let retry = nextRetry(after: verdict, end.cause, occasion) {
            let due = occasion.now + retry.wait
            let entered = try enter(
                .scheduled, name: StateName.awaitingRetry, message: retry.message, due: due, end: end, occasion)
            return [entered, letGo(outcome)]
        }
        let entered = try enter(
            verdict.type, name: verdict.name, message: verdict.message, at: end.at, end: end, occasion)
        return [entered, letGo(outcome)]
    }

    /// Counts the attempt against its budget, and says how to go on if there is any of it left.
    private mutating func nextRetry(
        after verdict: AttemptVerdict, _ cause: AttemptEnd.Cause, _ occasion: Occasion
    ) -> (wait: Duration, message: String)? {
        let budget: RetryPolicy
        let used: Int
        switch verdict.type {
        case .failed:
            (budget, used) = (policy.retries, failures)
            failures += 1
        case .crashed:
            (budget, used) = (hasLostHost(cause) ? .crashDefault : policy.crashRetries, crashes)
            crashes += 1
        default: return nil
        }
        guard used < budget.limit else { return nil }
        // Whoever lost its agent has waited for a whole lease already.
        let wait = cause == .leaseEnded ? .zero : budget.delay(beforeRetry: used + 1, chance: occasion.chance)
        let kind = verdict.type == .failed ? "retry" : "crash retry"
        let text =
            "attempt \(attempt) \(verdict.message ?? "failed"); "
            + "\(kind) \(used + 1) of \(budget.limit) \(wait == .zero ? "now" : "in \(DurationText.describe(wait))")"
        return (wait, text)
    }

    /// Whether a host was lost before the flow said that it runs. None of it has been executed, and none of it will be:
    /// what that attempt says from now on is refused.
    private func hasLostHost(_ cause: AttemptEnd.Cause) -> Bool {
        policy.reportsForItself && state.type == .pending && [.leaseEnded, .supervisorLost].contains(cause)
    }

    private mutating func letGo(_ outcome: AttemptOutcome) -> RunEffect {
        holder = nil
        return .releaseLease(attempt: attempt, outcome: outcome)
    }
}

// MARK: - Entering a state

extension RunMachine {
    /// The one place where an event of Sluice's own changes the state, and where the table is held.
    private mutating func enter(
        _ type: StateType,
        name: String? = nil,
        message: String? = nil,
        at time: Timestamp? = nil,
        due: Timestamp? = nil,
        end: AttemptEnd? = nil,
        _ occasion: Occasion
    ) throws(IllegalTransition) -> RunEffect {
        guard state.type.successors.contains(type) else {
            throw IllegalTransition(from: state, event: nil, reason: .notInTable(to: type))
        }
        var details = StateDetails()
        details.scheduledTime = due
        if attempt > 0 { details.attempt = attempt }
        if case .exited(let code) = end?.cause { details.exitCode = code }
        // An agent's clock may be off: what it says never comes before what went before, nor after now.
        let moment = max(state.timestamp, min(time ?? occasion.now, occasion.now))
        let entered = RunState(
            id: occasion.stateID, type: type, name: name, timestamp: moment, message: message, details: details)
        become(entered)
        return .enter(entered)
    }

    /// Enters a state that a client proposed and the rules accepted. The table does not bind it (see `StateType`).
    ///
    /// A run that leaves an agent's hands this way (cancelled outright, or scheduled anew) has its program stopped and
    /// its lease released; one that its flow ends, or wants to retry, for itself keeps its lease until its process has
    /// ended.
    ///
    /// - Parameters:
    ///   - own: whether the flow says so of itself.
    ///   - isResuming: whether it goes on after a pause, which is not to run once more.
    public mutating func adopt(_ proposed: RunState, own: Bool = false, isResuming: Bool = false) -> [RunEffect] {
        var effects = [RunEffect.enter(proposed)]
        let runs = runCount
        become(proposed)
        if isResuming { runCount = runs }
        guard let agent = holder, !own else { return effects }
        switch proposed.type {
        case .cancelling: effects.append(.stop(attempt: attempt, agent: agent, reason: proposed.message ?? "cancelled"))
        case .scheduled where proposed.details.waitsInProcess: break
        case .cancelled, .scheduled:
            effects.append(.stop(attempt: attempt, agent: agent, reason: proposed.message ?? "set to \(proposed.name)"))
            effects.append(letGo(AttemptOutcome(type: .cancelled, message: proposed.message)))
        default: break
        }
        return effects
    }

    private mutating func become(_ entered: RunState) {
        if state.type == .running, entered.timestamp > state.timestamp {
            totalRunTime += entered.timestamp - state.timestamp
        }
        if entered.type == .running {
            runCount += 1
            startTime = startTime ?? entered.timestamp
        }
        endTime = entered.type.isTerminal ? entered.timestamp : nil
        state = entered
    }
}
