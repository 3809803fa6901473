import Domain
import JSON
import Orchestration
import Storage
import TestSupport
import Testing

/// What becomes of inputs and artifacts when their runs are pruned.
@Suite struct ConfigurationRetentionTests {
    private func show(_ stage: Stage, _ run: FlowRun?, _ number: Int64, key: String? = "k") async throws {
        stage.clock.advance(by: .seconds(1))
        var request = ArtifactRequest()
        request.key = key
        request.data = .integer(number)
        request.flowRunID = run?.id
        _ = try await stage.orchestrator.createArtifact(request)
    }

    private func latest(_ stage: Stage, _ key: String = "k") async throws -> JSONValue? {
        try await stage.orchestrator.database.read { try $0.artifactCollection(key: key)?.latest.data }
    }

    @Test func whatARunWasGivenAndHasShownGoesWithIt() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deploy()
        let (old, new) = (try await stage.submit(deployment), try await stage.submit(deployment))
        for run in [old, new] {
            try await stage.orchestrator.giveInput(to: run.id, key: "a", value: "1")
        }
        try await show(stage, nil, 0)
        try await show(stage, new, 1)
        try await show(stage, old, 2)
        try await show(stage, old, 3, key: "own")
        try await show(stage, old, 4, key: nil)
        try await stage.propose(.completed, for: old)
        stage.clock.advance(by: .seconds(3600))
        _ = try await RetentionPruner(stage.orchestrator, limits: RunLimits(age: .seconds(60), count: nil)).tick(
            at: stage.clock.time)
        #expect(try await stage.count("SELECT count(*) FROM run") == 1)
        #expect(try await stage.count("SELECT count(*) FROM artifact") == 2)
        #expect(try await latest(stage) == 1, "the newest that is left is the latest")
        #expect(try await latest(stage, "own") == nil)
        #expect(try await stage.count("SELECT count(*) FROM flow_run_input") == 1)
        #expect(try await stage.orchestrator.input(of: new.id, key: "a").value == "1")
        try await stage.expectNoOrphans()
    }

    /// More than one transaction removes.
    @Test func manyArtifactsGoInSteps() async throws {
        let stage = try await Stage()
        let run = try await stage.submit(try await stage.deploy())
        for number in 0..<25 as Range<Int64> { try await show(stage, run, number) }
        try await stage.propose(.completed, for: run)
        let end = stage.clock.time
        stage.clock.advance(by: .seconds(60))
        let finished = FinishedRuns(of: run.deploymentID, endedBy: end, unchangedSince: stage.clock.time)
        var (steps, hasMore) = (0, true)
        while hasMore, steps < 20 {
            let pruned = try await stage.orchestrator.database.write { try $0.prune(finished, limit: 10) }
            #expect(pruned.rows <= 10)
            (steps, hasMore) = (steps + 1, pruned.hasMore)
        }
        #expect(steps >= 3)
        #expect(try await stage.count("SELECT count(*) FROM artifact") == 0)
        #expect(try await stage.count("SELECT count(*) FROM artifact_collection") == 0)
        #expect(try await stage.count("SELECT count(*) FROM run") == 0)
    }
}
