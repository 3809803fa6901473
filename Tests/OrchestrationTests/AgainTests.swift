import Domain
import JSON
import Orchestration
import Storage
import TestSupport
import Testing

/// What is done again, held back, and undone: retries, paused batches, versions, deletions.
@Suite struct AgainTests {
    private func finish(_ stage: Stage, _ cause: AttemptEnd.Cause) async throws {
        for grant in try await stage.claim() { try await stage.finish(grant, cause) }
    }

    private func batch(_ stage: Stage, _ count: Int, of deployment: Deployment) async throws -> Batch {
        let lines = (1...count).map { BatchLine(number: $0, request: RunRequest()) }
        return try await stage.orchestrator.submitBatch(Lines(lines), to: deployment.id)
    }

    @Test func aRunThatHasEndedIsExecutedAgain() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent()
        let run = try await stage.submit(try await stage.deploy())
        await #expect(throws: OrchestrationError.self, "it has not ended") {
            try await stage.orchestrator.retry(run.id, reason: "x")
        }
        for cause in [AttemptEnd.Cause.exited(code: 3), .exited(code: 0)] {
            try await finish(stage, cause)
            let state = try await stage.orchestrator.retry(run.id, reason: "once more")
            #expect(state.type == .scheduled && state.name == StateName.awaitingRetry && state.message == "once more")
        }
        try await finish(stage, .exited(code: 0))
        let attempts = try await stage.orchestrator.attempts(at: run.id).map(\.outcome)
        #expect(attempts == [.failed, .completed, .completed])
        #expect(try await stage.orchestrator.tally() == [.completed: 1])
    }

    @Test func aRetriedRunObeysTheLimitThatCameMeanwhile() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent()
        let deployment = try await stage.deploy()
        let runs = [try await stage.submit(deployment), try await stage.submit(deployment)]
        try await finish(stage, .exited(code: 1))
        try await stage.deploy { $0.concurrencyLimit = 1 }
        for run in runs { _ = try await stage.orchestrator.retry(run.id, reason: "again") }
        #expect(try await stage.claim().count == 1)
    }

    @Test func aRunWhoseDeploymentIsGoneIsNotRetried() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent()
        let deployment = try await stage.deploy()
        let run = try await stage.submit(deployment)
        try await finish(stage, .exited(code: 1))
        let waiting = try await stage.submit(deployment)
        try await stage.orchestrator.deleteDeployment(deployment.id)
        #expect(try await stage.state(waiting).type == .cancelled)
        await #expect(throws: OrchestrationError.self) { try await stage.orchestrator.retry(run.id, reason: "x") }
        #expect(try await stage.state(run).type == .failed)
    }

    @Test func aPausedBatchHoldsItsRunsBackAndSaysSo() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent()
        let deployment = try await stage.deploy()
        let batch = try await batch(stage, 3, of: deployment)
        try await stage.orchestrator.setPaused(batch: batch.id, true)
        let other = try await stage.submit(deployment)
        #expect(try await stage.claim().map(\.run.id) == [other.id], "others go past it")
        let ofBatch = try await stage.orchestrator.database.read {
            try $0.runs(Query(.test("run.batch_id = ?", [.id(batch.id)]), order: "run.id"))
        }
        let why = try await stage.orchestrator.explain(ofBatch[0].id, agentEndpoint: "x")
        #expect(why.reasons.map(\.code) == ["batch_paused"])
        #expect(why.reasons[0].remedy == "sluice batch resume \(batch.id)")
        try await stage.orchestrator.setPaused(batch: batch.id, false)
        #expect(try await stage.claim().count == 3)
    }

    @Test func whatFailedOfABatchIsRetriedAsOneThing() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent(slots: 2000)
        let batch = try await batch(stage, 1200, of: try await stage.deploy())
        for (index, grant) in try await stage.claim(2000).enumerated() {
            try await stage.finish(grant, .exited(code: index.isMultiple(of: 2) ? 1 : 0))
        }
        #expect(try await stage.orchestrator.batch(batch.id).runs == [.failed: 600, .completed: 600])
        #expect(try await stage.orchestrator.retryBatch(batch.id, reason: "again") == 600)
        #expect(try await stage.orchestrator.batch(batch.id).runs == [.scheduled: 600, .completed: 600])
        #expect(try await stage.orchestrator.retryBatch(batch.id, reason: "again") == 0)
        #expect(try await stage.claim(2000).count == 600)
    }

    @Test func eachChangeOfADeploymentIsAVersion() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent()
        func numbers(_ deployment: Deployment) async throws -> [Int] {
            try await stage.orchestrator.versions(of: deployment.id, limit: 100).map(\.number)
        }
        let first = try await stage.deploy()
        try await stage.deploy()
        #expect(try await numbers(first) == [1], "the same once more is no version")
        let old = try await stage.submit(first)
        try await stage.orchestrator.updateDeployment(first.id) { $0.isPaused = true }
        try await stage.deploy { $0.execution = ExecutionSpec(command: .arguments(["echo", "two"])) }
        try await stage.orchestrator.updateDeployment(first.id) { $0.tags = ["t"] }
        #expect(try await numbers(first) == [3, 2, 1])
        #expect(try await stage.claim().first?.arguments == ["echo", "two"])
        #expect(old.deploymentVersionNumber == 1)
        #expect(
            try await stage.orchestrator.run(old.id).deploymentVersionNumber == 3, "what it executed, not what it was")

        let back = try await stage.orchestrator.rollBack(first.id, to: 1)
        #expect(back.versionNumber == 4 && back.execution == first.execution && back.tags.isEmpty)
        let newest = try await stage.orchestrator.versions(of: first.id, limit: 1)
        #expect(newest.first?.restoredFrom == 1 && newest.first?.deployment == back)
        #expect(try await stage.orchestrator.rollBack(first.id, to: 1).versionNumber == 4, "it is that already")
        #expect(try await stage.orchestrator.rollBack(first.id).tags == ["t"], "without a number, the one before")
        await #expect(throws: OrchestrationError.self) { try await stage.orchestrator.rollBack(first.id, to: 9) }
        let fresh = try await stage.deploy("fresh")
        await #expect(throws: OrchestrationError.self) { try await stage.orchestrator.rollBack(fresh.id) }
    }

    @Test func aQueueThatIsDeletedTakesWhatWaitsInItAlong() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deploy { $0.queueName = "side" }
        let run = try await stage.submit(deployment)
        let queue = try #require(deployment.queueID)
        await #expect(throws: OrchestrationError.self, "it is in use") {
            try await stage.orchestrator.deleteQueue(queue)
        }
        #expect(try await stage.state(run).type == .scheduled)
        try await stage.deploy { $0.queueName = nil }
        try await stage.orchestrator.deleteQueue(queue)
        #expect(try await stage.state(run).type == .cancelled)
    }
}
