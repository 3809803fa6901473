import Domain
import JSON
import TestSupport
import Testing

/// What clients may make of a run: the table of `set_state` answers that Prefect's clients rely on.
@Suite struct ProposalRuleTests {
    private let now = Timestamp(microseconds: 1_767_225_600_000_000)

    private func state(
        _ type: StateType, _ name: String? = nil, data: JSONValue? = nil, details: StateDetails = StateDetails()
    ) -> RunState {
        var generator = SeededGenerator(seed: 3)
        return RunState(
            id: ID(at: now, from: &generator), type: type, name: name, timestamp: now, data: data, details: details)
    }

    private func verdict(
        _ current: RunState, _ proposed: RunState, _ edit: (inout Proposal.Facts) -> Void = { _ in }
    ) -> Verdict {
        var facts = Proposal.Facts(now: now)
        edit(&facts)
        return ProposalRule.verdict(on: Proposal(current: current, proposed: proposed, facts: facts))
    }

    private func isAbort(_ verdict: Verdict) -> Bool { if case .abort = verdict { true } else { false } }
    private func keeps(_ verdict: Verdict) -> Bool { if case .rejectKeeping = verdict { true } else { false } }

    @Test func ordinaryTransitionsAreAccepted() {
        let pairs: [(StateType, StateType)] = [
            (.scheduled, .pending), (.pending, .running), (.running, .completed), (.running, .failed),
            (.running, .crashed), (.running, .paused), (.running, .cancelling), (.cancelling, .cancelled),
        ]
        for (from, to) in pairs { #expect(verdict(state(from), state(to)) == .accept, "\(from) to \(to)") }
    }

    @Test func whatHasEndedStaysEnded() {
        for from in StateType.allCases where from.isTerminal {
            for to in [StateType.cancelling, .paused, .crashed] {
                #expect(isAbort(verdict(state(from), state(to))), "\(from) to \(to)")
            }
        }
    }

    @Test func aReRunIsAllowedUnlessTheResultWasKept() {
        #expect(verdict(state(.completed), state(.running)) == .accept)
        let kept = state(.completed, data: ["storage_key": "x"])
        #expect(keeps(verdict(kept, state(.running))))
        #expect(isAbort(verdict(state(.failed), state(.scheduled))))
        #expect(verdict(state(.failed), state(.scheduled)) { $0.hasDeployment = true } == .accept)
    }

    @Test func onlyOneClaimSucceeds() {
        #expect(isAbort(verdict(state(.pending), state(.pending))))
        #expect(isAbort(verdict(state(.running), state(.pending))))
        #expect(verdict(state(.pending), state(.pending, StateName.submitting)) == .accept)
    }

    @Test(arguments: [CollisionStrategy.enqueue, .cancelNew])
    func aClaimWantsASlot(_ strategy: CollisionStrategy) throws {
        func answer(limit: Int?, held: Int, isPlaceFull: Bool = false) -> Verdict {
            verdict(state(.scheduled), state(.pending)) {
                $0.claim = Proposal.Claim(
                    limit: limit, occupancy: held, strategy: strategy, isPlaceFull: isPlaceFull)
            }
        }
        #expect(answer(limit: nil, held: 5) == .accept)
        #expect(answer(limit: 2, held: 1) == .accept)
        #expect(isAbort(answer(limit: 0, held: 0)))
        guard case .rejectAs(let instead, _) = answer(limit: 2, held: 2) else { return #expect(Bool(false)) }
        #expect(instead.type == (strategy == .enqueue ? .scheduled : .cancelled))
        guard case .rejectAs(let later, _) = answer(limit: 2, held: 1, isPlaceFull: true) else {
            return #expect(Bool(false))
        }
        #expect(later.name == StateName.awaitingConcurrencySlot)
        #expect(try #require(later.details.scheduledTime) > now)
    }

    @Test func whatWaitsInItsProcessIsStoppedLikeWhatExecutes() {
        var details = StateDetails()
        details.waitsInProcess = true
        #expect(verdict(state(.scheduled, details: details), state(.cancelling)) == .accept)
    }

    @Test func aRepeatedProposalChangesNothing() {
        let details = StateDetails(["transition_id": "t1"])
        #expect(keeps(verdict(state(.running, details: details), state(.running, details: details))))
    }

    @Test func cancellingWhatWaitsCancelsIt() {
        for current in [state(.scheduled), state(.paused, StateName.suspended)] {
            guard case .rejectAs(let other, _) = verdict(current, state(.cancelling)) else {
                Issue.record("not rejected")
                continue
            }
            #expect(other.type == .cancelled)
        }
        for type in [StateType.failed, .crashed] { #expect(keeps(verdict(state(.cancelling), state(type)))) }
    }

    @Test func nothingRunsBeforeItsTime() {
        var details = StateDetails()
        details.scheduledTime = now + .seconds(30)
        let answer = verdict(state(.scheduled, details: details), state(.running))
        #expect(answer == .wait(.seconds(30), reason: "Scheduled time is in the future."))
    }

    @Test func aFlowIsRetriedAsOftenAsItSays() {
        func proposeFailure(runCount: Int) -> Verdict {
            verdict(state(.running), state(.failed)) { facts in
                facts.runCount = runCount
                facts.flowRetries = RetryPolicy(limit: 1, delay: .seconds(5))
            }
        }
        guard case .rejectAs(let retry, "Retrying") = proposeFailure(runCount: 1) else {
            Issue.record("not retried")
            return
        }
        #expect(retry.name == StateName.awaitingRetry)
        #expect(retry.details.scheduledTime == now + .seconds(5))
        #expect(proposeFailure(runCount: 2) == .accept)
    }
}
