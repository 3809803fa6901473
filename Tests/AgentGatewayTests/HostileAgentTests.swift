import Domain
import Orchestration
import Storage
import TestSupport
import Testing
import Wire
import ZeroMQ

@testable import AgentGateway

/// Agents that mean harm, or vanish: nothing of them stays, and nobody else notices.
@Suite(.timeLimit(.minutes(2))) struct HostileAgentTests {
    /// In a real session, messages of every kind with damage of every kind.
    @Test(arguments: Fuzz.seeds(6))
    func mangledMessagesInASession(seed: UInt64) async throws {
        try await withGateway { orchestrator, gateway, deployment in
            let agent = try FakeAgent(orchestrator.surroundings.newID(), endpoint: gateway.boundEndpoint)
            _ = try await agent.greet()
            try agent.send(.ready(credit: 2, assignmentsSeen: 0))
            let run = try await orchestrator.submit(RunRequest(), to: deployment.id).run.run
            let key = try await agent.nextAssignment().key
            var talk = HostileTalk(seed: seed, key: key)
            for _ in 0..<1500 {
                let sound = Envelope(session: agent.session, body: talk.message()).encoded()
                try agent.send(bytes: talk.mutation.random.choice(of: 3) == 0 ? sound : talk.mutation(sound))
            }
            // It can still be talked to, and so can another.
            _ = try await agent.greet()
            let other = try FakeAgent(orchestrator.surroundings.newID(), endpoint: gateway.boundEndpoint)
            _ = try await other.greet()
            try await other.roundTrip()
            // What was let in can be read.
            _ = try await orchestrator.run(run.id)
            _ = try await orchestrator.history(of: run.id)
            _ = try await orchestrator.logs.read(LogFilter(runIDs: [run.id]), limit: 1000)
            await agent.close()
            await other.close()
        }
    }

    /// Agents that say hello and are gone: their sessions and conversations end when their time is up.
    @Test func whoVanishesIsForgotten() async throws {
        try await withGateway {
            $0.presenceInterval = .milliseconds(50)
        } _: { orchestrator, gateway, _, clock in
            for _ in 0..<3 {
                let peers = try await Self.greet(60, orchestrator, gateway)
                #expect(gateway.sessionCount == 60)
                #expect(gateway.conversationCount == 60)
                // No goodbye.
                for peer in peers { await peer.close() }
                clock.advance(by: .seconds(61))
                _ = try await eventually("no sessions") {
                    gateway.sessionCount == 0 && gateway.conversationCount == 0 ? true : nil
                }
            }
        }
    }

    private static func greet(
        _ count: Int, _ orchestrator: Orchestrator, _ gateway: Gateway
    ) async throws -> [FakeAgent] {
        let agents = try (0..<count).map { _ in
            try FakeAgent(orchestrator.surroundings.newID(), endpoint: gateway.boundEndpoint)
        }
        for agent in agents { try agent.send(.hello(agent.hello())) }
        for agent in agents { _ = try await agent.receive { if case .welcome = $0 { true } else { nil } } }
        return agents
    }

    /// A message that cannot be delivered ends the session, and the conversation with it.
    @Test func whoCannotBeReachedIsForgottenAtOnce() async throws {
        try await withGateway { orchestrator, gateway, deployment in
            let agent = try FakeAgent(orchestrator.surroundings.newID(), endpoint: gateway.boundEndpoint)
            _ = try await agent.greet()
            try agent.send(.ready(credit: 1, assignmentsSeen: 0))
            try await agent.roundTrip()
            await agent.close()
            _ = try await orchestrator.submit(RunRequest(), to: deployment.id)
            _ = try await eventually("the end of its session") {
                gateway.sessionCount == 0 && gateway.conversationCount == 0 ? true : nil
            }
        }
    }

    /// One agent says hello again and again, as fast as it can: it has one session, and answers to its last hello.
    @Test func hellosWithoutEndAreOneSession() async throws {
        try await withGateway { orchestrator, gateway, _ in
            let agent = try FakeAgent(orchestrator.surroundings.newID(), endpoint: gateway.boundEndpoint)
            for slots in 1...2000 { try agent.send(.hello(agent.hello(slots: slots))) }
            _ = try await eventually("the last hello") {
                // It is not known at all before its first hello is taken.
                (try? await orchestrator.describedAgent(agent.id))?.agent.slots == 2000 ? true : nil
            }
            #expect(gateway.sessionCount == 1)
            _ = try await agent.greet()
            try await agent.roundTripInLastSession()
            _ = try await eventually("one conversation") { gateway.conversationCount == 1 ? true : nil }
            await agent.close()
        }
    }

    @Test func whatNobodyTakesIsDroppedBeyondABound() throws {
        var limits = Inboxes<String>.Limits()
        (limits.each, limits.all, limits.greetings) = (1000, 1500, 2)
        let inboxes = Inboxes<String>(limits: limits)
        let (one, two) = (RoutingID([1]), RoutingID([2]))
        func put(_ weight: Int, from peer: RoutingID) -> Inboxes<String>.Course {
            inboxes.put(([.ready(credit: weight, assignmentsSeen: 0)], weight), from: peer)
        }
        #expect(inboxes.open(1, of: one, for: "one") { true })
        #expect(inboxes.open(2, of: two, for: "two") { true })
        #expect(put(600, from: one) == .waits)
        #expect(put(600, from: one) == .dropped)
        #expect(put(600, from: two) == .waits)
        #expect(put(400, from: two) == .dropped)
        let (reader, batch) = try #require(inboxes.next(1))
        #expect(reader == "one")
        #expect(put(400, from: two) == .dropped, "what is being taken takes room")
        inboxes.noteTaken(batch, session: 1)
        #expect(put(400, from: two) == .waits)
        // What waits in an inbox that is finished is still taken, all of it at once.
        inboxes.finish([two])
        #expect(put(1, from: two) == .waits)
        let rest = try #require(inboxes.next(2)).batch
        #expect(rest.weight == 1000)
        inboxes.noteTaken(rest, session: 2)
        #expect(inboxes.next(2) == nil)
        #expect(inboxes.count == 1)
        #expect(!inboxes.open(3, of: two, for: "again") { false })
        // Whoever has found nothing is called again, once.
        #expect(inboxes.next(1) == nil)
        #expect(put(1000, from: one) == .begins(session: 1))
        #expect(put(500, from: one) == .dropped)
        inboxes.close(1, of: one)
        #expect(put(1, from: one) == .waits)
        #expect(inboxes.next(1) == nil)
        #expect(inboxes.count == 0)
    }

    @Test func refusalsAreCounted() {
        var budget = RefusalBudget()
        let start = Timestamp(microseconds: 5_000_000)
        let given = (0..<3000).count { _ in budget.take(at: start) }
        #expect(given == RefusalBudget.perSecond)
        let isGivenLater = budget.take(at: start + .seconds(1))
        #expect(isGivenLater)
    }

    @Test func anAgentIsBrief() async throws {
        try await withGateway { orchestrator, gateway, _ in
            let agent = try FakeAgent(orchestrator.surroundings.newID(), endpoint: gateway.boundEndpoint)
            var long = agent.hello()
            long.labels = ["k": String(repeating: "v", count: 100_000)]
            var many = agent.hello()
            many.queues = (0..<1000).map { "q\($0)" }
            for hello in [long, many] {
                try agent.send(.hello(hello))
                let reason = try await agent.receive { if case .refused(let reason, _) = $0 { reason } else { nil } }
                #expect(reason == .invalid)
            }
            await agent.close()
        }
    }
}

/// Makes up what an agent could say.
private struct HostileTalk {
    var mutation: Mutation
    let key: AttemptKey

    init(seed: UInt64, key: AttemptKey) {
        mutation = Mutation(seed: seed)
        self.key = key
    }

    mutating func message() -> AgentMessage {
        let number = Int64(bitPattern: mutation.random.next())
        let time = Timestamp(microseconds: number)
        let key = mutation.random.choice(of: 4) > 0 ? key : AttemptKey(run: key.run, attempt: 2)
        switch mutation.random.choice(of: 9) {
        case 0: return .ready(credit: Int(clamping: number), assignmentsSeen: mutation.random.next())
        case 1: return .heartbeat(Heartbeat(sequence: mutation.random.next(), holding: [key, key], spooledReports: 1))
        case 2:
            let end = AttemptEnd(.signaled(Int(Int32(truncatingIfNeeded: number))), at: time, message: "\0\u{1B}[2J")
            return .report(Report(key: key, sequence: 2, occurredAt: time, fact: .ended(end, logEnd: .max)))
        case 3: return .report(Report(key: key, sequence: 1, occurredAt: time, fact: .started(processID: -1)))
        case 4, 5:
            let begin = mutation.random.next() >> UInt64(mutation.random.choice(of: 64))
            let lines = [LogLine(level: Int(Int32(truncatingIfNeeded: number)), timestamp: time, message: "\0\r\n")]
            return .logBatch(LogBatch(key: key, begin: begin, end: max(begin, 10), lines: lines))
        case 6: return .bundleRequest(digest: mutation.random.bytes(32), offset: .max, length: .max)
        case 7: return .assignmentAnswer(key, declined: "no\0")
        default: return .report(Report(key: key, sequence: 1, occurredAt: time, fact: .preparing(message: "\u{7}")))
        }
    }
}

extension FakeAgent {
    /// Waits until the gateway has answered something that was said after all else.
    /// What was welcomed before the last hello may come first: what is said in that session is refused.
    fileprivate func roundTripInLastSession() async throws {
        while true {
            try send(.heartbeat(Heartbeat(sequence: 1, holding: [], spooledReports: 0)))
            let isAnswered = try await receive { message in
                switch message {
                case .heartbeatAnswer: true
                case .refused(.unknownSession, _): false
                default: Bool?.none
                }
            }
            if isAnswered { return }
        }
    }

    fileprivate func roundTrip() async throws {
        let number = UInt64(4_711)
        try send(.heartbeat(Heartbeat(sequence: number, holding: [], spooledReports: 0)))
        _ = try await receive { if case .heartbeatAnswer(number, _) = $0 { true } else { nil } }
    }
}
