import JSON

/// One rule about what clients may make of a run: it judges a proposal or has no opinion. It does no I/O.
public struct ProposalRule: Sendable {
    public let name: String
    let judge: @Sendable (Proposal) -> Verdict?

    /// Judges `proposal` by the first rule that has an opinion; what no rule refuses is accepted.
    ///
    /// - Parameter isForced: whether only the rules are asked that hold for what is forced too.
    public static func verdict(on proposal: Proposal, isForced: Bool = false) -> Verdict {
        for rule in isForced ? evenIfForced : inOrder {
            if let verdict = rule.judge(proposal) { return verdict }
        }
        return .accept
    }

    /// The order matters: a rule may rely on those before it.
    public static let inOrder: [ProposalRule] = [
        repeatedTransition, terminalStays, persistedResultStays, noScheduleWithoutDeployment, cancelWhatWaits,
        cancellingGoesOn, oneClaim, slot, onlyScheduledIsLate, pausing, resuming, notBeforeItsTime, flowRetry,
    ]

    /// The rules that hold for what is forced too.
    static let evenIfForced: [ProposalRule] = [resultIsNotLost, cancelWhatWaits]
}

extension ProposalRule {
    /// A client that repeats a proposal, because its answer was lost, changes nothing.
    static let repeatedTransition = ProposalRule(name: "repeated transition") { proposal in
        guard let id = proposal.proposed.details.transitionID, id == proposal.current?.details.transitionID else {
            return nil
        }
        return .rejectKeeping(reason: "This run has already made this state transition.")
    }

    /// What has ended is neither cancelled nor paused nor crashed.
    static let terminalStays = ProposalRule(name: "terminal stays") { proposal in
        guard
            let current = proposal.current, current.type.isTerminal,
            [.cancelling, .paused, .crashed].contains(proposal.proposed.type)
        else { return nil }
        return .abort(reason: "Run is already in terminal state \(current.type.rawValue).")
    }

    /// A result that was kept is not computed again.
    static let persistedResultStays = ProposalRule(name: "persisted result stays") { proposal in
        guard
            let current = proposal.current, current.type == .completed,
            current.hasPersistedResult
        else { return nil }
        if !proposal.proposed.type.isTerminal { return .rejectKeeping(reason: "Run is already COMPLETED.") }
        return resultIsNotLost.judge(proposal)
    }

    /// A result that was kept is not forgotten.
    static let resultIsNotLost = ProposalRule(name: "result is not lost") { proposal in
        guard
            let current = proposal.current, current.type == .completed, proposal.proposed.type == .completed,
            current.hasPersistedResult, !proposal.proposed.hasPersistedResult
        else { return nil }
        return .rejectKeeping(
            reason: "Cannot overwrite a COMPLETED state that carries persisted result data with one that does not.")
    }

    /// A run that waits becomes late, and only once.
    static let onlyScheduledIsLate = ProposalRule(name: "only scheduled is late") { proposal in
        let proposed = proposal.proposed
        guard let current = proposal.current, proposed.type == .scheduled, proposed.name == StateName.late else {
            return nil
        }
        guard current.type == .scheduled else {
            return .rejectKeeping(reason: "Only scheduled flows can be marked late.")
        }
        return current.name == StateName.late ? .rejectKeeping(reason: "This flow run is already marked late.") : nil
    }

    /// Nothing would ever pick up such a run.
    static let noScheduleWithoutDeployment = ProposalRule(name: "no schedule without deployment") { proposal in
        guard
            let current = proposal.current, current.type.isTerminal, proposal.proposed.type == .scheduled,
            !proposal.facts.hasDeployment
        else { return nil }
        return .abort(reason: "Cannot reschedule a run without an associated deployment.")
    }

    /// Two workers cannot claim the same run.
    static let oneClaim = ProposalRule(name: "one claim") { proposal in
        guard
            let current = proposal.current, proposal.proposed.type == .pending,
            [.pending, .running, .cancelling, .cancelled].contains(current.type)
        else { return nil }
        // From one step of being made ready to the next: Pending, Submitting, InfrastructurePending.
        let name = proposal.proposed.name
        if current.type == .pending, name != current.name, name != StateName.standard(for: .pending) { return nil }
        return .abort(
            reason: "This run is in a \(current.type.rawValue) state and cannot transition to a PENDING state.")
    }

    /// Said of a run that finds its deployment's limit reached.
    public static let limitReached = "Deployment concurrency limit reached."
    /// After how long it is offered again.
    static let slotWait: Duration = .seconds(5)

    /// Who claims a run gets a slot of its deployment, its queue and its pool.
    static let slot = ProposalRule(name: "slot") { proposal in
        guard let claim = proposal.facts.claim, proposal.proposed.type == .pending else { return nil }
        let (proposed, now) = (proposal.proposed, proposal.facts.now)
        if let limit = claim.limit, claim.occupancy >= limit {
            guard limit > 0 else {
                return .abort(
                    reason: "The deployment concurrency limit is 0. The flow will deadlock if submitted again.")
            }
            guard claim.strategy == .enqueue else {
                let cancelled = RunState(id: proposed.id, type: .cancelled, timestamp: now, message: limitReached)
                return .rejectAs(cancelled, reason: limitReached)
            }
            return .rejectAs(awaitingSlot(proposed.id, at: now), reason: limitReached)
        }
        guard claim.isPlaceFull else { return nil }
        return .rejectAs(
            awaitingSlot(proposed.id, at: now), reason: "All slots of the run's work queue or work pool are held.")
    }

    private static func awaitingSlot(_ id: ID<RunState>, at now: Timestamp) -> RunState {
        var details = StateDetails()
        details.scheduledTime = now + slotWait
        return RunState(
            id: id, type: .scheduled, name: StateName.awaitingConcurrencySlot, timestamp: now, details: details)
    }

    /// A run that no process executes is cancelled at once.
    static let cancelWhatWaits = ProposalRule(name: "cancel what waits") { proposal in
        guard let current = proposal.current, proposal.proposed.type == .cancelling else { return nil }
        let waits =
            (current.type == .scheduled && !current.details.waitsInProcess)
            || (current.type == .paused && current.name == StateName.suspended)
        guard waits else { return nil }
        let proposed = proposal.proposed
        let cancelled = RunState(
            id: proposed.id, type: .cancelled, timestamp: proposed.timestamp, message: proposed.message)
        return .rejectAs(cancelled, reason: "The run was not executing: it is cancelled.")
    }

    /// What is being cancelled becomes nothing but cancelled, when whoever executes it says so. A process that nobody
    /// stops, because nobody but itself knows of it, may end well before it has heard.
    static let cancellingGoesOn = ProposalRule(name: "cancelling goes on") { proposal in
        let proposed = proposal.proposed
        guard proposal.current?.type == .cancelling, proposed.type != .cancelled else { return nil }
        if !proposal.facts.isHeld, !proposal.facts.hasDeployment {
            switch proposed.type {
            case .completed: return nil
            case .failed, .crashed:
                let cancelled = RunState(
                    id: proposed.id, type: .cancelled, timestamp: proposed.timestamp, message: proposed.message)
                return .rejectAs(cancelled, reason: "What ends while it is being cancelled was cancelled.")
            default: break
            }
        }
        return .rejectKeeping(
            reason: "Cannot transition flows that are cancelling to a state other than Cancelled.")
    }

    /// Waits are whole seconds: what comes less than half a second too early is not sent away.
    static let notBeforeItsTime = ProposalRule(name: "not before its time") { proposal in
        guard
            let current = proposal.current, [.scheduled, .pending].contains(current.type),
            proposal.proposed.type == .running, let due = current.details.scheduledTime
        else { return nil }
        let seconds = (due - proposal.facts.now + .milliseconds(500)).components.seconds
        return seconds > 0 ? .wait(.seconds(seconds), reason: "Scheduled time is in the future") : nil
    }

    /// A flow's own retries, which its process waits for.
    static let flowRetry = ProposalRule(name: "flow retry") { proposal in
        let facts = proposal.facts
        guard
            proposal.current?.type == .running, proposal.proposed.type == .failed,
            facts.policy.retries.limit > 0, facts.runCount <= facts.policy.retries.limit
        else { return nil }
        var details = StateDetails()
        let wait = facts.policy.retries.delay(beforeRetry: facts.runCount, chance: facts.chance)
        details.scheduledTime = facts.now + wait
        details.waitsInProcess = true
        let proposed = proposal.proposed
        let retry = RunState(
            id: proposed.id, type: .scheduled, name: StateName.awaitingRetry, timestamp: facts.now,
            message: proposed.message, data: proposed.data, details: details)
        return .rejectAs(retry, reason: "Retrying")
    }
}

extension RunState {
    /// Whether its data say where a result is kept.
    var hasPersistedResult: Bool { data?.objectValue != nil && data?["type"] != "unpersisted" }
}
