import Domain
import JSON
import Orchestration
import Storage
import TestSupport
import Testing

/// What those are offered who look for runs over REST.
@Suite struct WorkerOfferTests {
    @Test func offersFollowQueuesThenRunsThenTime() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deployForWorkers()
        var urgent = WorkQueueRequest(name: "urgent")
        urgent.priority = 1
        _ = try await stage.orchestrator.createQueue(urgent, inPool: "prefects")
        for (name, priority, queue) in [
            ("late", 0, nil), ("later", 0, nil), ("high", 7, nil), ("first", 0, "urgent"),
        ] as [(String, Int, String?)] {
            try await stage.submit(deployment) { request in
                (request.name, request.priority, request.queueName) = (name, priority, queue)
            }
            stage.clock.advance(by: .milliseconds(5))
        }
        #expect(try await stage.offers() == ["first", "high", "late", "later"])
        #expect(try await stage.offers(limit: 2) == ["first", "high"])
        #expect(try await stage.offers(queues: ["default"]) == ["high", "late", "later"])
        #expect(try await stage.offers(queues: ["urgent"], limit: 0) == [])
        #expect(try await stage.offers() == ["first", "high", "late", "later"], "an offer takes nothing")
    }

    @Test func whatIsDueSoonIsOfferedAheadOfTimeAndWaitsForIt() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deployForWorkers()
        for (name, wait) in [("in ten", 10), ("now", 0), ("in five", 5)] {
            try await stage.submit(deployment) { request in
                (request.name, request.due) = (name, stage.clock.time + .seconds(wait))
            }
        }
        #expect(try await stage.offers() == ["now"])
        #expect(try await stage.offers(ahead: .seconds(10)) == ["now", "in five", "in ten"])
        #expect(try await stage.offers(ahead: .seconds(9), limit: 2) == ["now", "in five"])

        let early = try await stage.submit(deployment) { $0.due = stage.clock.time + .seconds(8) }
        #expect(try await stage.workerProposes(.pending, for: early).status == .accept)
        let answer = try await stage.workerProposes(.running, for: early)
        #expect(answer.status == .wait)
        #expect(answer.delay == .seconds(8))
        stage.clock.advance(by: .seconds(8))
        #expect(try await stage.workerProposes(.running, for: early).status == .accept)
    }

    @Test func agentsAndWorkersAreGivenWhatTheyCanExecute() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent()
        let ours = try await stage.deploy("ours")
        let prefects = try await stage.deployForWorkers(pool: WorkPool.standardName)
        let command = try await stage.submit(ours)
        let flow = try await stage.submit(prefects)
        // A process is what both can start; a command is what only agents can execute.
        #expect(try await stage.offers(pool: WorkPool.standardName) == [flow.name])
        #expect(try await Set(stage.claim().map(\.run.id)) == [command.id, flow.id])
        #expect(try await stage.offers(pool: WorkPool.standardName) == [])
    }

    @Test func pausesAndLimitsKeepRunsBack() async throws {
        let stage = try await Stage()
        let limited = try await stage.deployForWorkers("limited") { $0.concurrencyLimit = 1 }
        let free = try await stage.deployForWorkers("free")
        for index in 0..<3 { try await stage.submit(limited) { $0.name = "limited \(index)" } }
        try await stage.submit(free) { $0.name = "free" }
        #expect(try await stage.offers() == ["limited 0", "free"])

        let queue = try await stage.orchestrator.queue(named: "default", inPool: "prefects")
        try await stage.orchestrator.updateQueue(queue.id) { $0.isPaused = true }
        #expect(try await stage.offers() == [])
        try await stage.orchestrator.updateQueue(queue.id) { ($0.isPaused, $0.concurrencyLimit) = (false, 1) }
        #expect(try await stage.offers() == ["limited 0"])
        try await stage.orchestrator.updatePool(named: "prefects") { $0.isPaused = true }
        #expect(try await stage.offers() == [])
        try await stage.orchestrator.updatePool(named: "prefects") { ($0.isPaused, $0.concurrencyLimit) = (false, 0) }
        #expect(try await stage.offers() == [])
    }

    @Test func whoServesADeploymentIsOfferedItsRuns() async throws {
        let stage = try await Stage()
        let (one, two) = (
            try await stage.deployForWorkers("one", pool: nil), try await stage.deployForWorkers("two", pool: nil)
        )
        try await stage.submit(one) { $0.name = "a" }
        stage.clock.advance(by: .seconds(1))
        try await stage.submit(two) { $0.name = "b" }
        try await stage.submit(one) { ($0.name, $0.due) = ("c", stage.clock.time + .seconds(5)) }
        #expect(try await stage.servedOffers(of: one, ahead: .seconds(10)) == ["a", "c"])
        #expect(try await stage.servedOffers(of: one, two) == ["a", "b"])
        #expect(try await stage.orchestrator.isServed(one.id))
        stage.clock.advance(by: .seconds(61))
        #expect(try await !stage.orchestrator.isServed(one.id))
    }

    @Test func aDeploymentThatLeavesItsPoolIsOfferedToWhoServesIt() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deployForWorkers()
        try await stage.orchestrator.updateDeployment(deployment.id, leavesPool: true) { _ in }
        try await stage.submit(deployment) { $0.name = "own" }
        #expect(try await stage.offers() == [])
        #expect(try await stage.servedOffers(of: deployment) == ["own"])
    }

    @Test func anOfferSaysThatTheQueueIsServed() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deployForWorkers()
        let run = try await stage.submit(deployment)
        #expect(try await stage.explanation(of: run) == ["no_worker"])
        #expect(try await stage.offers() == [run.name])
        #expect(try await stage.explanation(of: run) == [])
        let described = try await stage.orchestrator.describe(deployment)
        #expect(described.isServed && described.lastPolled == stage.clock.time)
        stage.clock.advance(by: .seconds(61))
        #expect(try await !stage.orchestrator.describe(deployment).isServed)
        #expect(try await stage.explanation(of: run) == ["no_worker"])
    }

    @Test func aFlowsOwnRetryIsOfferedToNobody() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deployForWorkers()
        let run = try await stage.submit(deployment)
        try await stage.workerProposes(.pending, for: run)
        try await stage.orchestrator.updateRun(run.id) { $0.empiricalPolicy = ["retries": 1, "retry_delay": 30] }
        try await stage.workerProposes(.running, for: run)
        #expect(try await stage.workerProposes(.failed, for: run).state?.name == "AwaitingRetry")
        #expect(try await stage.orchestrator.run(run.id).empiricalPolicy["retry_type"] == "in_process")
        #expect(try await stage.explanation(of: run) == ["awaiting_retry"])
        #expect(try await stage.offers(ahead: .seconds(60)) == [])
        stage.clock.advance(by: .seconds(31))
        _ = try await DueRunWaker(stage.orchestrator).tick(at: stage.clock.time)
        #expect(try await stage.offers(ahead: .seconds(60)) == [])
        #expect(
            try await stage.workerProposes(.cancelling, for: run).status == .accept, "its process has to be stopped")
    }

    @Test func aRunThatIsRetriedByHandIsOfferedAgain() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deployForWorkers()
        let run = try await stage.submit(deployment)
        try await stage.workerProposes(.pending, for: run)
        try await stage.orchestrator.updateRun(run.id) { $0.empiricalPolicy = ["retries": 0] }
        try await stage.workerProposes(.running, for: run)
        try await stage.workerProposes(.failed, for: run)
        #expect(try await stage.offers() == [])
        _ = try await stage.orchestrator.retry(run.id, reason: "again")
        #expect(try await stage.offers() == [run.name])
        #expect(try await stage.orchestrator.run(run.id).empiricalPolicy["retry_type"] == "reschedule")
    }
}
