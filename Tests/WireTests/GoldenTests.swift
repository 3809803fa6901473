import Domain
import Foundation
import TestSupport
import Testing
import Wire

/// The bytes of each message as they were when the protocol was agreed upon: agents and servers of different releases
/// meet in them. A change that is meant is written down by running the tests with `SLUICE_BLESS=1`.
struct GoldenTests {
    private static let run = ID<FlowRun>("0198c0de-0000-7000-8000-000000000001")
    private static let key = AttemptKey(run: run ?? fallback(), attempt: 2)
    private static let time = Timestamp(microseconds: 1_767_225_600_000_000)

    private static func fallback<Subject>() -> ID<Subject> {
        var random = SeededGenerator(seed: 1)
        return ID(at: Timestamp(microseconds: 0), from: &random)
    }

    /// Dictionaries have one entry at most: their order on the wire is not fixed.
    private static let agentMessages: [(String, AgentMessage)] = [
        (
            "hello",
            .hello(
                Hello(
                    agentID: key.run.cast(), name: "press", host: "node-1", agentVersion: "0.1.0", pool: "default",
                    queues: ["fast"], slots: 4, labels: ["gpu": "a100"], holding: [key], processID: 77))
        ),
        (
            "hello-with-offer",
            .hello(
                Hello(
                    agentID: key.run.cast(), name: "press", host: "node-1", agentVersion: "0.1.0", pool: "default",
                    queues: [], slots: 4, labels: [:], offer: Resources(cpu: 1500, memory: 1 << 34, gpu: 2),
                    holding: [], processID: 77))
        ),
        ("ready", .ready(credit: 3, assignmentsSeen: 9)),
        ("assignment-taken", .assignmentAnswer(key, declined: nil)),
        ("assignment-declined", .assignmentAnswer(key, declined: "no slot")),
        ("heartbeat", .heartbeat(Heartbeat(sequence: 5, holding: [key], spooledReports: 1))),
        ("report-preparing", report(1, .preparing(message: "fetching"))),
        ("report-started", report(2, .started(processID: 4711))),
        ("report-started-with-code", report(2, .started(processID: 4711, codeRevision: "0a1b2c"))),
        (
            "report-exited",
            report(
                3,
                .ended(
                    AttemptEnd(
                        .exited(code: 3), at: time, message: "no", cpu: .milliseconds(20), peakMemoryBytes: 4096),
                    logEnd: 99))
        ),
        ("report-signaled", report(3, .ended(AttemptEnd(.signaled(9), at: time), logEnd: 0))),
        ("report-stopped", report(3, .ended(AttemptEnd(.stopped, at: time), logEnd: 0))),
        ("report-timed-out", report(3, .ended(AttemptEnd(.timedOut, at: time), logEnd: 0))),
        ("report-lease-ended", report(3, .ended(AttemptEnd(.leaseEnded, at: time), logEnd: 0))),
        (
            "report-not-started",
            report(3, .ended(AttemptEnd(.notStarted, at: time, message: "no such command"), logEnd: 0))
        ),
        (
            "report-without-code",
            report(3, .ended(AttemptEnd(.notStarted, at: time, message: "no branch", lackedCode: true), logEnd: 0))
        ),
        ("report-supervisor-lost", report(3, .ended(AttemptEnd(.supervisorLost, at: time), logEnd: 0))),
        (
            "log-batch",
            .logBatch(
                LogBatch(
                    key: key, begin: 10, end: 40, lines: [LogLine(level: 20, timestamp: time, message: "grüße")]))
        ),
        (
            "bundle-request",
            .bundleRequest(digest: [UInt8](repeating: 0xAB, count: 32), offset: 262_144, length: 262_144)
        ),
        ("goodbye", .goodbye(reason: "told to end")),
        (
            "files-seen",
            .filesSeen(batch: 3, [SeenFile(path: "/data/in/a.csv", inode: 77, size: 1 << 33, modified: time)])
        ),
    ]

    private static var welcomeWithFiles: Welcome {
        var welcome = Welcome(
            session: 12, serverVersion: "0.1.0", heartbeatInterval: .seconds(3), apiURL: "http://s:4200/api",
            serverTime: time, adopted: [])
        welcome.takesFiles = true
        return welcome
    }

    private static let serverMessages: [(String, ServerMessage)] = [
        (
            "welcome",
            .welcome(
                Welcome(
                    session: 12, serverVersion: "0.1.0", heartbeatInterval: .seconds(3), apiURL: "http://s:4200/api",
                    serverTime: time, adopted: [key]))
        ),
        ("refused", .refused(.unknownSession, message: "say hello")),
        ("assignment", .assignment(assignment)),
        ("assignment-with-code", .assignment(assignmentWithCode)),
        ("heartbeat-answer", .heartbeatAnswer(sequence: 5, fenced: [key])),
        ("reports-taken", .reportsTaken(key, sequence: 3, fenced: true)),
        ("logs-taken", .logsTaken(key, end: 40)),
        ("files-taken", .filesTaken(batch: 3)),
        ("welcome-with-files", .welcome(welcomeWithFiles)),
        ("stop", .stop(key, grace: .seconds(30), reason: "cancelled")),
        (
            "bundle-chunk",
            .bundleChunk(
                BundleChunk(
                    digest: [UInt8](repeating: 0xAB, count: 32), offset: 0, data: [1, 2, 3], total: 3))
        ),
        (
            "bundle-missing",
            .bundleChunk(
                BundleChunk(
                    digest: [UInt8](repeating: 0xAB, count: 32), offset: 0, data: [], total: 0, error: "gone"))
        ),
        ("drain", .drain(reason: "maintenance")),
        ("intermission", .intermission(lease: .seconds(600), afterHeartbeat: 41)),
    ]

    private static func report(_ sequence: Int, _ fact: Report.Fact) -> AgentMessage {
        .report(Report(key: key, sequence: sequence, occurredAt: time, fact: fact))
    }

    private static let assignment = Assignment(
        key: key, lease: .seconds(30), runName: "brave-otter", flowName: "etl", deploymentName: "nightly",
        flowID: key.run.cast(), deploymentID: key.run.cast(), parameters: #"{"month":3}"#,
        arguments: ["python3", "flow.py"], environment: ["TZ": "UTC"],
        bundle: BundleReference(digest: String(repeating: "ab", count: 32), size: 1024), workingDirectory: "src",
        python: PythonRequirements(version: "3.11", requirements: ["requests==2.32"]), timeout: .seconds(600),
        grace: .seconds(10), number: 7, afterHeartbeat: 0)

    private static var assignmentWithCode: Assignment {
        var assignment = assignment
        assignment.bundle = nil
        assignment.code = CodeSource(.git, [.url: "https://example.org/a.git", .branch: "main", .token: "hush"])
        return assignment
    }

    @Test(arguments: agentMessages.indices)
    func agentMessage(index: Int) throws {
        let (name, message) = Self.agentMessages[index]
        try check("agent-\(name)", Envelope(session: 12, body: message))
    }

    @Test(arguments: serverMessages.indices)
    func serverMessage(index: Int) throws {
        let (name, message) = Self.serverMessages[index]
        try check("server-\(name)", Envelope(session: 12, body: message))
    }

    /// What is written now is what was written then, and what was written then is read now.
    private func check<Body: WireBody>(_ name: String, _ envelope: Envelope<Body>) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name).hex")
        let written = Hexadecimal.text(of: envelope.encoded())
        if ProcessInfo.processInfo.environment["SLUICE_BLESS"] == "1" {
            try Data("\(written)\n".utf8).write(to: file)
        }
        let golden = try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(written == golden)
        let bytes = try #require(Hexadecimal.bytes(of: golden))
        #expect(try Envelope<Body>(decoding: bytes) == envelope)
    }

    /// A kind of message without golden bytes would be found out only by another release.
    @Test func everyKindIsThere() {
        var source = MessageSource(seed: 1)
        #expect(Set(Self.agentMessages.map { kind($0.1) }) == Set(source.agentMessages().map { kind($0) }))
        #expect(Set(Self.serverMessages.map { kind($0.1) }) == Set(source.serverMessages().map { kind($0) }))
    }

    private func kind(_ message: Any) -> String {
        Mirror(reflecting: message).children.first?.label ?? "\(message)"
    }
}
