import Domain
import JSON
import Orchestration
import Storage
import TestSupport
import Testing

private struct Waiting {
    let name: String
    let priority: Int
    let deployment: Int
}

/// Which runs go first, and what limits keep back.
@Suite struct DispatchTests {
    @Test func orderIsQueuePriorityThenRunPriorityThenTime() async throws {
        let stage = try await Stage()
        var urgent = WorkQueueRequest(name: "urgent")
        urgent.priority = 1
        _ = try await stage.orchestrator.createQueue(urgent, inPool: WorkPool.standardName)
        let standard = try await stage.orchestrator.queue(named: "default", inPool: WorkPool.standardName)
        try await stage.orchestrator.updateQueue(standard.id) { $0.priority = 5 }
        let deployment = try await stage.deploy()
        for (name, priority, queue) in [
            ("late", 0, nil), ("later", 0, nil), ("high", 7, nil), ("first", 0, "urgent"),
        ] as [(String, Int, String?)] {
            try await stage.submit(deployment) { request in
                (request.name, request.priority, request.queueName) = (name, priority, queue)
            }
            stage.clock.advance(by: .milliseconds(5))
        }
        _ = try await stage.welcomeAgent()
        #expect(try await stage.claim().map(\.run.name) == ["first", "high", "late", "later"])
    }

    @Test func aFullLimitHidesNothingBehindIt() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent()
        let limited = try await stage.deploy("limited") { $0.concurrencyLimit = 2 }
        let free = try await stage.deploy("free")
        for _ in 0..<20 { try await stage.submit(limited) }
        let behind = try await stage.submit(free)
        let grants = try await stage.claim()
        #expect(grants.count == 3)
        #expect(grants.filter { $0.deployment.id == limited.id }.count == 2)
        #expect(grants.contains { $0.run.id == behind.id })
        let explanation = try await stage.orchestrator.explain(
            try await stage.submit(limited).id, agentEndpoint: "127.0.0.1:4201")
        #expect(explanation.reasons.contains { $0.code == "deployment_limit" })
        let first = try #require(grants.first { $0.deployment.id == limited.id })
        try await stage.finish(first)
        #expect(try await stage.claim().count == 1, "one slot came free")
    }

    /// Each batch waits in a lane of its own, and all of them share the deployment's limit.
    @Test func severalBatchesOfADeploymentKeepItsLimitTogether() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent(slots: 16)
        let limited = try await stage.deploy { $0.concurrencyLimit = 3 }
        for _ in 0..<4 {
            let lines = (1...5).map { BatchLine(number: $0, request: RunRequest()) }
            _ = try await stage.orchestrator.submitBatch(Lines(lines), to: limited.id)
        }
        try await stage.submit(limited)
        #expect(try await stage.claim(16).count == 3)
    }

    /// Lanes are merged as if there were none: priority, then time, then making, and no limit exceeded.
    @Test(arguments: 1...20)
    func theOrderIsThatOfOneQueueHoweverManyBatchesWait(_ seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let stage = try await Stage(seed: seed)
        var rooms = [Int.max] + (0..<3).map { _ in Int.random(in: 0...9, using: &random) }
        var deployments: [Deployment] = []
        for (index, room) in rooms.enumerated() {
            deployments.append(try await stage.deploy("d\(index)") { $0.concurrencyLimit = index == 0 ? nil : room })
        }
        var waiting: [Waiting] = []
        for _ in 0..<12 {
            let deployment = Int.random(in: deployments.indices, using: &random)
            let lines = (1...Int.random(in: 1...9, using: &random)).map { number in
                var request = RunRequest()
                (request.name, request.priority) = ("\(waiting.count)", Int.random(in: 0...2, using: &random))
                waiting.append(
                    Waiting(name: "\(waiting.count)", priority: request.priority ?? 0, deployment: deployment))
                return BatchLine(number: number, request: request)
            }
            _ = try await stage.orchestrator.submitBatch(Lines(lines), to: deployments[deployment].id)
            stage.clock.advance(by: .milliseconds(5))
        }
        // A stable sort: what has one priority stays in the order of its making.
        waiting = (0...2).reversed().flatMap { priority in waiting.filter { $0.priority == priority } }
        _ = try await stage.welcomeAgent(slots: 100)
        while true {
            var expected: [String] = []
            let credit = Int.random(in: 1...12, using: &random)
            waiting.removeAll { run in
                guard expected.count < credit, rooms[run.deployment] > 0 else { return false }
                rooms[run.deployment] -= 1
                expected.append(run.name)
                return true
            }
            #expect(try await stage.claim(credit).map(\.run.name) == expected)
            if expected.isEmpty { break }
        }
    }

    @Test func aLimitSetLaterHoldsForRunsThatWaitAlready() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent()
        let deployment = try await stage.deploy()
        for _ in 0..<5 { try await stage.submit(deployment) }
        try await stage.deploy { $0.concurrencyLimit = 1 }
        #expect(try await stage.claim().count == 1)
        try await stage.deploy()
        #expect(try await stage.claim().count == 4)
    }

    @Test func queueAndPoolLimitsAndPausesAreKept() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent()
        let deployment = try await stage.deploy()
        for _ in 0..<9 { try await stage.submit(deployment) }
        let queue = try await stage.orchestrator.queue(named: "default", inPool: WorkPool.standardName)
        try await stage.orchestrator.updateQueue(queue.id) { $0.isPaused = true }
        #expect(try await stage.claim().isEmpty)
        try await stage.orchestrator.updateQueue(queue.id) { ($0.isPaused, $0.concurrencyLimit) = (false, 2) }
        #expect(try await stage.claim().count == 2)
        try await stage.orchestrator.updateQueue(queue.id) { $0.concurrencyLimit = nil }
        try await stage.orchestrator.updatePool(named: WorkPool.standardName) { $0.concurrencyLimit = 5 }
        #expect(try await stage.claim().count == 3)
        try await stage.orchestrator.updatePool(named: WorkPool.standardName) { $0.isPaused = true }
        #expect(try await stage.claim().isEmpty)
    }

    @Test func aFewRunsSpreadOverTheAgents() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deploy()
        for _ in 0..<4 { try await stage.submit(deployment) }
        let pool = try await stage.orchestrator.pool(named: WorkPool.standardName)
        let agents = (0..<4).map { _ in stage.orchestrator.surroundings.newID(Agent.self) }
        let grants = try await stage.orchestrator.claim(
            for: agents.map { Seat(agentID: $0, poolID: pool.id, queueNames: [], credit: 8) })
        #expect(Set(grants.map(\.agentID)) == Set(agents))
    }

    @Test func anAgentGetsOnlyWhatItsQueuesHold() async throws {
        let stage = try await Stage()
        _ = try await stage.orchestrator.createQueue(WorkQueueRequest(name: "other"), inPool: WorkPool.standardName)
        let deployment = try await stage.deploy()
        let run = try await stage.submit(deployment)
        #expect(try await stage.claim(queues: ["other"]).isEmpty)
        #expect(try await stage.claim(queues: ["other", "default"]).first?.run.id == run.id)
    }

    @Test func everyReasonForWaitingIsNamed() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deploy()
        let run = try await stage.submit(deployment)
        func codes(_ run: FlowRun) async throws -> [String] {
            try await stage.orchestrator.explain(run.id, agentEndpoint: "127.0.0.1:4201").reasons.map(\.code)
        }
        let explanation = try await stage.orchestrator.explain(run.id, agentEndpoint: "127.0.0.1:4201")
        #expect(explanation.reasons.map(\.code) == ["no_agent"])
        #expect(
            explanation.reasons.first?.remedy
                == "sluice-agent --server 127.0.0.1:4201 --pool default --queue default")
        _ = try await stage.welcomeAgent(slots: 1)
        #expect(try await codes(run).isEmpty)
        let grant = try #require(try await stage.claim(1).first)
        #expect(try await codes(run) == ["executing"])
        let waiting = try await stage.submit(deployment)
        #expect(try await codes(waiting) == ["agents_busy"])
        let future = try await stage.submit(deployment) { $0.due = stage.clock.time + .seconds(99) }
        #expect(try await codes(future).contains("not_due"))
        try await stage.finish(grant)
        #expect(try await codes(run) == ["ended"])
        let queue = try await stage.orchestrator.queue(named: "default", inPool: WorkPool.standardName)
        try await stage.orchestrator.updateQueue(queue.id) { ($0.isPaused, $0.concurrencyLimit) = (true, 0) }
        #expect(try await codes(waiting) == ["queue_paused", "queue_limit"])
    }
}
