import Domain
import Synchronization
import Wire
import ZeroMQ

/// A server as an agent sees it, over real ZeroMQ: it welcomes, renews and acknowledges, unless it is told not to, and
/// remembers what it heard.
final class FakeServer: Sendable {
    struct Habits: Sendable {
        var welcomes = true
        var answersHeartbeats = true
        var takesReports = true
        var takesLogs = true
        /// As a server of today, which is told of files.
        var takesFiles = true
        var acknowledgesFiles = true
        /// What of `Hello.holding` may go on; nil: all.
        var adopts: Set<AttemptKey>?
        var heartbeatInterval: Duration = .milliseconds(200)
        var bundles: [[UInt8]: [UInt8]] = [:]
        /// The name of the bundle request that goes unanswered, counted from 1; 0: none.
        var ignoredBundleRequest = 0
    }

    struct Heard: Sendable {
        var messages: [AgentMessage] = []
        /// The committed logs, line by line, and how far they go.
        var logs: [AttemptKey: [LogLine]] = [:]
        var logEnds: [AttemptKey: UInt64] = [:]
        /// How many lines had come when the end of the attempt came.
        var linesAtEnd: [AttemptKey: Int] = [:]
        var misplacedBatches = 0
        var sessions: UInt64 = 0
        var assignments: UInt64 = 0
        var credit = 0
        var bundleRequests = 0
        /// Where the chunks that were sent begin, each as often as it was sent.
        var chunkOffsets: [UInt64] = []
        var garbage = 0
    }

    let endpoint: String
    private let router: RouterSocket
    private let habits: Mutex<Habits>
    private let heard = Mutex(Heard())
    private let peer = Mutex<RoutingID?>(nil)

    init(endpoint: String = "tcp://127.0.0.1:*", _ habits: Habits = Habits()) throws {
        router = try RouterSocket(bind: endpoint) { _ in }
        self.endpoint = router.boundEndpoint
        self.habits = Mutex(habits)
    }

    /// `HOST:PORT`, as an agent is told it.
    var address: String { String(endpoint.dropFirst("tcp://".count)) }
    var now: Heard { heard.withLock { $0 } }

    func change(_ body: (inout Habits) -> Void) { habits.withLock { body(&$0) } }

    func serve() async {
        for await batch in router.incoming {
            for routed in batch {
                peer.withLock { $0 = routed.peer }
                hear(routed.message)
            }
        }
    }

    func close() async { await router.close() }

    func say(_ message: ServerMessage) {
        guard let peer = peer.withLock({ $0 }) else { return }
        let session = heard.withLock { $0.sessions }
        try? router.send(Message(Envelope(session: session, body: message).encoded()), to: peer)
    }

    func sayRaw(_ bytes: [UInt8]) {
        guard let peer = peer.withLock({ $0 }) else { return }
        try? router.send(Message(bytes), to: peer)
    }

    func assign(_ assignment: Assignment) {
        var assignment = assignment
        assignment.number = heard.withLock { heard in
            heard.assignments += 1
            heard.credit -= 1
            return heard.assignments
        }
        say(.assignment(assignment))
    }

    /// Waits until what was heard is as wanted; false when that takes too long.
    func hears(within limit: Duration = .seconds(20), _ condition: @Sendable (Heard) -> Bool) async -> Bool {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if condition(now) { return true }
            try? await Task.sleep(for: .milliseconds(2))
        }
        return condition(now)
    }

    private func hear(_ message: Message) {
        guard let frame = message.frames.first, let envelope = try? Envelope<AgentMessage>(decoding: frame) else {
            return heard.withLock { $0.garbage += 1 }
        }
        heard.withLock { heard in
            if case .logBatch = envelope.body {} else { heard.messages.append(envelope.body) }
        }
        let habits = habits.withLock { $0 }
        switch envelope.body {
        case .hello(let hello): if habits.welcomes { welcome(hello, habits) }
        case .ready(let credit, let seen):
            heard.withLock { $0.credit = credit - Int($0.assignments - seen) }
        case .heartbeat(let beat):
            if habits.answersHeartbeats { say(.heartbeatAnswer(sequence: beat.sequence, fenced: [])) }
        case .report(let report):
            if case .ended = report.fact {
                heard.withLock { $0.linesAtEnd[report.key] = $0.logs[report.key]?.count ?? 0 }
            }
            if habits.takesReports { say(.reportsTaken(report.key, sequence: report.sequence, fenced: false)) }
        case .logBatch(let batch): if habits.takesLogs { take(batch) }
        case .bundleRequest(let digest, let offset, let length): sendChunk(digest, offset, length, habits)
        case .filesSeen(let batch, _): if habits.acknowledgesFiles { say(.filesTaken(batch: batch)) }
        case .assignmentAnswer, .goodbye: break
        }
    }

    private func welcome(_ hello: Hello, _ habits: Habits) {
        let session = heard.withLock { heard in
            heard.sessions += 1
            heard.assignments = 0
            return heard.sessions
        }
        var welcome = Welcome(
            session: session, serverVersion: "fake", heartbeatInterval: habits.heartbeatInterval,
            apiURL: "http://127.0.0.1:4200/api", serverTime: Timestamp(microseconds: 0),
            adopted: hello.holding.filter { habits.adopts?.contains($0) ?? true })
        welcome.takesFiles = habits.takesFiles
        say(.welcome(welcome))
    }

    /// Takes what begins where it stopped, and says where that is.
    private func take(_ batch: LogBatch) {
        let end = heard.withLock { heard in
            let end = heard.logEnds[batch.key] ?? 0
            // The very first batch may begin at the first record.
            if batch.begin == end || (end == 0 && batch.begin == 0) {
                heard.logs[batch.key, default: []] += batch.lines
                heard.logEnds[batch.key] = batch.end
                return batch.end
            }
            heard.misplacedBatches += 1
            return end
        }
        say(.logsTaken(batch.key, end: end))
    }

    private func sendChunk(_ digest: [UInt8], _ offset: UInt64, _ length: UInt32, _ habits: Habits) {
        let number = heard.withLock { heard in
            heard.bundleRequests += 1
            return heard.bundleRequests
        }
        guard number != habits.ignoredBundleRequest else { return }
        guard let bundle = habits.bundles[digest] else {
            return say(
                .bundleChunk(BundleChunk(digest: digest, offset: offset, data: [], total: 0, error: "no such bundle")))
        }
        heard.withLock { $0.chunkOffsets.append(offset) }
        let end = min(bundle.count, Int(offset) + Int(length))
        say(
            .bundleChunk(
                BundleChunk(
                    digest: digest, offset: offset, data: Array(bundle[Int(offset)..<end]),
                    total: UInt64(bundle.count))))
    }
}

extension FakeServer.Heard {
    var reports: [Report] { messages.compactMap { if case .report(let report) = $0 { report } else { nil } } }
    var hellos: [Hello] { messages.compactMap { if case .hello(let hello) = $0 { hello } else { nil } } }
    var heartbeats: [Heartbeat] { messages.compactMap { if case .heartbeat(let beat) = $0 { beat } else { nil } } }

    func end(of key: AttemptKey) -> AttemptEnd? {
        for report in reports where report.key == key { if case .ended(let end, _) = report.fact { return end } }
        return nil
    }

    func hasStarted(_ key: AttemptKey) -> Bool {
        reports.contains { report in
            guard case .started = report.fact else { return false }
            return report.key == key
        }
    }

    func codeRevision(of key: AttemptKey) -> String? {
        for report in reports where report.key == key {
            if case .started(_, let revision) = report.fact { return revision }
        }
        return nil
    }

    func text(of key: AttemptKey) -> [String] { (logs[key] ?? []).map(\.message) }

    /// The files of all batches, in the order in which they were told, each as often as it was.
    var files: [SeenFile] {
        messages.flatMap { if case .filesSeen(_, let files) = $0 { files } else { [SeenFile]() } }
    }

    var hasGoodbye: Bool { messages.contains { if case .goodbye = $0 { true } else { false } } }
}
