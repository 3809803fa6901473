import Domain
import Orchestration
import Storage
import StorageSQLite
import Synchronization
import TestSupport
import Testing

/// The host's clock is set while the server runs.
@Suite struct ClockTests {
    @Test func whatIsReadyIsGrantedThoughTheClockIsSetBack() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent()
        let deployment = try await stage.deploy()
        let first = try await stage.submit(deployment)
        stage.clock.advance(by: .seconds(-3600))
        let second = try await stage.submit(deployment)
        #expect(Set(try await stage.claim().map(\.run.id)) == [first.id, second.id])
    }

    @Test func aClockThatIsSetNeitherEndsALeaseNorMakesItLonger() async throws {
        let steady = ManualClock()
        let stage = try await Stage(steady: { steady.time - Timestamp(microseconds: 0) })
        _ = try await stage.welcomeAgent()
        let run = try await stage.submit(try await stage.deploy())
        #expect(try await stage.claim().count == 1)
        let reaper = LeaseReaper(stage.orchestrator)
        stage.clock.advance(by: .seconds(3600))
        _ = try await reaper.tick(at: stage.clock.time)
        #expect(try await stage.state(run).type == .pending, "the lease lasts for 30 s of no matter what clock")
        stage.clock.advance(by: .seconds(-7200))
        steady.advance(by: .seconds(32))
        _ = try await reaper.tick(at: stage.clock.time)
        #expect(try await stage.state(run).type == .scheduled, "and no longer")
    }
}
