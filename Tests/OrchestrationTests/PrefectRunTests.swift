import Domain
import JSON
import Orchestration
import Storage
import TestSupport
import Testing

/// Runs of deployments that Prefect's clients make, executed by agents.
@Suite struct PrefectRunTests {
    private func stage(
        _ edit: (inout DeploymentRequest) -> Void = { _ in }
    ) async throws -> (stage: Stage, deployment: Deployment) {
        let stage = try await Stage()
        let deployment = try await stage.deploy("prefect") { request in
            request.execution = nil
            request.extras = ["entrypoint": "flow.py:main"]
            edit(&request)
        }
        _ = try await stage.welcomeAgent()
        return (stage, deployment)
    }

    private func propose(
        _ stage: Stage, _ type: StateType, _ run: FlowRun, force: Bool = false, by grant: Grant? = nil,
        _ details: StateDetails = StateDetails()
    ) async throws -> ProposalAnswer {
        let state = RunState(
            id: stage.orchestrator.surroundings.newID(), type: type, timestamp: stage.clock.time, details: details)
        return try await stage.orchestrator.propose(state, for: run.id, force: force, speaker: grant.map(\.name))
    }

    @Test func anAgentIsGrantedThemWithWhatPrefectsWorkerGives() async throws {
        let (stage, deployment) = try await stage { request in
            request.jobVariables = ["env": ["A": "1", "B": "1"], "working_dir": "/srv", "python": "/venv"]
        }
        let run = try await stage.submit(deployment) {
            $0.jobVariables = ["env": ["B": "2"], "command": "sh -c 'x y'"]
        }
        let grant = try #require(try await stage.claim().first)
        #expect(grant.run.id == run.id)
        #expect(grant.arguments == ["sh", "-c", "x y"])
        #expect(grant.execution.workingDirectory == "/srv")
        #expect(grant.job?.python == "/venv")
        #expect(grant.environment["A"] == "1" && grant.environment["B"] == "2")
        #expect(grant.environment["PREFECT__FLOW_ID"] == "\(run.flowID)")
        #expect(grant.environment["PREFECT__FLOW_NAME"] == "sample")
        #expect(grant.environment["PREFECT__DEPLOYMENT_NAME"] == "prefect")
        let labels = try await stage.orchestrator.run(run.id).labels
        #expect(labels["prefect.worker.name"] == "a1")
        #expect(labels["prefect.work-pool.name"] == .string(WorkPool.standardName))
    }

    @Test func aJobThatCannotBeMadeCrashesItsRun() async throws {
        let (stage, deployment) = try await stage { $0.jobVariables = ["command": "sh 'unclosed"] }
        let run = try await stage.submit(deployment)
        #expect(try await stage.claim().isEmpty)
        let state = try await stage.state(run)
        #expect(state.type == .crashed)
        #expect(state.message == "could not be started: a quotation in the command is not closed: sh 'unclosed")
    }

    @Test func inAPoolOfAnotherTypeTheyWaitForAWorker() async throws {
        let (stage, _) = try await stage()
        var pool = WorkPoolRequest(name: "pods")
        pool.type = "kubernetes"
        let made = try await stage.orchestrator.createPool(pool)
        let cluster = try await stage.deploy("cluster") { request in
            request.execution = nil
            request.poolName = pool.name
        }
        let own = try await stage.deploy("own") { $0.poolName = pool.name }
        let run = try await stage.submit(cluster)
        let ownRun = try await stage.submit(own)
        let grants = try await stage.orchestrator.claim(
            for: [Seat(agentID: stage.agentID, poolID: made.id, queueNames: [], credit: 5)])
        #expect(grants.map(\.run.id) == [ownRun.id])
        let reasons = try await stage.orchestrator.explain(run.id, agentEndpoint: "x").reasons
        #expect(reasons.map(\.code) == ["no_worker"])
    }

    @Test func theFlowSaysHowItIsAndTheAgentHowItsProcessEnded() async throws {
        let (stage, deployment) = try await stage()
        let run = try await stage.submit(deployment)
        let grant = try #require(try await stage.claim().first)
        #expect(try await stage.report(grant, 1, .started(at: stage.clock.time)) == .taken(through: 1))
        #expect(try await stage.state(run).type == .pending)
        #expect(try await propose(stage, .running, run, by: grant).status == .accept)
        #expect(try await propose(stage, .completed, run, by: grant).status == .accept)
        #expect(try await stage.orchestrator.run(run.id).machine.holder != nil, "its process has not ended")
        let end = AttemptEnd(.exited(code: 1), at: stage.clock.time)
        #expect(try await stage.report(grant, 2, .ended(end)) == .taken(through: 2))
        #expect(try await stage.state(run).type == .completed)
        #expect(try await stage.orchestrator.run(run.id).machine.holder == nil)
    }

    @Test func itsRetryInItsProcessLeavesItItsLease() async throws {
        let (stage, deployment) = try await stage()
        let run = try await stage.submit(deployment) { $0.empiricalPolicy = ["retries": 1, "retry_delay": 5] }
        let grant = try #require(try await stage.claim().first)
        _ = try await propose(stage, .running, run, by: grant)
        let answer = try await propose(stage, .failed, run, by: grant)
        #expect(answer.status == .reject && answer.state?.name == StateName.awaitingRetry)
        stage.clock.advance(by: .seconds(5))
        #expect(try await stage.claim().isEmpty, "nobody else executes it")
        #expect(try await propose(stage, .running, run, by: grant).status == .accept)
    }

    @Test func whatDiesWhileItIsCancelledWasCancelledHoweverItInsists() async throws {
        let (stage, deployment) = try await stage()
        let run = try await stage.submit(deployment)
        let grant = try #require(try await stage.claim().first)
        _ = try await propose(stage, .running, run, by: grant)
        #expect(try await propose(stage, .cancelling, run).status == .accept)
        let answer = try await propose(stage, .crashed, run, force: true, by: grant)
        #expect(answer.status == .reject && answer.state?.type == .cancelling)
        #expect(try await propose(stage, .cancelled, run, force: true, by: grant).status == .accept)
        #expect(try await stage.orchestrator.run(run.id).machine.holder != nil)
        let end = AttemptEnd(.exited(code: 0), at: stage.clock.time)
        #expect(try await stage.report(grant, 1, .ended(end)) == .taken(through: 1))
        #expect(try await stage.state(run).type == .cancelled)
    }

    @Test func aSuspendedRunIsANewAttemptWhenItIsResumed() async throws {
        let (stage, deployment) = try await stage()
        let run = try await stage.submit(deployment)
        let first = try #require(try await stage.claim().first)
        _ = try await propose(stage, .running, run, by: first)
        _ = try await propose(
            stage, .paused, run, by: first, StateDetails(["pause_reschedule": true, "pause_key": "1"]))
        #expect(
            try await stage.report(first, 1, .ended(AttemptEnd(.exited(code: 0), at: stage.clock.time)))
                == .taken(through: 1))
        #expect(try await stage.state(run).type == .paused)
        _ = try await stage.orchestrator.resume(run.id)
        let second = try #require(try await stage.claim().first)
        #expect(second.run.id == run.id && second.attempt == 2)
    }
}

/// What attempts say with their credentials.
@Suite struct CredentialTests {
    private let stage: Stage
    private let run: FlowRun
    private let grant: Grant

    init() async throws {
        stage = try await Stage()
        let deployment = try await stage.deploy("prefect") { $0.execution = nil }
        _ = try await stage.welcomeAgent()
        run = try await stage.submit(deployment)
        grant = try #require(try await stage.claim().first)
    }

    private func end(_ cause: AttemptEnd.Cause = .signaled(9)) async throws {
        let end = AttemptEnd(cause, at: stage.clock.time)
        #expect(try await stage.report(grant, 1, .ended(end)) == .taken(through: 1))
    }

    private func state(_ type: StateType) -> RunState {
        RunState(id: stage.orchestrator.surroundings.newID(), type: type, timestamp: stage.clock.time)
    }

    @Test func eachAttemptHasOneThatTellsWhoItIs() throws {
        let credential = try #require(grant.environment["PREFECT_API_AUTH_STRING"])
        #expect(grant.environment["PREFECT_API_KEY"] == credential)
        #expect(try stage.orchestrator.speaker(of: credential) == grant.name)
        #expect(try stage.orchestrator.speaker(of: nil) == nil)
        #expect(try stage.orchestrator.speaker(of: "admin:secret") == nil)
    }

    @Test func nobodyMakesOneUp() throws {
        let credential = try #require(grant.environment["PREFECT_API_AUTH_STRING"])
        let other = credential.replacing(".1.", with: ".2.")
        for forged in [other, "sluice:", "sluice:\(run.id).1.", credential.dropLast() + "x", credential + "0"] {
            #expect(throws: OrchestrationError.self) { try stage.orchestrator.speaker(of: String(forged)) }
        }
    }

    @Test func commandsHaveOneToo() async throws {
        let run = try await stage.submit(try await stage.deploy("plain"))
        let grant = try #require(try await stage.claim().first { $0.run.id == run.id })
        let credential = try #require(grant.environment["PREFECT_API_KEY"])
        #expect(try stage.orchestrator.speaker(of: credential) == grant.name)
    }

    @Test func whatAnEndedAttemptSaysIsRefused() async throws {
        let orchestrator = stage.orchestrator
        try await orchestrator.requireLiving(grant.name)
        try await end()
        await #expect(throws: OrchestrationError.self) { try await orchestrator.requireLiving(grant.name) }
        await #expect(throws: OrchestrationError.self) {
            _ = try await orchestrator.propose(state(.running), for: run.id, force: true, speaker: grant.name)
        }
        await #expect(throws: OrchestrationError.self) {
            _ = try await orchestrator.recordRun(of: run.flowID, RunRequest(), by: grant.name)
        }
        #expect(try await stage.state(run).type == .crashed)
    }

    @Test func whatItMadeEndsWithIt() async throws {
        let orchestrator = stage.orchestrator
        _ = try await orchestrator.propose(state(.running), for: run.id, speaker: grant.name)
        var request = RunRequest()
        request.initialState = state(.pending)
        let sub = try await orchestrator.recordRun(of: run.flowID, request, by: grant.name).run.run
        _ = try await orchestrator.propose(state(.running), for: sub.id, speaker: grant.name)
        let done = try await orchestrator.recordRun(of: run.flowID, request, by: grant.name).run.run
        _ = try await orchestrator.propose(state(.completed), for: done.id, speaker: grant.name)
        let strange = try await orchestrator.recordRun(of: run.flowID, request).run.run
        var task = TaskRunRequest(taskKey: "t", dynamicKey: "0")
        task.flowRunID = sub.id
        let inSub = try await orchestrator.createTaskRun(task).task
        task.flowRunID = run.id
        let inRun = try await orchestrator.createTaskRun(task).task
        try await end()
        #expect(try await stage.state(sub).type == .crashed)
        #expect(try await stage.state(done).type == .completed)
        #expect(try await stage.state(strange).type == .pending)
        for task in [inSub, inRun] { #expect(try await orchestrator.taskRun(task.id).state?.type == .crashed) }
    }

    @Test func whatExecutesElsewhereGoesOn() async throws {
        let orchestrator = stage.orchestrator
        var marker = TaskRunRequest(taskKey: "elsewhere", dynamicKey: "0")
        marker.flowRunID = run.id
        let task = try await orchestrator.createTaskRun(marker).task
        let other = try await stage.submit(try await stage.deploy("other") { $0.execution = nil }) {
            $0.parentTaskRunID = task.id
        }
        try await end()
        #expect(try await stage.state(other).type == .scheduled)
        #expect(try await orchestrator.taskRun(task.id).state?.type != .crashed)
    }
}

extension Grant {
    fileprivate var name: AttemptName { AttemptName(run: run.id, attempt: attempt) }
}
