import Domain
import Storage
import TestSupport
import Testing

@testable import Orchestration

/// Slots of limits: taking, renewing, giving back.
@Suite struct SlotTests {
    private func request(
        _ names: [String], _ slots: Int = 1, lease: Duration? = .seconds(60), holder: LimitHolder? = nil
    ) -> SlotRequest {
        var request = SlotRequest(names: names, slots: slots)
        (request.lease, request.holder) = (lease, holder)
        return request
    }

    @Test func aSlotIsTakenUntilItsLeaseIsGivenBack() async throws {
        let stage = try await Stage()
        try await stage.limit("db", 1)
        let lease = try #require(try await stage.take(request(["db", "nothing"])))
        #expect(try await stage.take(request(["db"])) == nil)
        #expect(try await stage.taken("db") == 1)
        try await stage.orchestrator.releaseSlots(lease: lease)
        try await stage.orchestrator.releaseSlots(lease: lease)
        #expect(try await stage.taken("db") == 0)
    }

    @Test func allOrNone() async throws {
        let stage = try await Stage()
        try await stage.limit("a", 2)
        try await stage.limit("b", 1)
        _ = try await stage.take(request(["b"]))
        #expect(try await stage.take(request(["a", "b"])) == nil)
        #expect(try await stage.taken("a") == 0, "what is refused has taken nothing")
        await #expect(throws: OrchestrationError.self) { try await stage.take(request(["a", "b"], 2)) }
    }

    @Test func aLeaseEndsUnlessItIsRenewed() async throws {
        let stage = try await Stage()
        try await stage.limit("db", 1)
        let lease = try #require(try await stage.take(request(["db"])))
        stage.clock.advance(by: .seconds(50))
        try await stage.orchestrator.renewSlots(lease: lease, for: .seconds(60))
        stage.clock.advance(by: .seconds(59))
        #expect(try await stage.taken("db") == 1)
        stage.clock.advance(by: .seconds(1))
        #expect(try await stage.taken("db") == 0, "also before anybody has cleaned up")
        await #expect(throws: OrchestrationError.self) {
            try await stage.orchestrator.renewSlots(lease: lease, for: .seconds(60))
        }
        _ = try await HoldReaper(stage.orchestrator).tick(at: stage.clock.time)
        #expect(try await stage.holdRows() == 0)
        #expect(try await stage.take(request(["db"])) != nil)
    }

    @Test func aServerThatComesBackLeavesTimeToRenew() async throws {
        let stage = try await Stage()
        try await stage.limit("db", 1)
        let lease = try #require(try await stage.take(request(["db"])))
        stage.clock.advance(by: .seconds(3600))
        try await stage.orchestrator.renewAllLeases()
        stage.clock.advance(by: .seconds(59))
        try await stage.orchestrator.renewSlots(lease: lease, for: .seconds(60))
    }

    @Test func anInactiveLimitHoldsNobodyBack() async throws {
        let stage = try await Stage()
        try await stage.limit("db", 1) { $0.isActive = false }
        let lease = try #require(try await stage.take(request(["db"], 9)))
        #expect(try await stage.taken("db") == 0)
        try await stage.orchestrator.renewSlots(lease: lease, for: .seconds(60))
    }

    @Test func slotsWithoutALeaseAreGivenBackByNumber() async throws {
        let stage = try await Stage()
        try await stage.limit("db", 10)
        _ = try await stage.take(request(["db"], 3, lease: nil))
        _ = try await stage.take(request(["db"], 3, lease: nil))
        _ = try await stage.take(request(["db"], 2))
        _ = try await stage.orchestrator.releaseSlots(4, ofLimitsNamed: ["db"])
        #expect(try await stage.taken("db") == 4)
        _ = try await stage.orchestrator.releaseSlots(100, ofLimitsNamed: ["db"])
        #expect(try await stage.taken("db") == 2, "what somebody holds under a lease is its own")
    }

    @Test func takenSlotsCanBeSetByHand() async throws {
        let stage = try await Stage()
        try await stage.limit("db", 5)
        let lease = try #require(try await stage.take(request(["db"], 2)))
        try await stage.setTaken("db", 4)
        #expect(try await stage.taken("db") == 4)
        try await stage.setTaken("db", 1)
        #expect(try await stage.taken("db") == 1)
        try await stage.setTaken("db", 0)
        #expect(try await stage.taken("db") == 0)
        try await stage.orchestrator.renewSlots(lease: lease, for: .seconds(60))
        try await stage.orchestrator.releaseSlots(lease: lease)
        #expect(try await stage.taken("db") == 0)
        #expect(try await stage.holdRows() == 0)
    }

    @Test func aRateComesFreeByItself() async throws {
        let stage = try await Stage()
        try await stage.limit("api", 2) { $0.decay = 0.5 }
        var rate = request(["api"], 2, lease: nil)
        rate.mode = .rateLimit
        #expect(try await stage.take(rate) != nil)
        #expect(try await stage.wait(rate) == .seconds(4))
        stage.clock.advance(by: .seconds(3))
        #expect(try await stage.taken("api") == 1)
        stage.clock.advance(by: .seconds(1))
        #expect(try await stage.taken("api") == 0)
        #expect(try await stage.take(rate) != nil)
        stage.clock.advance(by: .seconds(4))
        _ = try await HoldReaper(stage.orchestrator).tick(at: stage.clock.time)
        #expect(try await stage.holdRows() == 0)
        try await stage.limit("db", 2)
        rate.names = ["api", "db"]
        await #expect(throws: OrchestrationError.self) { try await stage.take(rate) }
    }

    @Test func deletingALimitLeavesTheLeases() async throws {
        let stage = try await Stage()
        try await stage.limit("db", 5)
        let lease = try #require(try await stage.take(request(["db"])))
        _ = try await stage.take(request(["db"], lease: nil))
        try await stage.orchestrator.deleteLimit(.name("db"))
        #expect(try await stage.holdRows() == 1)
        try await stage.orchestrator.renewSlots(lease: lease, for: .seconds(60))
        try await stage.orchestrator.releaseSlots(lease: lease)
        #expect(try await stage.holdRows() == 0)
    }
}

/// What the orchestration of task runs asks for.
@Suite struct TagSlotTests {
    private func ids(_ stage: Stage) -> [ID<TaskRun>] { (0..<3).map { _ in stage.orchestrator.surroundings.newID() } }

    @Test func aTaskRunHoldsASlotOfEachOfItsTagsOnce() async throws {
        let stage = try await Stage()
        let runs = ids(stage)
        try await stage.limit("tag:db", 1)
        try await stage.limit("tag:api", 2)
        let tags = ["db", "api", "free"]
        #expect(try await stage.takeTags(tags, runs[0]) == .granted)
        #expect(try await stage.takeTags(tags, runs[0]) == .granted, "it holds them already")
        #expect(try await stage.taken(["tag:db", "tag:api"]) == [1, 1])
        guard case .full("db", let wait) = try await stage.takeTags(tags, runs[1]) else {
            Issue.record("two runs hold one slot")
            return
        }
        #expect(wait > .zero && wait <= .seconds(30))
        #expect(try await stage.holders("tag:api") == [LimitHolder(.taskRun, runs[0])], "all or none")
        try await stage.orchestrator.change { try $0.releaseTagSlots(of: runs[0]) }
        #expect(try await stage.taken(["tag:db", "tag:api"]) == [0, 0])
        stage.clock.advance(by: wait)
        #expect(try await stage.takeTags(tags, runs[1]) == .granted)
        stage.clock.advance(by: .seconds(1_000_000))
        _ = try await HoldReaper(stage.orchestrator).tick(at: stage.clock.time)
        #expect(try await stage.holders("tag:db") == [LimitHolder(.taskRun, runs[1])], "it has no lease to lose")
    }

    @Test func aLimitOfNothingIsSaidToBeOne() async throws {
        let stage = try await Stage()
        try await stage.limit("tag:never", 0)
        let answer = try await stage.takeTags(["never"], ids(stage)[0])
        #expect(answer == .forbidden(tag: "never") && answer.reason?.contains("deadlock") == true)
    }

    @Test func aResetSetsFreeAndMayHoldForOthers() async throws {
        let stage = try await Stage()
        let runs = ids(stage)
        try await stage.limit("tag:db", 2)
        _ = try await stage.takeTags(["db"], runs[0])
        try await stage.orchestrator.resetLimit(onTag: "db", holding: [runs[1], runs[2]])
        #expect(Set(try await stage.holders("tag:db")) == Set(runs.dropFirst().map { LimitHolder(.taskRun, $0) }))
        try await stage.orchestrator.resetLimit(onTag: "db", holding: [])
        #expect(try await stage.taken("tag:db") == 0)
    }
}

/// A deployment's limit is the same one, whoever counts it.
@Suite struct DeploymentLimitTests {
    @Test func clientsAndAgentsShareTheSlotsOfADeployment() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent()
        let deployment = try await stage.deploy { $0.concurrencyLimit = 2 }
        let name = ConcurrencyLimit.name(of: deployment.id)
        for _ in 0..<3 { try await stage.submit(deployment) }
        var wanted = SlotRequest(names: [name])
        wanted.lease = .seconds(60)
        let lease = try #require(try await stage.take(wanted))
        let grants = try await stage.claim()
        #expect(grants.count == 1, "a client holds the other slot")
        #expect(try await stage.taken(name) == 2)
        #expect(try await stage.take(wanted) == nil)
        try await stage.orchestrator.releaseSlots(lease: lease)
        #expect(try await stage.claim().count == 1)
        #expect(try await stage.taken(name) == 2)
    }

    @Test func itIsAPartOfTheDeployment() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deploy { $0.concurrencyLimit = 2 }
        let name = LimitName.name(ConcurrencyLimit.name(of: deployment.id))
        var changes = LimitChanges()
        changes.slots = 5
        try await stage.orchestrator.updateLimit(name, changes)
        #expect(try await stage.orchestrator.deployment(deployment.id).concurrencyLimit == 5)
        #expect(try await stage.orchestrator.limit(.id(deployment.id.cast())).limit.slots == 5)
        changes.isActive = false
        await #expect(throws: OrchestrationError.self) { try await stage.orchestrator.updateLimit(name, changes) }
        await #expect(throws: OrchestrationError.self) {
            try await stage.limit(ConcurrencyLimit.name(of: deployment.id), 3)
        }
        try await stage.orchestrator.deleteLimit(name)
        #expect(try await stage.orchestrator.deployment(deployment.id).concurrencyLimit == nil)
        await #expect(throws: OrchestrationError.self) { try await stage.orchestrator.limit(name) }
    }
}
