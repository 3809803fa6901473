import Glibc
import TestSupport
import Testing

@testable import Supervision

struct ProtocolTests {
    let harness: SupervisorHarness

    init() async throws { harness = try await SupervisorHarness() }

    private static let spec = ChildSpec(
        token: "run.1", arguments: ["echo", "", "ü"], environment: ["PATH": "/bin", "EMPTY": ""], directory: "/tmp",
        capturePath: "/tmp/capture", timeout: .seconds(5), deadline: nil, grace: .milliseconds(1500),
        limits: [ResourceLimit(resource: 7, soft: 1, hard: .max)], zygote: "z")
    private static let ended = ChildExit(
        status: .signaled(9), stop: .timedOut, cpuMicroseconds: 1, peakMemoryBytes: 2, capturedBytes: 3, lostBytes: 4,
        startedAt: 5, endedAt: .max)

    static let requests: [Request] = [
        .hello(version: 1), .start(StartRequest(spec, at: Uptime(nanoseconds: 9))), .stop(token: "a", grace: .max),
        .renew(tokens: ["a", "b", ""], deadline: Uptime(nanoseconds: 5)),
        .renew(tokens: [], deadline: Uptime(nanoseconds: 0)), .limit(tokens: ["a"], deadline: Uptime(nanoseconds: 7)),
        .acknowledge(token: "ü"),
        .list(query: 7), .shutdown, .closeZygote(key: "z"),
        .openZygote(
            ZygoteRequest(ZygoteSpec(key: "z", arguments: ["a", ""], environment: ["A": "b"], directory: "/tmp"))),
    ]
    static let replies: [Reply] = [
        .welcome(version: 1, pid: 17), .event(.started(token: "a", pid: 5, at: -1)),
        .event(.failedToStart(token: "a", reason: .other(errno: 7, message: "no"))),
        .event(.output(token: "a", captured: .max)), .event(.exited(token: "a", ended)), .children(query: 3, []),
        .event(.zygoteReady(key: "z", pid: 3, memoryBytes: 1 << 40)), .event(.zygoteEnded(key: "z", .signaled(9))),
        .children(
            query: 3,
            [
                ChildReport(token: "a", state: .running(pid: 4, startedAt: 5, captured: 6)),
                ChildReport(token: "b", state: .ended(ended)),
                ChildReport(token: "c", state: .failedToStart(.commandNotFound("x"))),
                ChildReport(token: "d", state: .failedToStart(.notExecutable("x"))),
                ChildReport(token: "e", state: .failedToStart(.directoryMissing("x"))),
                ChildReport(token: "f", state: .failedToStart(.leaseEnded)),
                ChildReport(token: "g", state: .failedToStart(.shuttingDown)),
            ]),
    ]

    private static func bytes(_ encode: (inout FieldWriter) -> Void) -> [UInt8] {
        var writer = FieldWriter()
        encode(&writer)
        return writer.take()
    }

    @Test func messagesSurviveTheJourneyInPiecesOfAnySize() throws {
        let stream = Self.bytes { writer in for request in Self.requests { request.encode(into: &writer) } }
        let answers = Self.bytes { writer in for reply in Self.replies { reply.encode(into: &writer) } }
        for size in [1, 2, 3, 7, 64, 100_000] {
            #expect(try inPieces(stream, of: size, Request.decode) == Self.requests)
            #expect(try inPieces(answers, of: size, Reply.decode) == Self.replies)
        }
    }

    private func inPieces<Message>(
        _ stream: [UInt8], of size: Int, _ decode: (inout FieldReader) throws(FrameFault) -> Message
    ) throws -> [Message] {
        var inbox = Inbox(limit: Request.longest)
        var messages: [Message] = []
        for start in stride(from: 0, to: stream.count, by: size) {
            stream[start..<min(start + size, stream.count)].withUnsafeBytes { inbox.append($0) }
            while let message = try inbox.next(decode) { messages.append(message) }
        }
        return messages
    }

    @Test func garbageIsRefusedAndNeverTraps() {
        var random = SeededGenerator(seed: 1)
        let requests = Self.requests.map { request in Self.bytes(request.encode) }
        let replies = Self.replies.map { reply in Self.bytes(reply.encode) }
        for (valid, isRequest) in requests.map({ ($0, true) }) + replies.map({ ($0, false) }) {
            for round in 0..<1000 {
                var bytes = round % 3 == 0 ? Array(valid.dropLast(round % max(1, valid.count))) : valid
                for _ in 0..<(round % 4) where !bytes.isEmpty {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
                }
                var inbox = Inbox(limit: Request.longest)
                bytes.withUnsafeBytes { inbox.append($0) }
                do throws(FrameFault) {
                    while try isRequest ? inbox.next(Request.decode) != nil : inbox.next(Reply.decode) != nil {}
                } catch {}
            }
        }
    }

    @Test func durationsStayWithinWhatTheyCanBe() {
        #expect(Duration.seconds(-5).nanoseconds == 0)
        #expect(Duration.milliseconds(1500).nanoseconds == 1_500_000_000)
        #expect(Duration.seconds(Int64.max).nanoseconds == .max)
        #expect(Uptime(nanoseconds: 5).after(nanoseconds: .max) == Uptime(nanoseconds: .max))
    }

    /// Sends bytes to the supervisor as a stranger and waits until it hangs up. Answers with what it said.
    private func converse(_ harness: SupervisorHarness, _ bytes: [UInt8]) throws -> [UInt8] {
        let socket = try SupervisorSocket.connect(to: harness.path("supervisor.sock"))
        defer { close(socket) }
        _ = bytes.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        shutdown(socket, Int32(SHUT_WR))
        var answer: [UInt8] = []
        var state = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        var some = [UInt8](repeating: 0, count: 4096)
        while poll(&state, 1, 60_000) > 0, case let count = recv(socket, &some, some.count, 0), count > 0 {
            answer += some.prefix(count)
        }
        return answer
    }

    @Test func strangersAreShownTheDoorAndTheAgentStays() async throws {
        var random = SeededGenerator(seed: 1)
        for length in [0, 1, 4, 5, 100, 5000] {
            #expect(try converse(harness, (0..<length).map { _ in .random(in: 0...255, using: &random) }).isEmpty)
        }
        #expect(try converse(harness, Array("GET / HTTP/1.1\r\n\r\n".utf8)).isEmpty)
        let uninvited = Self.bytes { Request.shutdown.encode(into: &$0) }
        #expect(try converse(harness, uninvited).isEmpty)
        #expect(try await harness.agent.run(harness.script("a", "exit 4")).status == .exited(4))
    }

    @Test func anotherVersionIsToldOursAndDoesNotReplaceTheAgent() async throws {
        let answer = try converse(harness, Self.bytes { Request.hello(version: 99).encode(into: &$0) })
        var inbox = Inbox(limit: 100)
        answer.withUnsafeBytes { inbox.append($0) }
        #expect(try inbox.next(Reply.decode) == .welcome(version: Request.version, pid: harness.supervisorPID))
        #expect(try await harness.agent.run(harness.script("a", "exit 4")).status == .exited(4))
    }

    @Test func anAgentThatSendsGarbageLosesItsConnectionButNoChild() async throws {
        harness.agent.client.start(harness.script("a", "sleep 1000"))
        let pid = try await harness.agent.pid(of: "a")
        let rest: [[UInt8]] = [[1, 0, 0, 0, 99], [255, 255, 255, 255], [5, 0, 0, 0, 2, 255, 255, 255, 255]]
        for garbage in rest {
            _ = try converse(harness, Self.bytes { Request.hello(version: 1).encode(into: &$0) } + garbage)
        }
        let agent = try await harness.reconnect()
        #expect(isAlive(pid))
        #expect(try await agent.client.children().map(\.token) == ["a"])
    }

    @Test func connectionsThatSayNothingDoNotPileUp() async throws {
        var silent: [Int32] = []
        try await eventually("many connections") {
            // Refused for the moment when the supervisor has not yet taken the ones before.
            if let socket = try? SupervisorSocket.connect(to: harness.path("supervisor.sock")) { silent.append(socket) }
            return silent.count == 30
        }
        #expect(try await harness.agent.run(harness.script("a", "exit 4")).status == .exited(4))
        try await eventually("the end of the first") {
            var byte: UInt8 = 0
            return recv(silent[0], &byte, 1, Int32(MSG_DONTWAIT)) == 0
        }
        for socket in silent { close(socket) }
    }
}
