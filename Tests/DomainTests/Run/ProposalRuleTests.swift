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
        for type in [StateType.failed, .crashed, .completed] {
            #expect(keeps(verdict(state(.cancelling), state(type)) { $0.hasDeployment = true }))
        }
        // A script that nobody stops may end before it hears of it.
        #expect(verdict(state(.cancelling), state(.completed)) == .accept)
    }

    @Test func eachPauseIsMadeOnceAndLeadsOn() {
        let pause = state(.paused, details: StateDetails(["pause_key": "a"]))
        #expect(verdict(state(.running), pause) == .accept)
        #expect(keeps(verdict(state(.running), pause) { $0.policy.pauseKeys = ["a"] }))
        #expect(keeps(verdict(state(.pending), pause)))
        #expect(verdict(pause, state(.running)) == .accept)
        #expect(keeps(verdict(pause, state(.pending))))
        let late = state(.paused, details: StateDetails(["pause_timeout": (now - .seconds(1)).json]))
        guard case .rejectAs(let failed, _) = verdict(late, state(.running)) else {
            Issue.record("resumed too late")
            return
        }
        #expect(failed.type == .failed)
    }

    @Test func whatGivesItsPlaceFreeMustBeAbleToComeBack() {
        let suspension = state(.paused, StateName.suspended, details: StateDetails(["pause_reschedule": true]))
        #expect(isAbort(verdict(state(.running), suspension)))
        #expect(verdict(state(.running), suspension) { $0.hasDeployment = true } == .accept)
        let subflow = verdict(state(.running), suspension) { ($0.hasDeployment, $0.isSubflow) = (true, true) }
        #expect(isAbort(subflow))
    }

    @Test func aPolicyRemembersPausesUntilTheNextTry() {
        let pause = state(.paused, details: StateDetails(["pause_key": "a"]))
        let paused = FlowRunPolicy().after(leaving: state(.running), entering: pause)
        #expect(paused.pauseKeys == ["a"])
        let scheduled = paused.after(leaving: pause, entering: state(.scheduled, StateName.resuming))
        #expect(scheduled.isResuming)
        let running = scheduled.after(leaving: state(.pending), entering: state(.running))
        #expect(!running.isResuming && running.pauseKeys == ["a"])
        let again = running.after(leaving: state(.failed), entering: state(.scheduled))
        #expect(again.pauseKeys.isEmpty && again.retryType == "reschedule")
        #expect(FlowRunPolicy().after(leaving: state(.pending), entering: state(.running)) == FlowRunPolicy())
    }

    @Test func nothingRunsBeforeItsTime() {
        var details = StateDetails()
        details.scheduledTime = now + .seconds(30)
        let answer = verdict(state(.scheduled, details: details), state(.running))
        #expect(answer == .wait(.seconds(30), reason: "Scheduled time is in the future"))
    }

    @Test func aFlowIsRetriedAsOftenAsItSays() {
        func proposeFailure(runCount: Int) -> Verdict {
            verdict(state(.running), state(.failed)) { facts in
                facts.runCount = runCount
                facts.policy = FlowRunPolicy(["retries": 1, "retry_delay": 5])
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
