import Domain
import JSON
import Orchestration
import Storage
import TestSupport
import Testing

/// What is told, by events, of whether work would be executed.
@Suite struct ReadinessTests {
    private let stage: Stage

    init() async throws { stage = try await Stage() }

    /// What has been told since this was asked last: the event without `prefect.`, and whom it is about.
    private func told() async throws -> Set<String> {
        var filter = EventFilter()
        filter.order = .ascending
        let page = try await stage.orchestrator.events(filter, after: nil, limit: 200)
        let statuses = [".ready", ".not-ready", ".paused"]
        let told = page.events.filter { event in
            event.received == stage.clock.time && statuses.contains { event.name.hasSuffix($0) }
        }
        stage.clock.advance(by: .milliseconds(1))
        return Set(
            told.map { event in
                "\(event.name.dropFirst("prefect.".count)) \(event.resource["prefect.resource.name"] ?? "")"
            })
    }

    private func poll(_ pool: String = "wp") async throws {
        _ = try await stage.orchestrator.offers(ofPool: pool, Poll())
    }

    /// A pool `wp` with a deployment `nightly`.
    private func makePool() async throws -> Deployment {
        _ = try await stage.orchestrator.createPool(WorkPoolRequest(name: "wp"))
        #expect(try await told() == ["work-pool.not-ready wp"])
        return try await stage.deploy("nightly") { $0.poolName = "wp" }
    }

    @Test func pollsAndHeartbeatsMakeReadyAndSilenceDoesTheContrary() async throws {
        _ = try await makePool()
        let loop = ReadinessTeller(stage.orchestrator)
        stage.clock.advance(by: .seconds(120))
        try await poll()
        #expect(try await told() == ["work-queue.ready default", "deployment.ready nightly"])
        try await stage.orchestrator.noteHeartbeat(ofWorker: "w", inPool: "wp", every: .seconds(30))
        #expect(try await told() == ["work-pool.ready wp"])
        try await poll()
        _ = try await loop.tick(at: stage.clock.time)
        #expect(try await told() == [], "once is enough")
        stage.clock.advance(by: .seconds(61))
        _ = try await loop.tick(at: stage.clock.time)
        #expect(try await told() == ["work-queue.not-ready default", "deployment.not-ready nightly"])
        stage.clock.advance(by: .seconds(61))
        _ = try await loop.tick(at: stage.clock.time)
        #expect(try await told() == ["work-pool.not-ready wp"])
        let pool = try await stage.orchestrator.pool(named: "wp")
        #expect(try await stage.orchestrator.describe(pool).status == .notReady)
    }

    @Test func whoWasThereBeforeTheServerIsGivenTimeToBeHeardOf() async throws {
        _ = try await makePool()
        try await poll()
        _ = try await told()
        stage.clock.advance(by: .seconds(90))
        let loop = ReadinessTeller(stage.orchestrator)
        stage.clock.advance(by: .seconds(60))
        _ = try await loop.tick(at: stage.clock.time)
        #expect(try await told() == [])
        stage.clock.advance(by: .seconds(1))
        _ = try await loop.tick(at: stage.clock.time)
        #expect(try await told() == ["work-queue.not-ready default", "deployment.not-ready nightly"])
    }

    @Test func pausesAreTold() async throws {
        _ = try await makePool()
        try await poll()
        _ = try await told()
        let queue = try await stage.orchestrator.queue(named: "default", inPool: "wp").id
        try await stage.orchestrator.updateQueue(queue) { $0.isPaused = true }
        try await stage.orchestrator.updatePool(named: "wp") { $0.isPaused = true }
        #expect(try await told() == ["work-queue.paused default", "work-pool.paused wp"])
        try await poll()
        #expect(try await told() == [], "a pause is a pause, whoever asks")
        try await stage.orchestrator.updateQueue(queue) { $0.isPaused = false }
        try await stage.orchestrator.updatePool(named: "wp") { $0.isPaused = false }
        #expect(try await told() == ["work-queue.ready default", "work-pool.not-ready wp"])
    }

    @Test func anAgentMakesReadyWhatItServesAndWhatIsMadeThere() async throws {
        let loop = ReadinessTeller(stage.orchestrator)
        stage.clock.advance(by: .seconds(120))
        try await stage.deploy()
        _ = try await told()
        _ = try await stage.welcomeAgent()
        #expect(
            try await told() == ["work-pool.ready default", "work-queue.ready default", "deployment.ready plain"])
        try await stage.deploy("second")
        _ = try await loop.tick(at: stage.clock.time)
        #expect(try await told() == ["deployment.ready second"])
        try await stage.orchestrator.farewell(stage.agentID)
        _ = try await loop.tick(at: stage.clock.time)
        #expect(
            try await told() == [
                "work-pool.not-ready default", "work-queue.not-ready default", "deployment.not-ready plain",
                "deployment.not-ready second",
            ])
    }

    @Test func deploymentsThatAreServedByThemselves() async throws {
        let loop = ReadinessTeller(stage.orchestrator)
        stage.clock.advance(by: .seconds(120))
        let served = try await stage.deploy("served") {
            $0.poolName = nil
            $0.execution = nil
        }
        try #require(served.queueID == nil)
        for expected: Set<String> in [["deployment.ready served"], []] {
            _ = try await stage.orchestrator.offers(ofDeployments: [served.id], Poll())
            #expect(try await told() == expected)
        }
        stage.clock.advance(by: .seconds(62))
        _ = try await loop.tick(at: stage.clock.time)
        #expect(try await told() == ["deployment.not-ready served"])
    }

    @Test func moreDeploymentsThanOneTransactionTellsOf() async throws {
        let loop = ReadinessTeller(stage.orchestrator)
        stage.clock.advance(by: .seconds(120))
        for number in 0..<(Store.deploymentsToldAtOnce + 1) { try await stage.deploy("d\(number)") }
        _ = try await stage.welcomeAgent()
        _ = try await loop.tick(at: stage.clock.time)
        let left = try await stage.orchestrator.database.read { store in
            try store.queue(named: "default").map { try store.untoldReady(in: $0.id).count }
        }
        #expect(left == 0)
    }
}
