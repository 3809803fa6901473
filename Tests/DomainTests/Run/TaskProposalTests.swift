import Domain
import JSON
import TestSupport
import Testing

/// What the 2.x client is answered when it proposes a state for a task run.
@Suite struct TaskProposalTests {
    private let now = Timestamp(microseconds: 1_767_225_600_000_000)

    private func state(
        _ type: StateType, _ name: String? = nil, data: JSONValue? = nil, details: JSONObject = [:]
    ) -> RunState {
        var generator = SeededGenerator(seed: 3)
        return RunState(
            id: ID(at: now, from: &generator), type: type, name: name, timestamp: now, data: data,
            details: StateDetails(details))
    }

    private func task(in state: RunState?, runCount: Int = 0, _ policy: JSONObject = [:]) -> TaskRun {
        var generator = SeededGenerator(seed: 4)
        return TaskRun(
            id: ID(at: now, from: &generator), flowRunID: nil, name: "t", taskKey: "k", dynamicKey: "0",
            empiricalPolicy: policy, state: state, runCount: runCount, created: now, updated: now)
    }

    private func proposal(
        _ task: TaskRun, _ proposed: RunState, _ edit: (inout TaskProposal.Facts) -> Void = { _ in }
    ) -> TaskProposal {
        var facts = TaskProposal.Facts(now: now)
        edit(&facts)
        return TaskProposal(task: task, proposed: proposed, facts: facts).completed
    }

    @Test func failuresAreRetriedAsOftenAsTheTaskSays() throws {
        let policy: JSONObject = ["retries": 2, "retry_delay": [1, 10]]
        for (runCount, delay) in [(1, 1), (2, 10)] {
            let failing = proposal(task(in: state(.running), runCount: runCount, policy), state(.failed))
            guard case .rejectAs(let retry, "Retrying") = TaskProposalRule.verdict(on: failing) else {
                Issue.record("not retried")
                return
            }
            #expect(retry.name == StateName.awaitingRetry)
            #expect(retry.details.scheduledTime == now + .seconds(delay))
        }
        let spent = proposal(task(in: state(.running), runCount: 3, policy), state(.failed))
        #expect(TaskProposalRule.verdict(on: spent) == .accept)
        let unwilling = proposal(
            task(in: state(.running), runCount: 1, policy), state(.failed, details: ["retriable": false]))
        #expect(TaskProposalRule.verdict(on: unwilling) == .accept)
    }

    @Test func reRunsHaveNamesOfTheirOwn() {
        #expect(proposal(task(in: state(.pending), runCount: 1), state(.running)).proposed.name == "Rerunning")
        let awaiting = task(in: state(.scheduled, StateName.awaitingRetry), runCount: 1)
        #expect(proposal(awaiting, state(.running)).proposed.name == "Retrying")
        #expect(proposal(task(in: state(.pending)), state(.running)).proposed.name == "Running")
    }

    @Test func tasksRunOnlyInRunningFlows() {
        func verdict(_ flow: RunState) -> Verdict {
            TaskProposalRule.verdict(
                on: proposal(task(in: state(.pending)), state(.running)) { $0.flowRun = (flow, 1) })
        }
        #expect(verdict(state(.running)) == .accept)
        guard case .rejectAs(let paused, _) = verdict(state(.paused)), paused.name == StateName.notReady else {
            Issue.record("not paused")
            return
        }
        for type in StateType.allCases where ![.running, .paused].contains(type) {
            guard case .abort = verdict(state(type)) else {
                Issue.record("a task runs in a flow that is \(type)")
                return
            }
        }
    }

    @Test func whatIsCachedIsNotComputedAgain() {
        let cached = state(.completed, data: ["type": "reference"])
        let running = proposal(task(in: state(.pending)), state(.running, details: ["cache_key": "k"])) {
            $0.cached = cached
        }
        guard case .rejectAs(let state, _) = TaskProposalRule.verdict(on: running) else {
            Issue.record("computed again")
            return
        }
        #expect(state.name == "Cached" && state.data == cached.data && state.type == .completed)
    }

    @Test func whatHasEndedStaysEnded() {
        let kept = task(in: state(.completed, data: ["type": "reference"]))
        guard case .rejectKeeping = TaskProposalRule.verdict(on: proposal(kept, state(.running))) else {
            Issue.record("computed again")
            return
        }
        let unpersisted = task(in: state(.completed, data: ["type": "unpersisted"]))
        #expect(TaskProposalRule.verdict(on: proposal(unpersisted, state(.running))) == .accept)
        guard case .abort = TaskProposalRule.verdict(on: proposal(kept, state(.crashed))) else {
            Issue.record("crashed after its end")
            return
        }
    }
}
