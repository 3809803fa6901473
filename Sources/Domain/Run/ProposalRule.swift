import JSON

/// One rule about what clients may make of a run: it judges a proposal or has no opinion. It does no I/O.
public struct ProposalRule: Sendable {
    public let name: String
    let judge: @Sendable (Proposal) -> Verdict?

    /// Judges `proposal` by the first rule that has an opinion; what no rule refuses is accepted.
    public static func verdict(on proposal: Proposal) -> Verdict {
        for rule in inOrder {
            if let verdict = rule.judge(proposal) { return verdict }
        }
        return .accept
    }

    /// The order matters: a rule may rely on those before it.
    public static let inOrder: [ProposalRule] = [
        repeatedTransition, terminalStays, persistedResultStays, noScheduleWithoutDeployment, oneClaim, slot,
        cancelWhatWaits, cancellingGoesOn, notBeforeItsTime, flowRetry,
    ]
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
            [.running, .scheduled, .pending].contains(proposal.proposed.type),
            current.data?["storage_key"] != nil
        else { return nil }
        return .rejectKeeping(reason: "This run is already completed.")
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
            current.type == .pending || current.type == .running,
            !(current.type == .pending && proposal.proposed.name == StateName.submitting
                && current.name != StateName.submitting)
        else { return nil }
        return .abort(reason: "This run is in a \(current.type.rawValue) state and cannot transition to PENDING.")
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

    /// What dies while it is being cancelled was cancelled.
    static let cancellingGoesOn = ProposalRule(name: "cancelling goes on") { proposal in
        guard
            proposal.current?.type == .cancelling,
            [.failed, .crashed, .running, .pending, .scheduled].contains(proposal.proposed.type)
        else { return nil }
        return .rejectKeeping(reason: "This run is cancelling.")
    }

    static let notBeforeItsTime = ProposalRule(name: "not before its time") { proposal in
        guard
            let current = proposal.current, [.scheduled, .pending].contains(current.type),
            proposal.proposed.type == .running,
            let due = current.details.scheduledTime, due > proposal.facts.now
        else { return nil }
        return .wait(due - proposal.facts.now, reason: "Scheduled time is in the future.")
    }

    /// A flow's own retries, which its process waits for.
    static let flowRetry = ProposalRule(name: "flow retry") { proposal in
        let facts = proposal.facts
        guard
            proposal.current?.type == .running, proposal.proposed.type == .failed,
            facts.flowRetries.limit > 0, facts.runCount <= facts.flowRetries.limit
        else { return nil }
        var details = StateDetails()
        let wait = facts.flowRetries.delay(beforeRetry: facts.runCount, chance: facts.chance)
        details.scheduledTime = facts.now + wait
        details.waitsInProcess = true
        let proposed = proposal.proposed
        let retry = RunState(
            id: proposed.id, type: .scheduled, name: StateName.awaitingRetry, timestamp: facts.now,
            message: proposed.message, data: proposed.data, details: details)
        return .rejectAs(retry, reason: "Retrying")
    }
}
