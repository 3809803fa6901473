import Domain
import TestSupport
import Wire

@testable import AgentRuntime

/// An agent's machine among a server, a network, an executor and a log shipper that do what chance wants, for random
/// walks. What must never happen is collected in `violations`.
struct AgentWorld {
    enum Child {
        case starting, running
        case ended(AttemptEnd.Cause)
    }

    static let slots = 3
    static let lease: Duration = .seconds(30)

    var random: SeededGenerator
    var machine: AgentMachine
    var now = AgentTime(elapsed: .seconds(1), wall: Timestamp(microseconds: 1_000_000))
    var violations: [String] = []
    var isQuiet = false
    var steps: [String: Int] = [:]

    // What survives the agent.
    var ledger = SpoolLedger()
    var children: [AttemptKey: Child] = [:]
    // What does not.
    var preparing: Set<AttemptKey> = []
    var unsentOutput: Set<AttemptKey> = []
    var untakenOutput: Set<AttemptKey> = []
    var pendingResume: UInt64?
    // The network.
    var isConnected = false
    var toServer: [(message: AgentMessage, session: UInt64)] = []
    var toAgent: [(message: ServerMessage, session: UInt64)] = []
    // The server.
    var session: UInt64 = 0
    var credit = 0
    private var lastBeat: UInt64 = 0
    var assigned: UInt64 = 0
    var made: UInt64 = 0
    /// What the server has leased and not seen the end of.
    var leased: Set<AttemptKey> = []
    var everTaken: Set<AttemptKey> = []
    var started: Set<AttemptKey> = []
    var ends: [AttemptKey: Int] = [:]
    var lastSequence: [AttemptKey: Int] = [:]
    var fenced: Set<AttemptKey> = []
    var declined: Set<AttemptKey> = []
    /// Taken, and forgotten before they were started; the server may not have heard of it.
    var givenBack: Set<AttemptKey> = []
    /// The agent has heard that they are over.
    var toldFenced: Set<AttemptKey> = []

    /// Whether the attempt need not end at the server.
    func isExcused(_ key: AttemptKey) -> Bool {
        fenced.contains(key) || declined.contains(key) || givenBack.contains(key)
    }

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        machine = Self.machine([])
        act([.recovered([])])
    }

    private static func machine(_ spooled: [SpooledAttempt]) -> AgentMachine {
        var random = SeededGenerator(seed: 7)
        let configuration = AgentConfiguration(
            server: "", name: "a", host: "h", version: "1", pool: "p", queues: [], slots: slots, labels: [:],
            processID: 1, environment: [:])
        return AgentMachine(
            configuration: configuration, agentID: ID(at: Timestamp(microseconds: 1), from: &random), spooled: spooled)
    }

    // MARK: - The agent

    mutating func act(_ events: [AgentEvent]) {
        let effects = machine.handle(events, at: now)
        for effect in effects { carryOut(effect) }
        if machine.occupied > Self.slots { violations.append("\(machine.occupied) slots in use") }
        if let due = machine.nextTick(), due < now.elapsed - .seconds(120) {
            violations.append("a tick is long overdue")
        }
    }

    private mutating func carryOut(_ effect: AgentEffect) {
        switch effect {
        case .spool(let entry):
            if !ledger.apply(entry) { violations.append("spooled \(entry) of an unknown attempt") }
        case .send(let message, let session):
            if isConnected { toServer.append((message, session)) }
        case .resumeLogs(let session): pendingResume = session
        case .suspendLogs: pendingResume = nil
        case .prepare(let assignment, _):
            if !everTaken.insert(assignment.key).inserted, !givenBack.contains(assignment.key) {
                violations.append("\(assignment.key) taken twice")
            }
            preparing.insert(assignment.key)
        case .cancelPreparation(let key):
            if preparing.remove(key) != nil { act([.notPrepared(key, reason: "cancelled")]) }
        case .start(let key, let deadline):
            if !started.insert(key).inserted { violations.append("\(key) started twice") }
            if deadline <= .zero || deadline > Self.lease { violations.append("deadline \(deadline)") }
            children[key] = .starting
        case .stop(let key, _): stopChild(key)
        case .renew(let keys, let deadline):
            for key in keys where toldFenced.contains(key) { violations.append("renewed \(key) after its fence") }
            if deadline <= .zero || deadline > Self.lease { violations.append("renewal \(deadline)") }
        case .limit(_, let deadline):
            if deadline != Self.lease { violations.append("limit \(deadline)") }
        case .followOutput, .putUpStopSign: break
        case .finishOutput(let key): unsentOutput.insert(key)
        case .dropOutput(let key):
            unsentOutput.remove(key)
            untakenOutput.remove(key)
        case .finish(let key):
            if case .running? = children[key] { violations.append("finished \(key), which runs") }
            if !started.contains(key), ends[key] == nil { givenBack.insert(key) }
            children[key] = nil
        case .log: break
        case .exit(let reason): violations.append("exited: \(reason)")
        }
    }

    private mutating func stopChild(_ key: AttemptKey) {
        switch children[key] {
        case .starting, .running: children[key] = .ended(.stopped)
        case .ended, nil: break
        }
    }

    // MARK: - One step

    mutating func step() {
        let steps: [(String, (inout AgentWorld) -> Void)] = [
            ("connect", { $0.connect() }), ("server", { $0.hearAtServer() }), ("server", { $0.hearAtServer() }),
            ("server", { $0.hearAtServer() }), ("agent", { $0.hearAtAgent() }), ("agent", { $0.hearAtAgent() }),
            ("agent", { $0.hearAtAgent() }), ("prepare", { $0.prepareOne() }), ("start", { $0.startOne() }),
            ("end", { $0.endOne() }), ("tell", { $0.tellEnd() }), ("send", { $0.sendOutput() }),
            ("take", { $0.takeOutput() }), ("resume", { $0.resume() }), ("time", { $0.passTime() }),
        ]
        let mischief: [(String, (inout AgentWorld) -> Void)] = [
            ("disconnect", { $0.disconnect() }), ("assign", { $0.assign() }), ("assign", { $0.assign() }),
            ("assign", { $0.assign() }), ("assign", { $0.assign() }), ("assign", { $0.assign() }),
            ("repeat", { $0.repeatAssignment() }), ("stop", { $0.stopOne() }), ("fence", { $0.fenceOne() }),
            ("restart", { $0.restart() }), ("lose", { $0.loseExecutor() }), ("forget", { $0.forgetSession() }),
            ("disk", { $0.fillOrFreeDisk() }),
        ]
        let useMischief = !isQuiet && Int.random(in: 0..<100, using: &random) < 10
        let (name, body) = (useMischief ? mischief : steps).randomElement(using: &random) ?? steps[0]
        self.steps[name, default: 0] += 1
        body(&self)
        if isQuiet, machine.diskTrouble != nil { act([.disk(nil)]) }
    }

    private mutating func fillOrFreeDisk() {
        act([.disk(machine.diskTrouble == nil ? "full" : nil)])
    }

    private mutating func connect() {
        guard !isConnected else { return }
        isConnected = true
        act([.connected])
    }

    private mutating func disconnect() {
        guard isConnected else { return }
        cut()
        act([.disconnected])
    }

    private mutating func cut() {
        isConnected = false
        // What was on its way to the server may have arrived.
        for _ in 0..<Int.random(in: 0...toServer.count, using: &random) { hearAtServer() }
        toServer = []
        toAgent = []
    }

    private mutating func passTime() {
        let milliseconds = Int.random(in: 1...(isQuiet ? 2000 : 6000), using: &random)
        now.elapsed += .milliseconds(milliseconds)
        now.wall = now.wall + .milliseconds(milliseconds)
        if let due = machine.nextTick(), due <= now.elapsed { act([.tick]) }
    }

    // MARK: - The executor and the shipper

    private mutating func prepareOne() {
        guard let key = preparing.randomElement(using: &random) else { return }
        preparing.remove(key)
        switch Int.random(in: 0..<10, using: &random) {
        case 0: act([.notPrepared(key, reason: "no bundle")])
        case 1: act([.preparing(key, message: "fetching"), .prepared(key)])
        default: act([.prepared(key)])
        }
    }

    private mutating func startOne() {
        for (key, child) in children {
            guard case .starting = child else { continue }
            children[key] = .running
            return act([.started(key, processID: 1, at: now.wall)])
        }
    }

    private mutating func endOne() {
        for (key, child) in children {
            guard case .running = child else { continue }
            children[key] = .ended(.exited(code: 0))
            return
        }
    }

    /// The executor repeats an end until it is acknowledged.
    private mutating func tellEnd() {
        for (key, child) in children {
            guard case .ended(let cause) = child else { continue }
            let output: UInt64 = key.run.bytes[15] % 2 == 0 ? 0 : 100
            return act([.ended(key, ChildEnd(AttemptEnd(cause, at: now.wall), outputEnd: output))])
        }
    }

    private mutating func sendOutput() {
        guard case .welcomed = machine.session, let key = unsentOutput.randomElement(using: &random) else { return }
        unsentOutput.remove(key)
        untakenOutput.insert(key)
        act([.outputSent(key, end: 100, lastErrors: nil)])
    }

    private mutating func takeOutput() {
        guard let key = untakenOutput.randomElement(using: &random) else { return }
        untakenOutput.remove(key)
        act([.outputTaken(key)])
    }

    private mutating func resume() {
        guard let session = pendingResume else { return }
        pendingResume = nil
        act([.logsResumed(session: session)])
    }

    private mutating func loseExecutor() {
        children = children.filter { if case .ended = $0.value { true } else { false } }
        act([.executorLost(reason: "killed")])
    }

    private mutating func restart() {
        if isConnected { cut() }
        preparing = []
        unsentOutput = []
        untakenOutput = []
        pendingResume = nil
        machine = Self.machine(ledger.attempts)
        let found = children.map { key, child -> RecoveredAttempt in
            switch child {
            case .starting, .running:
                children[key] = .running
                return RecoveredAttempt(key: key, state: .running(processID: 1, since: now.wall))
            case .ended(let cause):
                let end = ChildEnd(AttemptEnd(cause, at: now.wall), outputEnd: 100)
                return RecoveredAttempt(key: key, state: .ended(end))
            }
        }
        act([.recovered(found)])
    }

    // MARK: - The server

    private mutating func say(_ message: ServerMessage) {
        if isConnected { toAgent.append((message, session)) }
    }

    private mutating func hearAtAgent() {
        guard !toAgent.isEmpty else { return }
        let (message, session) = toAgent.removeFirst()
        switch message {
        case .reportsTaken(let key, _, fenced: true): toldFenced.insert(key)
        case .heartbeatAnswer(_, let keys): if session == self.session { toldFenced.formUnion(keys) }
        default: break
        }
        act([.received(message, session: session)])
    }

    private mutating func hearAtServer() {
        guard !toServer.isEmpty else { return }
        let (message, session) = toServer.removeFirst()
        if case .hello(let hello) = message { return welcome(hello) }
        guard session == self.session else {
            return say(.refused(.unknownSession, message: "no session \(session)"))
        }
        switch message {
        case .ready(let credit, let seen): self.credit = credit - Int(assigned - seen)
        case .assignmentAnswer(let key, let reason):
            if reason != nil {
                declined.insert(key)
                leased.remove(key)
            }
        case .heartbeat(let beat):
            lastBeat = beat.sequence
            for key in beat.holding where declined.contains(key) { violations.append("holds declined \(key)") }
            say(.heartbeatAnswer(sequence: beat.sequence, fenced: beat.holding.filter { !leased.contains($0) }))
        case .report(let report): take(report)
        case .hello, .logBatch, .bundleRequest, .goodbye, .filesSeen: break
        }
    }

    private mutating func welcome(_ hello: Hello) {
        session += 1
        assigned = 0
        credit = 0
        lastBeat = 0
        // What the agent does not hold has gone astray, and what it holds beyond is over.
        for key in leased.subtracting(hello.holding) where !everTaken.contains(key) { leased.remove(key) }
        say(
            .welcome(
                Welcome(
                    session: session, serverVersion: "1", heartbeatInterval: .seconds(3), apiURL: "",
                    serverTime: now.wall, adopted: hello.holding.filter { leased.contains($0) })))
    }

    private mutating func take(_ report: Report) {
        let key = report.key
        let last = lastSequence[key] ?? 0
        let isOver = !leased.contains(key) && report.sequence > last
        if isOver { return say(.reportsTaken(key, sequence: report.sequence, fenced: true)) }
        if report.sequence > last + 1 { violations.append("\(key): report \(report.sequence) after \(last)") }
        if report.sequence > last {
            lastSequence[key] = report.sequence
            if case .ended = report.fact {
                ends[key, default: 0] += 1
                leased.remove(key)
            }
        }
        say(.reportsTaken(key, sequence: max(last, report.sequence), fenced: false))
    }

    private mutating func assign() {
        guard isConnected, credit > 0 else { return }
        credit -= 1
        made += 1
        assigned += 1
        let key = AttemptKey.test(made)
        leased.insert(key)
        var assignment = Assignment.test(key, ["true"], lease: Self.lease, afterHeartbeat: lastBeat)
        assignment.number = assigned
        say(.assignment(assignment))
    }

    private mutating func repeatAssignment() {
        guard isConnected, let key = leased.randomElement(using: &random) else { return }
        var assignment = Assignment.test(key, ["true"], lease: Self.lease)
        assignment.number = assigned
        if everTaken.contains(key) { say(.assignment(assignment)) }
    }

    private mutating func stopOne() {
        if let key = leased.randomElement(using: &random) { say(.stop(key, grace: .seconds(1), reason: "cancelled")) }
    }

    /// The lease ends at the server: what is said of the attempt counts no more.
    private mutating func fenceOne() {
        guard let key = leased.randomElement(using: &random), Bool.random(using: &random) else { return }
        leased.remove(key)
        fenced.insert(key)
    }

    /// The server was restarted: leases are remembered, sessions are not.
    private mutating func forgetSession() {
        if Int.random(in: 0..<4, using: &random) == 0 { session += 1 }
    }
}
