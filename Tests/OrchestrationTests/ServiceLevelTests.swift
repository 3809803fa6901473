import Domain
import JSON
import Storage
import TestSupport
import Testing

@testable import Orchestration

/// What is expected of deployments, and what becomes of it when it is not kept.
@Suite struct ServiceLevelTests {
    @Test func `A run that executes for too long is told once, and shows it`() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deploy { $0.serviceLevel = ServiceLevel(duration: .seconds(3600)) }
        _ = try await stage.welcomeAgent()
        let watcher = stage.watcher()
        stage.clock.advance(by: LevelWatcher.patience)
        let quick = try await stage.submit(deployment)
        try await stage.finish(try #require(try await stage.claim().first))
        let slow = try await stage.submit(deployment)
        let grant = try #require(try await stage.claim().first)
        #expect(try await stage.report(grant, 1, .started(at: stage.clock.time)) == .taken(through: 1))
        let start = stage.clock.time
        #expect(try await watcher.tick(at: stage.clock.time) == .seconds(10))
        stage.clock.advance(by: .seconds(3595))
        #expect(try await watcher.tick(at: stage.clock.time) < .seconds(6))
        #expect(try await stage.violations() == [])
        stage.clock.advance(by: .seconds(6))
        for _ in 0..<2 { _ = try await watcher.tick(at: stage.clock.time) }
        let told = try await stage.violations()
        #expect(told.count == 1 && told.first?.payload["flow_run"] == .string(slow.name))
        #expect(told.first?.payload["since"] == (start + .seconds(3600)).json)
        #expect(told.first?.resource.id == "prefect.deployment.\(deployment.id)")
        #expect(told.first?.related.map(\.role).contains("flow-run") == true)

        let breaches = try await stage.orchestrator.describedRun(slow.id).breaches
        #expect(breaches.map(\.kind) == [.duration] && breaches.first?.since == start + .seconds(3600))
        let reasons = try await stage.orchestrator.explain(slow.id, agentEndpoint: "").reasons
        #expect(reasons.last?.code == "sla_duration" && reasons.count == 2)
        #expect(try await stage.orchestrator.describedRun(quick.id).breaches == [])
        #expect(try await stage.orchestrator.breaches(of: deployment.id, limit: 10) == breaches)
        let end = AttemptEnd(.exited(code: 0), at: stage.clock.time)
        #expect(try await stage.report(grant, 2, .ended(end)) == .taken(through: 2))
        _ = try await watcher.tick(at: stage.clock.time)
        #expect(try await stage.violations().count == 1)
        #expect(try await stage.orchestrator.describedRun(slow.id).breaches == breaches, "it stays")
    }

    /// Its end was reported by an agent's spool after the server had come back.
    @Test func `A run that ended while nobody looked is told, too`() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deploy { $0.serviceLevel = ServiceLevel(duration: .seconds(60)) }
        _ = try await stage.welcomeAgent()
        _ = try await stage.submit(deployment)
        stage.clock.advance(by: LevelWatcher.patience)
        _ = try await stage.watcher().tick(at: stage.clock.time + LevelWatcher.patience)
        let grant = try #require(try await stage.claim().first)
        #expect(try await stage.report(grant, 1, .started(at: stage.clock.time)) == .taken(through: 1))
        stage.clock.advance(by: .seconds(7200))
        let again = stage.watcher()
        _ = try await again.tick(at: stage.clock.time)
        #expect(try await stage.violations() == [], "agents have a while to report")
        let end = AttemptEnd(.exited(code: 0), at: stage.clock.time - .seconds(3600))
        #expect(try await stage.report(grant, 2, .ended(end)) == .taken(through: 2))
        stage.clock.advance(by: LevelWatcher.patience)
        _ = try await again.tick(at: stage.clock.time)
        #expect(try await stage.violations().count == 1)
    }

    @Test func `A run that begins too late is told`() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deploy { $0.serviceLevel = ServiceLevel(late: .seconds(600)) }
        let run = try await stage.submit(deployment)
        stage.clock.advance(by: .seconds(16))
        _ = try await LateRunMarker(stage.orchestrator).tick(at: stage.clock.time)
        let watcher = stage.watcher()
        stage.clock.advance(by: .seconds(600))
        _ = try await watcher.tick(at: stage.clock.time)
        #expect(try await stage.violations() == [])
        stage.clock.advance(by: .milliseconds(1))
        for _ in 0..<2 { _ = try await watcher.tick(at: stage.clock.time) }
        #expect(try await stage.violations().map { $0.payload["sla"] } == ["late"])
        #expect(try await stage.orchestrator.explain(run.id, agentEndpoint: "").reasons.last?.code == "sla_late")
    }

    /// The clock of the stage begins at midnight.
    @Test func `A run that is missing in the morning is told once a day, also afterwards`() async throws {
        let stage = try await Stage()
        let level = ServiceLevel(missing: .by(try DailyTime("07:00")))
        let deployment = try await stage.deploy { $0.serviceLevel = level }
        _ = try await stage.welcomeAgent(slots: 10)
        stage.clock.advance(by: .seconds(3600))
        _ = try await stage.submit(deployment)
        try await stage.finish(try #require(try await stage.claim().first))
        let watcher = stage.watcher()
        stage.clock.advance(by: .seconds(6 * 3600))
        for _ in 0..<2 { _ = try await watcher.tick(at: stage.clock.time) }
        #expect(try await stage.violations() == [], "there was one")
        // The server is not there for two mornings.
        stage.clock.advance(by: .seconds(2 * 86_400 + 60))
        let again = stage.watcher()
        stage.clock.advance(by: LevelWatcher.patience)
        for _ in 0..<3 { _ = try await again.tick(at: stage.clock.time) }
        let told = try await stage.violations()
        #expect(told.count == 2 && told.allSatisfy { $0.payload["limit"] == ["by": "07:00"] })
        #expect(told.last?.payload["flow_run"] == .null)
        // Deployed once more it is what it was; something else begins anew.
        _ = try await stage.deploy { $0.serviceLevel = level }
        _ = try await again.tick(at: stage.clock.time)
        #expect(try await stage.violations().count == 2)
        _ = try await stage.deploy { $0.serviceLevel = ServiceLevel(missing: .longerThan(.seconds(3600))) }
        stage.clock.advance(by: .seconds(3600))
        _ = try await again.tick(at: stage.clock.time)
        #expect(try await stage.violations().count == 3)
        // And with the deployment all of it goes.
        try await stage.orchestrator.deleteDeployment(deployment.id)
        stage.clock.advance(by: .seconds(86_400))
        _ = try await again.tick(at: stage.clock.time)
        #expect(try await stage.violations().count == 3)
    }

    @Test func `A zone that is none is refused`() async throws {
        let stage = try await Stage()
        let level = ServiceLevel(missing: .by(try DailyTime("07:00", zoneName: "Mars/Olympus")))
        await #expect(throws: OrchestrationError.self) { try await stage.deploy { $0.serviceLevel = level } }
        #expect(try await stage.orchestrator.count(in: .deployment, .always) == 0, "nothing is kept of it")
    }
}

extension Stage {
    fileprivate func watcher() -> LevelWatcher { LevelWatcher(orchestrator, startedAt: clock.time) }

    fileprivate func violations() async throws -> [Event] { try await events("sluice.sla.violated") }
}
