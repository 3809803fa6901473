import Domain
import TestSupport
import Testing
import Wire

@testable import AgentRuntime

struct AgentMachineTests {
    /// Whatever happens, nothing is started twice, reports come in order, and in the end each attempt that was taken
    /// has ended once at the server, or was over for it.
    @Test(arguments: 0..<400)
    func walksEndWell(seed: Int) {
        var world = AgentWorld(seed: UInt64(seed))
        for _ in 0..<1000 { world.step() }
        world.isQuiet = true
        for _ in 0..<6000 {
            world.step()
            if world.machine.attempts.isEmpty && world.leased.isDisjoint(with: world.everTaken) { break }
        }
        #expect(world.violations == [])
        #expect(world.machine.attempts.isEmpty)
        #expect(world.children.isEmpty)
        #expect(world.ledger.isEmpty)
        for key in world.everTaken {
            let ends = world.ends[key] ?? 0
            let isSettled = ends == 1 || ends == 0 && world.isExcused(key)
            #expect(isSettled, "\(key): \(ends) ends")
        }
    }

    @Test func theWalksGoEverywhere() {
        var steps: [String: Int] = [:]
        var (ended, fenced) = (0, 0)
        for seed in 0..<50 {
            var world = AgentWorld(seed: UInt64(seed))
            for _ in 0..<1000 { world.step() }
            steps.merge(world.steps, uniquingKeysWith: +)
            ended += world.ends.count
            fenced += world.fenced.intersection(world.everTaken).count
        }
        #expect(steps.count == 20)
        #expect(ended > 100)
        #expect(fenced > 20)
    }

    // MARK: - Single decisions

    private func connected(slots: Int = 2) -> (AgentMachine, AgentTime) {
        var random = SeededGenerator(seed: 1)
        let configuration = AgentConfiguration(
            server: "", name: "a", host: "h", version: "1", pool: "p", queues: [], slots: slots, labels: [:],
            processID: 1, environment: [:])
        let time = AgentTime(elapsed: .seconds(10), wall: Timestamp(microseconds: 10_000_000))
        var machine = AgentMachine(
            configuration: configuration, agentID: ID(at: time.wall, from: &random), spooled: [])
        _ = machine.handle([.recovered([]), .connected], at: time)
        let welcome = Welcome(
            session: 5, serverVersion: "1", heartbeatInterval: .seconds(3), apiURL: "http://s", serverTime: time.wall,
            adopted: [])
        _ = machine.handle([.received(.welcome(welcome), session: 5), .logsResumed(session: 5)], at: time)
        return (machine, time)
    }

    private func assignment(_ number: UInt64, lease: Duration = .seconds(30)) -> AgentEvent {
        var assignment = Assignment.test(.test(number), ["true"], lease: lease)
        assignment.number = number
        return .received(.assignment(assignment), session: 5)
    }

    private func later(_ time: AgentTime, _ span: Duration) -> AgentTime {
        AgentTime(elapsed: time.elapsed + span, wall: time.wall + span)
    }

    /// With a full disk nothing is taken, what has not begun is given back, and what executes goes on.
    @Test func aFullDiskTakesNoRuns() {
        var (machine, time) = connected()
        func credit(_ effects: [AgentEffect]) -> Int? {
            effects.compactMap { if case .send(.ready(let credit, _), _) = $0 { credit } else { nil } }.last
        }
        func declined(_ effects: [AgentEffect]) -> [AttemptKey] {
            effects.compactMap { if case .send(.assignmentAnswer(let key, "full"), _) = $0 { key } else { nil } }
        }
        _ = machine.handle(
            [.received(.assignment(.test(.test(1), ["true"])), session: 5), .prepared(.test(1))], at: time)
        _ = machine.handle([.received(.assignment(.test(.test(2), ["true"])), session: 5)], at: time)
        let effects = machine.handle([.disk("full"), .prepared(.test(2))], at: time)
        #expect(declined(effects) == [.test(2)])
        #expect(credit(effects) == nil, "none is offered for what was given back")
        #expect(!effects.contains { if case .start = $0 { true } else { false } })
        #expect(machine.knows(.test(1)) && !machine.knows(.test(2)))
        time.elapsed += .milliseconds(1)
        let late = machine.handle([.received(.assignment(.test(.test(3), ["true"])), session: 5)], at: time)
        #expect(declined(late) == [.test(3)])
        #expect(credit(machine.handle([.disk(nil)], at: time)) == 1)
    }

    @Test func aWelcomeIsAnsweredWithHeartbeatAndCredit() {
        var random = SeededGenerator(seed: 1)
        let configuration = AgentConfiguration(
            server: "", name: "a", host: "h", version: "1", pool: "p", queues: ["q"], slots: 4, labels: ["k": "v"],
            processID: 9, environment: [:])
        let time = AgentTime(elapsed: .zero, wall: Timestamp(microseconds: 0))
        let id = ID<Agent>(at: time.wall, from: &random)
        var machine = AgentMachine(configuration: configuration, agentID: id, spooled: [])
        let hello = Hello(
            agentID: id, name: "a", host: "h", agentVersion: "1", pool: "p", queues: ["q"], slots: 4,
            labels: ["k": "v"], holding: [], processID: 9)
        #expect(machine.handle([.recovered([]), .connected], at: time) == [.send(.hello(hello), session: 0)])
        let welcome = Welcome(
            session: 5, serverVersion: "1", heartbeatInterval: .seconds(3), apiURL: "u", serverTime: time.wall,
            adopted: [])
        let effects = machine.handle([.received(.welcome(welcome), session: 5)], at: time)
        let beat = Heartbeat(sequence: 1, holding: [], spooledReports: 0)
        #expect(effects.contains(.send(.heartbeat(beat), session: 5)))
        #expect(effects.last == .send(.ready(credit: 4, assignmentsSeen: 0), session: 5))
    }

    @Test func anAssignmentIsWrittenDownBeforeItIsAnswered() {
        var (machine, time) = connected()
        let effects = machine.handle([assignment(1)], at: time)
        #expect(effects.count == 3)
        #expect(effects[0] == .spool(.taken(.test(1), lease: .seconds(30), grace: .milliseconds(300))))
        guard case .prepare = effects[1] else { return #expect(Bool(false)) }
        #expect(effects[2] == .send(.assignmentAnswer(.test(1), declined: nil), session: 5))
    }

    /// The lease counts from the sending of the heartbeat that was answered, not from the answer.
    @Test func aRenewalCountsFromTheHeartbeat() {
        var (machine, time) = connected()
        _ = machine.handle([assignment(1), .prepared(.test(1))], at: time)
        _ = machine.handle([.started(.test(1), processID: 1, at: time.wall)], at: time)
        let beat = later(time, .seconds(3))
        _ = machine.handle([.tick], at: beat)
        let answer = AgentEvent.received(.heartbeatAnswer(sequence: 2, fenced: []), session: 5)
        let effects = machine.handle([answer], at: later(beat, .seconds(2)))
        #expect(effects == [.renew([.test(1)], deadline: .seconds(28))])
    }

    /// An assignment may have been under way for any time: its lease counts from what the server knew.
    @Test func aFirstLeaseCountsFromTheHeartbeatThatTheServerHadHeardOf() {
        var (machine, time) = connected()
        let beat = later(time, .seconds(3))
        _ = machine.handle([.tick], at: beat)
        for (sequence, lease) in [(UInt64(1), 10), (2, 13), (77, 10)] {
            var (machine, arrival) = (machine, later(beat, .seconds(17)))
            var assignment = Assignment.test(.test(1), ["true"])
            assignment.afterHeartbeat = sequence
            _ = machine.handle([.received(.assignment(assignment), session: 5)], at: arrival)
            arrival = later(arrival, .zero)
            #expect(machine.handle([.prepared(.test(1))], at: arrival) == [.start(.test(1), deadline: .seconds(lease))])
        }
    }

    @Test func anIntermissionLetsChildrenGoOnUntilTheNextHello() throws {
        var (machine, time) = connected()
        _ = machine.handle([assignment(1), .prepared(.test(1))], at: time)
        _ = machine.handle([.started(.test(1), processID: 1, at: time.wall)], at: time)
        time = later(time, .seconds(1))
        let message = ServerMessage.intermission(lease: .seconds(600), afterHeartbeat: 1)
        let effects = machine.handle([.received(message, session: 5)], at: time)
        #expect(effects.contains(.renew([.test(1)], deadline: .seconds(599))))
        #expect(machine.handle([.tick], at: later(time, .seconds(60))).isEmpty, "nothing is said to nobody")
        _ = machine.handle([.disconnected], at: later(time, .seconds(61)))
        let greeting = machine.handle([.connected], at: later(time, .seconds(200)))
        let limit = try #require(greeting.firstIndex(of: .limit([.test(1)], deadline: .seconds(30))))
        let hello = try #require(greeting.firstIndex { if case .send(.hello, _) = $0 { true } else { false } })
        #expect(limit < hello, "what the server will count on holds before it can know of it")
    }

    @Test func anAttemptWhoseLeaseEndedBeforeItWasReadyIsNotStarted() {
        var (machine, time) = connected()
        _ = machine.handle([assignment(1, lease: .seconds(5))], at: time)
        let effects = machine.handle([.prepared(.test(1))], at: later(time, .seconds(5)))
        #expect(!effects.contains { if case .start = $0 { true } else { false } })
        let end = AttemptEnd(
            .leaseEnded, at: later(time, .seconds(5)).wall, message: "its lease ended before it was started")
        let report = Report(key: .test(1), sequence: 1, occurredAt: end.at, fact: .ended(end, logEnd: 0))
        #expect(effects.contains(.send(.report(report), session: 5)))
    }

    /// After a cut, hellos that had piled up are answered all at once, and what was said in between is refused.
    @Test func theRefusalOfAnEarlierSessionIsLateNews() {
        var (machine, time) = connected()
        func refusal(of session: UInt64) -> AgentEvent {
            .received(.refused(.unknownSession, message: ""), session: session)
        }
        #expect(machine.handle([refusal(of: 4)], at: time).isEmpty)
        for named in [UInt64(5), 0] {
            var machine = machine
            _ = machine.handle([refusal(of: named)], at: time)
            let effects = machine.handle([.tick], at: later(time, .seconds(60)))
            #expect(effects.contains { if case .send(.hello, session: 0) = $0 { true } else { false } })
        }
    }

    @Test func silenceLeadsToAnotherHello() {
        var (machine, time) = connected()
        var hellos = 0
        for _ in 0..<3 {
            time = later(time, .seconds(3))
            for effect in machine.handle([.tick], at: time) {
                if case .send(.hello, session: 0) = effect { hellos += 1 }
            }
        }
        #expect(hellos == 1)
    }

    @Test func hellosAreRepeatedEverMoreRarely() {
        var (machine, time) = connected()
        _ = machine.handle([.disconnected, .connected], at: time)
        var waits: [Duration] = []
        while waits.count < 8, let due = machine.nextTick() {
            waits.append(due - time.elapsed)
            time = later(time, due - time.elapsed)
            _ = machine.handle([.tick], at: time)
        }
        #expect(waits == waits.sorted())
        #expect(waits.last == .seconds(15))
    }

    @Test func reportsAreRepeatedUntilTheyAreTaken() {
        var (machine, time) = connected()
        _ = machine.handle(
            [assignment(1), .prepared(.test(1)), .started(.test(1), processID: 3, at: time.wall)], at: time)
        let again = machine.handle([.tick], at: later(time, .seconds(5)))
        let report = Report(key: .test(1), sequence: 1, occurredAt: time.wall, fact: .started(processID: 3))
        #expect(again.contains(.send(.report(report), session: 5)))
        _ = machine.handle([.received(.reportsTaken(.test(1), sequence: 1, fenced: false), session: 5)], at: time)
        #expect(machine.unacknowledgedReports == 0)
    }

    /// A short run is told of in one piece; a longer one is known to run after a moment.
    @Test func theStartWaitsAMomentForTheEnd() {
        func told(_ effects: [AgentEffect]) -> [Int] {
            effects.compactMap { if case .send(.report(let report), _) = $0 { report.sequence } else { nil } }
        }
        var (short, time) = connected()
        let begin = [assignment(1), .prepared(.test(1)), AgentEvent.started(.test(1), processID: 3, at: time.wall)]
        let begun = short.handle(begin, at: time)
        #expect(told(begun) == [])
        #expect(begun.contains { if case .spool(.report) = $0 { true } else { false } }, "it is written down at once")
        let end = ChildEnd(AttemptEnd(.exited(code: 0), at: time.wall), outputEnd: 0)
        #expect(told(short.handle([.ended(.test(1), end)], at: time)) == [1, 2])

        var long = connected().0
        _ = long.handle(begin, at: time)
        #expect(long.nextTick() == time.elapsed + .milliseconds(5))
        #expect(told(long.handle([.tick], at: later(time, .milliseconds(5)))) == [1])
        #expect(told(long.handle([.ended(.test(1), end)], at: later(time, .seconds(1)))) == [2])
    }

    /// The end is told after the output, also after a new session made the shipper begin again.
    @Test func theEndWaitsForTheOutput() {
        var (machine, time) = connected()
        _ = machine.handle(
            [assignment(1), .prepared(.test(1)), .started(.test(1), processID: 3, at: time.wall)], at: time)
        let end = ChildEnd(AttemptEnd(.exited(code: 1), at: time.wall), outputEnd: 50)
        let ending = machine.handle([.ended(.test(1), end)], at: time)
        #expect(ending == [.finishOutput(.test(1))])
        #expect(machine.occupied == 1)
        let told = machine.handle([.outputSent(.test(1), end: 49, lastErrors: "why")], at: time)
        let expected = Report(
            key: .test(1), sequence: 2, occurredAt: time.wall,
            fact: .ended(AttemptEnd(.exited(code: 1), at: time.wall, message: "why"), logEnd: 49))
        #expect(told.first == .spool(.report(expected)))
        #expect(told.contains(.send(.report(expected), session: 5)))
        #expect(told.last == .send(.ready(credit: 2, assignmentsSeen: 1), session: 5))
    }

    @Test func aStopThatIsRepeatedStopsOnce() {
        var (machine, time) = connected()
        let start = AgentEvent.started(.test(1), processID: 3, at: time.wall)
        _ = machine.handle([assignment(1), .prepared(.test(1)), start], at: time)
        func stop(_ grace: Duration) -> [AgentEffect] {
            let order = ServerMessage.stop(.test(1), grace: grace, reason: "cancelled")
            return machine.handle([.received(order, session: 5)], at: time)
        }
        #expect(stop(.seconds(10)).contains(.stop(.test(1), grace: .seconds(10))))
        #expect(stop(.seconds(10)).isEmpty)
        #expect(stop(.seconds(1)).contains(.stop(.test(1), grace: .seconds(1))))
    }

    @Test func leavingGivesBackWhatWasNotStarted() {
        var (machine, time) = connected()
        _ = machine.handle([assignment(1), assignment(2), .prepared(.test(2))], at: time)
        let effects = machine.handle([.leave(.leave)], at: time)
        #expect(effects.contains(.send(.assignmentAnswer(.test(1), declined: "the agent was told to end"), session: 5)))
        #expect(!effects.contains { if case .stop = $0 { true } else { false } })
        #expect(effects.last == .exit(.left(.leave)))
    }

    @Test func leavingWithStopWaitsForTheEnds() {
        var (machine, time) = connected()
        _ = machine.handle(
            [assignment(1), .prepared(.test(1)), .started(.test(1), processID: 3, at: time.wall)], at: time)
        let effects = machine.handle([.leave(.stop)], at: time)
        #expect(effects.contains(.stop(.test(1), grace: .milliseconds(300))))
        #expect(effects.last == .send(.ready(credit: 0, assignmentsSeen: 1), session: 5))
        _ = machine.handle([.ended(.test(1), ChildEnd(AttemptEnd(.stopped, at: time.wall), outputEnd: 0))], at: time)
        let last = machine.handle(
            [.received(.reportsTaken(.test(1), sequence: 2, fenced: false), session: 5)], at: time)
        #expect(last.last == .exit(.left(.stop)))
    }

    @Test func aServerThatNeverAnswersDoesNotKeepALeavingAgent() {
        var (machine, time) = connected()
        _ = machine.handle([assignment(1), .prepared(.test(1)), .leave(.stop)], at: time)
        _ = machine.handle([.ended(.test(1), ChildEnd(AttemptEnd(.stopped, at: time.wall), outputEnd: 0))], at: time)
        #expect(machine.handle([.tick], at: later(time, .seconds(6))).last == .exit(.left(.stop)))
    }
}
