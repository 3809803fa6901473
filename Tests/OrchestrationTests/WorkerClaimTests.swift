import Domain
import JSON
import Orchestration
import Storage
import TestSupport
import Testing

/// What workers claim, and what becomes of it.
@Suite struct WorkerClaimTests {
    @Test func aClaimIsAHoldUntilTheRunHasEnded() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deployForWorkers { $0.concurrencyLimit = 1 }
        let first = try await stage.submit(deployment)
        let second = try await stage.submit(deployment)
        let accepted = try await stage.workerProposes(.pending, for: first, by: "w1")
        #expect(accepted.status == .accept)
        #expect(accepted.state?.details.scheduledTime == first.state.details.scheduledTime)
        #expect(try await stage.workerProposes(.pending, for: first, by: "w2").status == .abort)
        for type in [nil, StateType.running, .cancelling] {
            if let type { try await stage.workerProposes(type, for: first) }
            #expect(try await stage.offers() == [])
            #expect(try await stage.orchestrator.describe(deployment).occupancy == 1)
            #expect(try await stage.explanation(of: second).contains("deployment_limit"))
        }
        #expect(try await stage.orchestrator.describedRun(first.id).agentName == "w1")
        try await stage.workerProposes(.cancelled, for: first)
        #expect(try await stage.offers() == [second.name])
        #expect(try await stage.orchestrator.describe(deployment).occupancy == 0)
        #expect(try await stage.orchestrator.describedRun(first.id).agentName == nil)
    }

    @Test func leasesAndClaimsCountTogether() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent()
        try await stage.orchestrator.updatePool(named: WorkPool.standardName) { $0.concurrencyLimit = 2 }
        let ours = try await stage.deploy("ours")
        let prefects = try await stage.deployForWorkers(pool: WorkPool.standardName)
        let flow = try await stage.submit(prefects)
        for _ in 0..<3 { try await stage.submit(ours) }
        try await stage.workerProposes(.pending, for: flow, by: "w1")
        let grants = try await stage.claim()
        #expect(grants.count == 1, "the worker holds the other slot")
        let another = try await stage.submit(prefects)
        #expect(try await stage.offers(pool: WorkPool.standardName) == [])
        try await stage.finish(try #require(grants.first))
        #expect(try await stage.offers(pool: WorkPool.standardName) == [another.name])
    }

    @Test func whoComesTooLateForASlotWaitsForOne() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deployForWorkers()
        let queue = try await stage.orchestrator.queue(named: "default", inPool: "prefects")
        try await stage.orchestrator.updateQueue(queue.id) { $0.concurrencyLimit = 1 }
        let (first, second) = (try await stage.submit(deployment), try await stage.submit(deployment))
        try await stage.workerProposes(.pending, for: first)
        let answer = try await stage.workerProposes(.pending, for: second)
        #expect(answer.status == .reject)
        #expect(answer.state?.name == "AwaitingConcurrencySlot")
        #expect(try #require(answer.state?.details.scheduledTime) > stage.clock.time)
        try await stage.workerProposes(.completed, for: first)
        #expect(try await stage.offers(ahead: .seconds(30)) == [second.name])
    }

    @Test(arguments: [CollisionStrategy.enqueue, .cancelNew])
    func aFullDeploymentDoesWhatItWasToldTo(_ strategy: CollisionStrategy) async throws {
        let stage = try await Stage()
        let deployment = try await stage.deployForWorkers {
            $0.concurrencyLimit = 1
            $0.extras["concurrency_options"] = ["collision_strategy": .string(strategy.rawValue)]
        }
        let (first, second) = (try await stage.submit(deployment), try await stage.submit(deployment))
        try await stage.workerProposes(.pending, for: first)
        #expect(try await stage.offers() == (strategy == .enqueue ? [] : [second.name]))
        let answer = try await stage.workerProposes(.pending, for: second)
        #expect(answer.status == .reject)
        #expect(answer.state?.type == (strategy == .enqueue ? .scheduled : .cancelled))
        #expect(answer.reason == "Deployment concurrency limit reached.")
    }

    @Test func agentsCancelWhatMustNotWait() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent()
        let deployment = try await stage.deploy {
            $0.concurrencyLimit = 1
            $0.extras["concurrency_options"] = ["collision_strategy": "CANCEL_NEW"]
        }
        let other = try await stage.deploy("other")
        let first = try await stage.submit(deployment)
        #expect(try await stage.claim().map(\.run.id) == [first.id])
        let second = try await stage.submit(deployment)
        let behind = try await stage.submit(other)
        #expect(try await stage.claim(1).map(\.run.id) == [behind.id])
        #expect(try await stage.state(second).type == .cancelled)
    }

    // MARK: Silence

    @Test func whatASilentWorkerHasNotBegunIsOfferedAgain() async throws {
        let stage = try await Stage()
        let reaper = ClaimReaper(stage.orchestrator)
        let deployment = try await stage.deployForWorkers()
        let (pending, running) = (try await stage.submit(deployment), try await stage.submit(deployment))
        let (ofAnother, nameless) = (try await stage.submit(deployment), try await stage.submit(deployment))
        try await stage.heartbeat("w1", every: .seconds(10))
        try await stage.heartbeat("w2", every: .seconds(60))
        for (run, worker) in [(pending, "w1"), (running, "w1"), (ofAnother, "w2"), (nameless, nil)] {
            try await stage.workerProposes(.pending, for: run, by: worker)
        }
        try await stage.workerProposes(.running, for: running, by: "w1")
        stage.clock.advance(by: .seconds(30))
        _ = try await reaper.tick(at: stage.clock.time)
        #expect(try await stage.state(pending).type == .pending, "three heartbeats may be missed")
        stage.clock.advance(by: .seconds(1))
        _ = try await reaper.tick(at: stage.clock.time)
        #expect(try await stage.state(pending).type == .scheduled)
        #expect(try await stage.state(running).type == .running, "nothing is known of its process")
        #expect(try await stage.state(ofAnother).type == .pending)
        #expect(try await stage.state(nameless).type == .pending)
        #expect(try await stage.offers() == [pending.name])
    }

    @Test func aServerThatWasNotThereHasMissedNothing() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deployForWorkers()
        let run = try await stage.submit(deployment)
        try await stage.heartbeat("w1", every: .seconds(10))
        try await stage.workerProposes(.pending, for: run, by: "w1")
        stage.clock.advance(by: .seconds(3600))
        let reaper = ClaimReaper(stage.orchestrator)
        _ = try await reaper.tick(at: stage.clock.time)
        #expect(try await stage.state(run).type == .pending)
        stage.clock.advance(by: .seconds(31))
        _ = try await reaper.tick(at: stage.clock.time)
        #expect(try await stage.state(run).type == .scheduled)
    }

    @Test(arguments: [StateType.running, .cancelling])
    func aRunWhoseProcessFallsSilentHasEnded(_ type: StateType) async throws {
        let stage = try await Stage()
        let reaper = ClaimReaper(stage.orchestrator)
        let run = try await stage.submit(try await stage.deployForWorkers())
        try await stage.workerProposes(.pending, for: run, by: "w1")
        try await stage.workerProposes(.running, for: run)
        for _ in 0..<2 {
            try await stage.heartbeat(of: run)
            stage.clock.advance(by: .seconds(200))
        }
        if type == .cancelling { try await stage.workerProposes(.cancelling, for: run) }
        try await stage.heartbeat(of: run)
        stage.clock.advance(by: .seconds(600))
        _ = try await reaper.tick(at: stage.clock.time)
        #expect(try await stage.state(run).type == type, "three of its own intervals")
        stage.clock.advance(by: .seconds(1))
        _ = try await reaper.tick(at: stage.clock.time)
        #expect(try await stage.state(run).type == (type == .running ? .crashed : .cancelled))
        #expect(try await stage.offers(ahead: .seconds(60)) == [])
    }

    @Test func aRunHoldsTheSlotOfItsDeploymentUnderItsOwnName() async throws {
        let stage = try await Stage()
        let limited = try await stage.submit(try await stage.deployForWorkers { $0.concurrencyLimit = 1 })
        let free = try await stage.submit(try await stage.deployForWorkers("free"))
        let lease = limited.id.cast(to: SlotHold.self)
        await #expect(throws: OrchestrationError.self) {
            try await stage.orchestrator.renewSlots(lease: lease, for: .seconds(300))
        }
        for type in [StateType.pending, .running] {
            let state = try #require(try await stage.workerProposes(type, for: limited).state)
            #expect(state.details.fields["deployment_concurrency_lease_id"] == .string(limited.id.description))
            try await stage.orchestrator.renewSlots(lease: lease, for: .seconds(300))
            let other = try #require(try await stage.workerProposes(type, for: free).state)
            #expect(other.details.fields["deployment_concurrency_lease_id"] == nil)
        }
        try await stage.workerProposes(.completed, for: limited)
        await #expect(throws: OrchestrationError.self) {
            try await stage.orchestrator.renewSlots(lease: lease, for: .seconds(300))
        }
    }

    @Test func theFirstHeartbeatGrantsTheUsualInterval() async throws {
        let stage = try await Stage()
        let reaper = ClaimReaper(stage.orchestrator)
        let run = try await stage.submit(try await stage.deployForWorkers())
        try await stage.workerProposes(.pending, for: run)
        try await stage.workerProposes(.running, for: run)
        try await stage.heartbeat(of: run)
        stage.clock.advance(by: .seconds(540))
        _ = try await reaper.tick(at: stage.clock.time)
        #expect(try await stage.state(run).type == .running)
        stage.clock.advance(by: .seconds(1))
        _ = try await reaper.tick(at: stage.clock.time)
        #expect(try await stage.state(run).type == .crashed)
        // Whoever executes it again is not held to what was heard of its first process.
        _ = try await stage.orchestrator.retry(run.id, reason: "again")
        try await stage.workerProposes(.pending, for: run)
        try await stage.workerProposes(.running, for: run)
        _ = try await reaper.tick(at: stage.clock.time)
        #expect(try await stage.state(run).type == .running)
    }

    @Test func aRetryWhoseProcessFallsSilentIsOfferedToAnyone() async throws {
        let stage = try await Stage()
        let reaper = ClaimReaper(stage.orchestrator)
        let run = try await stage.submit(try await stage.deployForWorkers())
        try await stage.workerProposes(.pending, for: run)
        try await stage.orchestrator.updateRun(run.id) { $0.empiricalPolicy = ["retries": 1, "retry_delay": 0] }
        try await stage.workerProposes(.running, for: run)
        try await stage.heartbeat(of: run)
        try await stage.workerProposes(.failed, for: run)
        stage.clock.advance(by: .seconds(541))
        _ = try await reaper.tick(at: stage.clock.time)
        #expect(try await stage.state(run).name == "AwaitingRetry")
        #expect(try await stage.offers() == [run.name])
    }

    // MARK: Who is there

    @Test func agentsAndWorkersServeAPoolAlike() async throws {
        let stage = try await Stage()
        try await stage.heartbeat("w1", pool: WorkPool.standardName, every: .seconds(10))
        stage.clock.advance(by: .seconds(1))
        _ = try await stage.welcomeAgent()
        let all = try await workers(stage, [:])
        #expect(all.map(\.name) == ["a1", "w1"])
        #expect(all.allSatisfy { $0.isOnline })
        #expect(try await stage.orchestrator.describe(pool(stage)).agentsOnline == 2)
        stage.clock.advance(by: .seconds(20))
        #expect(try await workers(stage, ["workers": ["status": ["any_": ["OFFLINE"]]]]).map(\.name) == ["a1"])
        #expect(try await workers(stage, ["workers": ["status": ["not_any_": ["OFFLINE"]]]]).map(\.name) == ["w1"])
        #expect(try await workers(stage, ["offset": 1, "limit": 5]).map(\.name) == ["w1"])
        #expect(try await stage.orchestrator.describe(pool(stage)).status == .ready)
        try await stage.orchestrator.deleteWorker(named: "w1", ofPool: WorkPool.standardName)
        try await stage.orchestrator.deleteWorker(named: "a1", ofPool: WorkPool.standardName)
        #expect(try await workers(stage, [:]).isEmpty)
        #expect(try await stage.orchestrator.describe(pool(stage)).status == .notReady)
        await #expect(throws: OrchestrationError.self) {
            try await stage.orchestrator.deleteWorker(named: "w1", ofPool: WorkPool.standardName)
        }
    }

    private func pool(_ stage: Stage) async throws -> WorkPool {
        try await stage.orchestrator.pool(named: WorkPool.standardName)
    }

    private func workers(_ stage: Stage, _ body: JSONObject) async throws -> [DescribedWorker] {
        let request = try WorkerListRequest(reading: JSONReader(.object(body)))
        return try await stage.orchestrator.workers(request, ofPool: WorkPool.standardName)
    }
}
