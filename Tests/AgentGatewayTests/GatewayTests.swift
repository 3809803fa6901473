import Domain
import JSON
import Orchestration
import Storage
import TestSupport
import Testing
import Wire

@testable import AgentGateway

/// The agents' door over real sockets, with agents spoken by hand.
@Suite(.timeLimit(.minutes(1))) struct GatewayTests {
    private func agent(_ orchestrator: Orchestrator, _ gateway: Gateway) throws -> FakeAgent {
        try FakeAgent(orchestrator.surroundings.newID(), endpoint: gateway.boundEndpoint)
    }

    @Test func workIsPushedToAnAgentThatWaitsAndItsLifeIsReported() async throws {
        try await withGateway { orchestrator, gateway, deployment in
            let agent = try agent(orchestrator, gateway)
            let welcome = try await agent.greet()
            #expect(welcome.apiURL == "http://127.0.0.1:4200/api")
            try agent.send(.ready(credit: 2, assignmentsSeen: 0))
            // The request waits at the server; the run comes to it.
            let run = try await orchestrator.submit(RunRequest(), to: deployment.id).run.run
            let assignment = try await agent.nextAssignment()
            #expect(assignment.key == AttemptKey(run: run.id, attempt: 1) && assignment.arguments == ["true"])
            try agent.send(.assignmentAnswer(assignment.key, declined: nil))
            let now = orchestrator.now
            let line = LogLine(level: 20, timestamp: now, message: "hello")
            try agent.send(.logBatch(LogBatch(key: assignment.key, begin: 0, end: 5, lines: [line])))
            let end = AttemptEnd(.exited(code: 0), at: now)
            for (sequence, fact) in [(1, Report.Fact.started(processID: 7)), (2, .ended(end, logEnd: 5))] {
                try agent.send(
                    .report(Report(key: assignment.key, sequence: sequence, occurredAt: now, fact: fact)))
            }
            let logged = try await agent.receive { if case .logsTaken(_, let end) = $0 { end } else { nil } }
            #expect(logged == 5)
            while true {
                let taken = try await agent.receive {
                    if case .reportsTaken(_, let sequence, let fenced) = $0 { (sequence, fenced) } else { nil }
                }
                #expect(!taken.1)
                if taken.0 == 2 { break }
            }
            #expect(try await orchestrator.run(run.id).state.type == .completed)
            #expect(try await orchestrator.logs.read(LogFilter(runIDs: [run.id]), limit: 9).map(\.message) == ["hello"])
            await agent.close()
        }
    }

    /// Two agents of one host watch the same folder, and the first says it twice.
    @Test func filesBecomeEventsOnceForEachHost() async throws {
        try await withGateway { orchestrator, gateway, _ in
            let agents = [try agent(orchestrator, gateway), try agent(orchestrator, gateway)]
            let file = SeenFile(path: "/in/a b.csv", inode: 7, size: 3, modified: Timestamp(microseconds: 5_000_000))
            for agent in agents {
                #expect(try await agent.greet().takesFiles)
                for batch in 1...2 as ClosedRange<UInt64> {
                    try agent.send(.filesSeen(batch: batch, [file]))
                    let taken = try await agent.receive { if case .filesTaken(let batch) = $0 { batch } else { nil } }
                    #expect(taken == batch)
                }
            }
            var replaced = file
            replaced.inode = 8
            try agents[0].send(.filesSeen(batch: 3, [replaced]))
            _ = try await agents[0].receive { if case .filesTaken(3) = $0 { true } else { nil } }
            var filter = EventFilter()
            filter.name.names = [Orchestrator.fileAppeared]
            let events = try await orchestrator.events(filter, limit: 10).events
            #expect(events.count == 2 && Set(events.map(\.resource.id)) == ["sluice.file.here/in/a b.csv"])
            #expect(events.first?.payload["path"] == "/in/a b.csv" && events.first?.payload["size"] == 3)
            #expect(events.first?.resource["sluice.file.folder"] == "/in")
            for agent in agents { await agent.close() }
        }
    }

    @Test func aStopReachesTheAgentAndIsSaidAgainWithItsHeartbeats() async throws {
        try await withGateway { orchestrator, gateway, deployment in
            let agent = try agent(orchestrator, gateway)
            _ = try await agent.greet()
            try agent.send(.ready(credit: 1, assignmentsSeen: 0))
            let run = try await orchestrator.submit(RunRequest(), to: deployment.id).run.run
            let key = try await agent.nextAssignment().key
            _ = try await orchestrator.cancel(run.id, reason: "by hand")
            for _ in 0..<2 {
                let stopped = try await agent.receive { if case .stop(let key, _, _) = $0 { key } else { nil } }
                #expect(stopped == key)
                try agent.send(.heartbeat(Heartbeat(sequence: 1, holding: [key], spooledReports: 0)))
            }
            await agent.close()
        }
    }

    @Test func aDrainedAgentIsGivenNothingMore() async throws {
        try await withGateway { orchestrator, gateway, deployment in
            let agent = try agent(orchestrator, gateway)
            _ = try await agent.greet()
            try agent.send(.ready(credit: 1, assignmentsSeen: 0))
            _ = try await orchestrator.submit(RunRequest(), to: deployment.id)
            _ = try await agent.nextAssignment()
            _ = try await orchestrator.drain(agent.id, reason: "update")
            let reason = try await agent.receive { if case .drain(let reason) = $0 { reason } else { nil } }
            #expect(reason == "update")
            // What it says of free slots counts no more, and it is told again until it goes.
            try agent.send(.ready(credit: 4, assignmentsSeen: 1))
            try agent.send(.heartbeat(Heartbeat(sequence: 1, holding: [], spooledReports: 0)))
            _ = try await agent.receive { if case .drain = $0 { true } else { nil } }
            _ = try await agent.receive { if case .heartbeatAnswer = $0 { true } else { nil } }
            let late = try await orchestrator.submit(RunRequest(), to: deployment.id)
            #expect(!late.isGranted)
            // In a new session of the same process too.
            _ = try await agent.greet()
            try agent.send(.ready(credit: 4, assignmentsSeen: 0))
            try agent.send(.heartbeat(Heartbeat(sequence: 2, holding: [], spooledReports: 0)))
            _ = try await agent.receive { if case .drain = $0 { true } else { nil } }
            // Started anew, it serves.
            agent.processID = 2
            _ = try await agent.greet()
            try agent.send(.ready(credit: 1, assignmentsSeen: 0))
            _ = try await agent.nextAssignment()
            await agent.close()
        }
    }

    @Test func anAgentThatComesBackKeepsWhatItHoldsAndIsToldWhatItDoesNot() async throws {
        try await withGateway { orchestrator, gateway, deployment in
            let agent = try agent(orchestrator, gateway)
            _ = try await agent.greet()
            try agent.send(.ready(credit: 1, assignmentsSeen: 0))
            _ = try await orchestrator.submit(RunRequest(), to: deployment.id)
            let key = try await agent.nextAssignment().key
            let stranger = AttemptKey(run: orchestrator.surroundings.newID(), attempt: 3)
            #expect(try await agent.greet(holding: [key, stranger]).adopted == [key])
            try agent.send(.heartbeat(Heartbeat(sequence: 1, holding: [key, stranger], spooledReports: 0)))
            let fenced = try await agent.receive {
                if case .heartbeatAnswer(_, let fenced) = $0 { fenced } else { nil }
            }
            #expect(fenced == [stranger])
            await agent.close()
        }
    }

    @Test func whatCannotBeServedIsRefusedWithTheReason() async throws {
        try await withGateway { orchestrator, gateway, _ in
            let agent = try agent(orchestrator, gateway)
            func refusal() async throws -> (RefusalReason, String) {
                try await agent.receive { if case .refused(let reason, let text) = $0 { (reason, text) } else { nil } }
            }
            try agent.send(.hello(agent.hello(pool: "nowhere")))
            let (reason, text) = try await refusal()
            #expect(reason == .invalid && text.contains("nowhere") && text.contains("default"))
            try agent.send(.hello(agent.hello(slots: 0)))
            #expect(try await refusal().0 == .invalid)
            agent.session = 99
            try agent.send(.ready(credit: 1, assignmentsSeen: 0))
            #expect(try await refusal().0 == .unknownSession)
            // Field 1, the version, is 200.
            try agent.send(bytes: [0x08, 0xC8, 0x01])
            #expect(try await refusal().0 == .version)
            await agent.close()
        }
    }

    @Test func garbageIsCountedAndHurtsNobody() async throws {
        try await withGateway { orchestrator, gateway, deployment in
            let agent = try agent(orchestrator, gateway)
            for frame in [[], [0xFF], [0x08, 0x01], Array("GET / HTTP/1.1".utf8)] as [[UInt8]] {
                try agent.send(bytes: frame)
            }
            _ = try await agent.greet()
            #expect(gateway.refusedFrameCount == 4)
            try agent.send(.ready(credit: 1, assignmentsSeen: 0))
            _ = try await orchestrator.submit(RunRequest(), to: deployment.id)
            _ = try await agent.nextAssignment()
            await agent.close()
        }
    }

    @Test func anAssignmentThatCannotBeHandedOverReturnsAtOnce() async throws {
        try await withGateway { orchestrator, gateway, deployment in
            let gone = try agent(orchestrator, gateway)
            _ = try await gone.greet()
            try gone.send(.ready(credit: 1, assignmentsSeen: 0))
            try gone.send(.heartbeat(Heartbeat(sequence: 1, holding: [], spooledReports: 0)))
            _ = try await gone.receive { if case .heartbeatAnswer = $0 { true } else { nil } }
            await gone.close()
            let other = try agent(orchestrator, gateway)
            _ = try await other.greet()
            let run = try await orchestrator.submit(RunRequest(), to: deployment.id).run.run
            try other.send(.ready(credit: 1, assignmentsSeen: 0))
            let assignment = try await other.nextAssignment()
            #expect(assignment.key.run == run.id)
            await other.close()
        }
    }

    @Test func bundlesAreHandedOutInTheChunksAskedFor() async throws {
        try await withGateway { orchestrator, gateway, _ in
            let agent = try agent(orchestrator, gateway)
            _ = try await agent.greet()
            try agent.send(.bundleRequest(digest: [UInt8](repeating: 7, count: 32), offset: 0, length: 100))
            let chunk = try await agent.receive { if case .bundleChunk(let chunk) = $0 { chunk } else { nil } }
            #expect(chunk.error?.contains("not found") == true)
            await agent.close()
        }
    }
}
