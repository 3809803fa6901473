import Domain
import TestSupport
import Wire

/// Makes messages of every kind out of chance. The same seed makes the same messages.
struct MessageSource {
    var random: SeededGenerator

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    /// One of each kind.
    mutating func agentMessages() -> [AgentMessage] {
        [
            .hello(hello()), .ready(credit: int(0...1000), assignmentsSeen: random.next()),
            .assignmentAnswer(key(), declined: optional { "no: " + $0.text() }), .heartbeat(heartbeat()),
            .report(report(.preparing(message: text()))),
            .report(
                report(
                    .started(
                        processID: Int32.random(in: .min ... .max, using: &random),
                        codeRevision: optional { "r" + $0.text() }))),
            .report(report(nil)), .logBatch(logBatch()),
            .bundleRequest(
                digest: bytes(32), offset: random.next(), length: UInt32.random(in: 0 ... .max, using: &random)),
            .goodbye(reason: text()),
            .filesSeen(
                batch: random.next(),
                list {
                    SeenFile(
                        path: $0.text(), inode: $0.random.next(), size: $0.random.next(), modified: $0.timestamp())
                }),
        ]
    }

    /// One of each kind.
    mutating func serverMessages() -> [ServerMessage] {
        [
            .welcome(welcome()),
            .refused(RefusalReason.allCases.randomElement(using: &random) ?? .invalid, message: text()),
            .assignment(assignment()), .heartbeatAnswer(sequence: random.next(), fenced: list { $0.key() }),
            .reportsTaken(key(), sequence: int(0...100_000), fenced: Bool.random(using: &random)),
            .logsTaken(key(), end: random.next()), .filesTaken(batch: random.next()),
            .stop(key(), grace: duration(), reason: text()),
            .bundleChunk(
                BundleChunk(
                    digest: bytes(32), offset: random.next(), data: bytes(int(0...300)), total: random.next(),
                    error: optional { "lost: " + $0.text() })),
            .drain(reason: text()), .intermission(lease: duration(), afterHeartbeat: random.next()),
        ]
    }

    // MARK: - Parts

    private mutating func hello() -> Hello {
        Hello(
            agentID: id(), name: text(), host: text(), agentVersion: text(), pool: text(), queues: list { $0.text() },
            slots: int(1...10_000), labels: map(),
            offer: Resources(cpu: int(0...1_000_000), memory: int(0...1 << 50), gpu: int(0...99)),
            holding: list { $0.key() },
            processID: Int32.random(in: 1 ... .max, using: &random))
    }

    private mutating func heartbeat() -> Heartbeat {
        Heartbeat(sequence: random.next(), holding: list { $0.key() }, spooledReports: int(0...5000))
    }

    private mutating func report(_ fact: Report.Fact?) -> Report {
        let time = timestamp()
        return Report(
            key: key(), sequence: int(1...100), occurredAt: time,
            fact: fact ?? .ended(end(at: time), logEnd: random.next()))
    }

    private mutating func end(at time: Timestamp) -> AttemptEnd {
        let causes: [AttemptEnd.Cause] = [
            .exited(code: int(0...255)), .signaled(int(1...64)), .stopped, .timedOut, .leaseEnded, .notStarted,
            .supervisorLost,
        ]
        return AttemptEnd(
            causes.randomElement(using: &random) ?? .stopped, at: time, message: optional { "m" + $0.text() },
            cpu: duration(), peakMemoryBytes: Int64.random(in: 0 ... .max, using: &random),
            lackedCode: Bool.random(using: &random))
    }

    private mutating func logBatch() -> LogBatch {
        let begin = UInt64(int(0...1_000_000))
        let lines = list { source in
            LogLine(level: source.int(0...50), timestamp: source.timestamp(), message: source.text())
        }
        return LogBatch(key: key(), begin: begin, end: begin + UInt64(int(0...1_000_000)), lines: lines)
    }

    private mutating func welcome() -> Welcome {
        Welcome(
            session: random.next(), serverVersion: text(), heartbeatInterval: duration(), apiURL: text(),
            serverTime: timestamp(), adopted: list { $0.key() })
    }

    private mutating func assignment() -> Assignment {
        var assignment = plainAssignment()
        assignment.container = optional { source in
            ContainerSpec(image: "i" + source.text(), volumes: source.list { $0.text() }, cpus: 0.5)
        }
        assignment.limits = ProcessLimits(
            memoryBytes: optional { Int64($0.int(1...1_000_000)) }, cpus: 1.25, openFiles: optional { $0.int(1...99) })
        assignment.user = optional { "u" + $0.text() }
        assignment.code = optional { source in
            CodeSource(.git, [.url: "h" + source.text(), .token: source.text()])
        }
        assignment.graphicsProcessors = int(0...9)
        return assignment
    }

    private mutating func plainAssignment() -> Assignment {
        Assignment(
            key: key(), lease: duration(), runName: text(), flowName: text(), deploymentName: text(), flowID: id(),
            deploymentID: optional { $0.id() }, parameters: text(), arguments: list { $0.text() }, environment: map(),
            bundle: optional { source in
                BundleReference(digest: Hexadecimal.text(of: source.bytes(32)), size: source.int(0...1_000_000))
            },
            workingDirectory: optional { "d" + $0.text() },
            python: optional { source in
                PythonRequirements(
                    version: source.optional { "3" + $0.text() }, requirements: source.list { $0.text() })
            },
            prefectFlow: optional { source in
                PrefectFlow(
                    python: source.optional { "p" + $0.text() },
                    warmStart: [.asUsual, .wanted, .refused].randomElement(using: &source.random) ?? .asUsual)
            },
            timeout: optional { $0.duration() + .microseconds(1) }, grace: duration(), number: random.next(),
            afterHeartbeat: random.next())
    }

    private mutating func key() -> AttemptKey { AttemptKey(run: id(), attempt: int(1...4_000_000_000)) }

    private mutating func id<Subject>() -> ID<Subject> { ID(at: timestamp(), from: &random) }

    private mutating func timestamp() -> Timestamp {
        Timestamp(microseconds: Int64.random(in: 0...4_000_000_000_000_000, using: &random))
    }

    private mutating func duration() -> Duration {
        .microseconds(Int64.random(in: 0...1_000_000_000_000, using: &random))
    }

    private mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    private mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    private mutating func text() -> String {
        let alphabet: [Character] = ["a", "Z", "0", " ", "\n", "\"", "é", "€", "😀", "\u{0}", "\u{1B}"]
        return String((0..<int(0...20)).map { _ in alphabet.randomElement(using: &random) ?? "a" })
    }

    private mutating func list<Item>(_ item: (inout MessageSource) -> Item) -> [Item] {
        (0..<int(0...5)).map { _ in item(&self) }
    }

    private mutating func optional<Item>(_ item: (inout MessageSource) -> Item) -> Item? {
        Bool.random(using: &random) ? item(&self) : nil
    }

    private mutating func map() -> [String: String] {
        Dictionary(list { ($0.text(), $0.text()) }, uniquingKeysWith: { first, _ in first })
    }
}
