import Domain
import JSON
import Storage
import TestSupport
import Testing

@testable import Orchestration

/// What keeps runs back that agents execute, beside the limits of their pool, queue and deployment.
@Suite struct RunLimitTests {
    private func codes(_ stage: Stage, _ run: FlowRun) async throws -> [String] {
        try await stage.orchestrator.explain(run.id, agentEndpoint: "127.0.0.1:4201").reasons.map(\.code)
    }

    // MARK: Tags

    @Test func aLimitedTagIsHeldByTheRunsThatBearItAndByNobodyElse() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent(slots: 20)
        try await stage.limit("tag:db", 2)
        let tagged = try await stage.deploy("tagged") { $0.tags = ["db", "other"] }
        let free = try await stage.deploy("free")
        for _ in 0..<5 { try await stage.submit(tagged) }
        let byRun = try await stage.submit(free) { $0.tags = ["db"] }
        let behind = try await stage.submit(free)
        let grants = try await stage.claim(20)
        #expect(grants.map(\.deployment.id) == [tagged.id, tagged.id, free.id])
        #expect(grants.last?.run.id == behind.id, "a full limit hides nothing behind it")
        #expect(try await stage.taken("tag:db") == 2)
        #expect(Set(try await stage.holders("tag:db").map(\.id)) == Set(grants.prefix(2).map { $0.run.id.cast() }))
        let explanation = try await stage.orchestrator.explain(byRun.id, agentEndpoint: "127.0.0.1:4201")
        let reason = try #require(explanation.reasons.first { $0.code == "tag_limit" })
        #expect(reason.message.contains(grants[0].run.name) && reason.message.contains("the tag db"))
        // Given back however the run ends.
        try await stage.finish(grants[0])
        try await stage.finish(grants[1], .signaled(9))
        #expect(try await stage.taken("tag:db") == 0)
        let next = try await stage.claim(20)
        #expect(next.count == 2)
        #expect(try await stage.orchestrator.database.read { try $0.findings() }.isEmpty)
        // An agent that comes back without them has lost them.
        _ = try await stage.welcomeAgent(slots: 20)
        #expect(try await stage.taken("tag:db") == 0)
        #expect(try await stage.orchestrator.database.read { try $0.findings() }.isEmpty)
    }

    @Test func aLimitOnATagHoldsForRunsThatWaitAlreadyUntilItIsDeleted() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent(slots: 2000)
        let tagged = try await stage.deploy("tagged") { $0.tags = ["db"] }
        for _ in 0..<3 { try await stage.submit(tagged) }
        let lines = (1...1200).map { BatchLine(number: $0, request: RunRequest()) }
        _ = try await stage.orchestrator.submitBatch(Lines(lines), to: tagged.id)
        let free = try await stage.submit(try await stage.deploy("free"))
        try await stage.limit("tag:db", 1)
        var granted: [Grant] = []
        // Those that wait in the wrong lane are moved some hundred at a time.
        for _ in 0..<6 { granted += try await stage.claim(2000) }
        #expect(granted.count == 2)
        #expect(granted.contains { $0.run.id == free.id })
        try await stage.orchestrator.deleteLimit(.name("tag:db"))
        for _ in 0..<6 { granted += try await stage.claim(2000) }
        #expect(granted.count == 1204)
    }

    @Test func aBatchWhoseLinesHaveTagsOfTheirOwnBecomesVisibleAsOne() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent(slots: 20)
        try await stage.limit("tag:a", 1)
        try await stage.limit("tag:b", 2)
        let deployment = try await stage.deploy()
        let tags: [[String]] = [["a"], ["b"], ["a", "b"], [], ["b"], ["c"], ["b"]]
        let lines = tags.enumerated().map { index, tags in
            var request = RunRequest()
            (request.name, request.tags) = ("\(index)", tags)
            return BatchLine(number: index + 1, request: request)
        }
        _ = try await stage.orchestrator.submitBatch(Lines(lines), to: deployment.id)
        #expect(Set(try await stage.claim(20).map(\.run.name)) == ["0", "1", "3", "4", "5"])
    }

    /// Runs with any tags, task runs that take slots themselves, runs that end: what is held is never more than there is,
    /// and no slot stays free that somebody ready waits for.
    @Test(arguments: 1...12)
    func theSlotsOfTagsAreExact(_ seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let stage = try await Stage(seed: seed)
        _ = try await stage.welcomeAgent(slots: 1000)
        let limits = ["x": 2, "y": 3, "z": 0]
        for (tag, slots) in limits { try await stage.limit("tag:\(tag)", slots) }
        let deployment = try await stage.deploy()
        var running: [Grant] = []
        for _ in 0..<60 {
            if Bool.random(using: &random) {
                let tags = ["x", "y", "z", "free"].filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
                try await stage.submit(deployment) { $0.tags = tags }
            }
            if !running.isEmpty, Bool.random(using: &random) {
                try await stage.finish(running.remove(at: Int.random(in: running.indices, using: &random)))
            }
            running += try await stage.claim(Int.random(in: 0...5, using: &random))
            for (tag, slots) in limits {
                let held = running.count { $0.run.tags.contains(tag) }
                #expect(held <= slots)
                #expect(try await stage.taken("tag:\(tag)") == held)
            }
        }
        while !running.isEmpty {
            for grant in running { try await stage.finish(grant) }
            running = try await stage.claim(100)
        }
        let waiting = try await stage.orchestrator.database.read {
            try $0.runs(Query(.test("run.state_type = 'SCHEDULED'", []), order: "run.id", limit: 1000))
        }
        #expect(waiting.allSatisfy { $0.tags.contains("z") }, "those alone that can never start are left")
        #expect(try await stage.orchestrator.database.read { try $0.findings() }.isEmpty)
    }

    // MARK: Rates

    @Test func ratesOfDeploymentQueueAndPoolAreKept() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent(slots: 100)
        let polite = try await stage.deploy("polite") { $0.execution?.rateLimit = RateLimit("2/m") }
        let free = try await stage.deploy("free")
        for _ in 0..<5 { try await stage.submit(polite) }
        let behind = try await stage.submit(free)
        let first = try await stage.claim()
        #expect(first.map(\.deployment.id) == [polite.id, free.id])
        #expect(first.last?.run.id == behind.id)
        let waiting = try await stage.submit(polite)
        #expect(try await codes(stage, waiting) == ["deployment_rate"])
        #expect(try await stage.claim().isEmpty)
        // The waker tells when the next may start.
        let waker = DueRunWaker(stage.orchestrator)
        #expect(try await waker.tick(at: stage.clock.time) == .seconds(30))
        stage.clock.advance(by: .seconds(30))
        _ = try await waker.tick(at: stage.clock.time)
        #expect(try await stage.claim().count == 1)
        // A queue and its pool add theirs.
        let queue = try await stage.orchestrator.queue(named: "default", inPool: WorkPool.standardName)
        try await stage.orchestrator.updateQueue(queue.id) { $0.rateLimit = RateLimit("3/m burst 3") }
        for _ in 0..<9 { try await stage.submit(free) }
        #expect(try await stage.claim().count == 3)
        #expect(try await codes(stage, try await stage.submit(free)).first == "queue_rate")
        try await stage.orchestrator.updateQueue(queue.id) { $0.rateLimit = nil }
        try await stage.orchestrator.updatePool(named: WorkPool.standardName) {
            $0.rateLimit = RateLimit("60/m burst 2")
        }
        #expect(try await stage.claim().count == 2)
        stage.clock.advance(by: .seconds(1))
        #expect(try await stage.claim().count == 1)
        #expect(try await codes(stage, try await stage.submit(free)).first == "pool_rate")
    }

    @Test func aRateThatIsChangedIsNotExceeded() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent(slots: 100)
        let deployment = try await stage.deploy { $0.execution?.rateLimit = RateLimit("1/m") }
        for _ in 0..<9 { try await stage.submit(deployment) }
        #expect(try await stage.claim().count == 1)
        try await stage.deploy { $0.execution?.rateLimit = RateLimit("2/m") }
        #expect(try await stage.claim().isEmpty)
        stage.clock.advance(by: .seconds(30))
        #expect(try await stage.claim().count == 1)
        try await stage.deploy()
        #expect(try await stage.claim().count == 7, "those that wait follow their deployment")
    }

    // MARK: Priorities

    @Test func waitingMakesUpForALowPriority() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent()
        try await stage.orchestrator.updatePool(named: WorkPool.standardName) { $0.ageing = .seconds(60) }
        let deployment = try await stage.deploy()
        func submit(_ name: String, _ priority: Int) async throws {
            try await stage.submit(deployment) { ($0.name, $0.priority) = (name, priority) }
        }
        try await submit("old", 0)
        stage.clock.advance(by: .seconds(119))
        try await submit("two", 2)
        try await submit("one", 1)
        stage.clock.advance(by: .seconds(2))
        try await submit("late", 2)
        // "two" came within two steps; "late" after them; "one" after one.
        #expect(try await stage.claim().map(\.run.name) == ["two", "old", "late", "one"])
        try await stage.orchestrator.updatePool(named: WorkPool.standardName) { $0.ageing = .zero }
        for (name, priority) in [("old", 0), ("high", 1)] {
            try await submit(name, priority)
            stage.clock.advance(by: .seconds(86_400))
        }
        #expect(try await stage.claim().map(\.run.name) == ["high", "old"])
    }

    @Test func aQueueOfLowPriorityIsNotStarved() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent()
        var low = WorkQueueRequest(name: "low")
        low.priority = 3
        _ = try await stage.orchestrator.createQueue(low, inPool: WorkPool.standardName)
        try await stage.orchestrator.updatePool(named: WorkPool.standardName) { $0.ageing = .seconds(60) }
        let deployment = try await stage.deploy()
        try await stage.submit(deployment) { ($0.name, $0.queueName) = ("patient", "low") }
        var granted: [String] = []
        for round in 0..<8 {
            try await stage.submit(deployment) { $0.name = "\(round)" }
            try await stage.submit(deployment) { $0.name = "\(round)" }
            granted += try await stage.claim(1).map(\.run.name)
            stage.clock.advance(by: .seconds(60))
        }
        #expect(granted.firstIndex(of: "patient").map { $0 > 0 } == true, "\(granted)")
    }

    /// Against the plainest model there is: all that wait, sorted.
    @Test(arguments: 1...12)
    func theOrderWithAgeingIsThatOfOneSortedList(_ seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let stage = try await Stage(seed: seed)
        _ = try await stage.welcomeAgent(slots: 1000)
        let step = Duration.seconds(Int.random(in: 1...30, using: &random))
        try await stage.orchestrator.updatePool(named: WorkPool.standardName) { $0.ageing = step }
        let deployments = [try await stage.deploy("a"), try await stage.deploy("b") { $0.concurrencyLimit = 1000 }]
        var waiting: [(name: String, rank: Timestamp, priority: Int)] = []
        for round in 0..<40 {
            for number in 0..<Int.random(in: 0...3, using: &random) {
                let (name, priority) = ("\(round).\(number)", Int.random(in: -3...3, using: &random))
                let run = try await stage.submit(deployments[Int.random(in: 0...1, using: &random)]) {
                    ($0.name, $0.priority) = (name, priority)
                }
                let due = try #require(run.machine.due)
                waiting.append((name, Ageing(step: step).rank(priority: priority, due: due), priority))
                stage.clock.advance(by: .milliseconds(Int.random(in: 1...20_000, using: &random)))
            }
            waiting.sort { ($0.rank, -$0.priority) < ($1.rank, -$1.priority) }
            let credit = Int.random(in: 0...4, using: &random)
            let expected = waiting.prefix(credit).map(\.name)
            #expect(try await stage.claim(credit).map(\.run.name) == expected)
            waiting.removeFirst(expected.count)
        }
    }

    // MARK: Labels and resources

    @Test func anAgentIsGivenNoMoreThanItOffers() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent(
            slots: 20, labels: ["zone": "eu"], offer: Resources(cpu: 4000, memory: 8 << 30, gpu: 1))
        func deploy(_ name: String, _ needs: Requirements) async throws -> Deployment {
            try await stage.deploy(name) { $0.execution?.requires = needs }
        }
        let small = try await deploy("small", Requirements(resources: Resources(cpu: 1500, memory: 1 << 30)))
        let foreign = try await deploy("foreign", Requirements(labels: ["zone": "us"]))
        let huge = try await deploy("huge", Requirements(resources: Resources(cpu: 5000)))
        let near = try await deploy("near", Requirements(labels: ["zone": "eu"]))
        for _ in 0..<4 { try await stage.submit(small) }
        let (unable, tooLarge) = (try await stage.submit(foreign), try await stage.submit(huge))
        for _ in 0..<3 { try await stage.submit(near) }
        let grants = try await stage.claim(20)
        #expect(grants.map(\.deployment.name) == ["small", "small"], "the agent is kept for the third")
        #expect(try await codes(stage, unable) == ["no_able_agent"])
        #expect(try await codes(stage, tooLarge) == ["no_able_agent"])
        let third = try await stage.submit(small)
        let explanation = try await stage.orchestrator.explain(third.id, agentEndpoint: "127.0.0.1:4201")
        let reason = try #require(explanation.reasons.first)
        #expect(reason.code == "resources_short")
        #expect(reason.message.contains("0.5 cpu") && reason.message.contains(grants[0].run.name), "\(reason.message)")
        let kept = try await stage.submit(near)
        #expect(try await codes(stage, kept) == ["agents_kept"])
        try await stage.finish(grants[0])
        #expect(try await stage.claim(20).map(\.deployment.name) == ["small"])
        let shown = try await stage.orchestrator.describedAgent(stage.agentID)
        #expect(shown.offerHeld == Resources(cpu: 3000, memory: 2 << 30))
    }

    /// An agent without an engine, or of a release that knows of none, would make a process of its host of it.
    @Test func whatBelongsIntoAContainerWaitsForAnAgentWithAnEngine() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent()
        let boxed = try await stage.deploy("boxed") { $0.execution?.container = ContainerSpec(image: "busybox") }
        let run = try await stage.submit(boxed)
        try await stage.submit(try await stage.deploy("plain"))
        #expect(try await stage.claim().map(\.deployment.name) == ["plain"])
        #expect(try await codes(stage, run) == ["no_able_agent"])
        _ = try await stage.welcomeAgent(labels: ["sluice.container": "true"])
        #expect(try await stage.claim().contains { $0.run.id == run.id })
    }

    @Test func whatChangesItsNeedsIsHeededByWhatWaits() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent(offer: Resources(cpu: 1000))
        let deployment = try await stage.deploy()
        let run = try await stage.submit(deployment)
        try await stage.deploy { $0.execution?.requires = Requirements(resources: Resources(cpu: 2000)) }
        #expect(try await stage.claim().isEmpty)
        #expect(try await codes(stage, run) == ["no_able_agent"])
        try await stage.deploy { $0.execution?.requires = Requirements(resources: Resources(cpu: 1000)) }
        #expect(try await stage.claim().map(\.run.id) == [run.id])
    }

    // MARK: Collisions

    @Test func whatFindsItsLimitReachedIsCancelledWhereThatIsWanted() async throws {
        let stage = try await Stage()
        _ = try await stage.welcomeAgent(slots: 20)
        let deployment = try await stage.deploy { request in
            request.concurrencyLimit = 2
            request.extras = ["concurrency_options": ["collision_strategy": "CANCEL_NEW"]]
        }
        var runs: [FlowRun] = []
        for _ in 0..<1500 { runs.append(try await stage.submit(deployment)) }
        let free = try await stage.submit(try await stage.deploy("free"))
        var granted: [Grant] = []
        for _ in 0..<5 { granted += try await stage.claim(20) }
        #expect(granted.count == 3)
        #expect(granted.contains { $0.run.id == free.id })
        #expect(try await stage.state(runs[2]).type == .cancelled)
        #expect(try await stage.state(runs[1499]).type == .cancelled)
    }
}
