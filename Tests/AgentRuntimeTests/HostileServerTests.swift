import Domain
import TestSupport
import Testing
import Wire

@testable import AgentRuntime

/// A server that says anything at any time: the agent's machine never traps, never holds more than it has slots for,
/// and never asks to be woken without end.
struct HostileServerTests {
    private func machine(at time: AgentTime) -> AgentMachine {
        var random = SeededGenerator(seed: 1)
        let configuration = AgentConfiguration(
            server: "", name: "a", host: "h", version: "1", pool: "p", queues: [], slots: 3, labels: [:],
            processID: 1, environment: [:])
        return AgentMachine(configuration: configuration, agentID: ID(at: time.wall, from: &random), spooled: [])
    }

    @Test(arguments: Fuzz.seeds(300))
    func anythingCanBeSaidInASession(seed: UInt64) {
        var talk = HostileTalk(seed: seed)
        var now = AgentTime(elapsed: .seconds(10), wall: Timestamp(microseconds: 10_000_000))
        var machine = machine(at: now)
        _ = machine.handle([.recovered([]), .connected], at: now)
        for _ in 0..<300 {
            let (message, session) = talk.next()
            var events: [AgentEvent] = [.received(message, session: session)]
            // The helpers do their part.
            for effect in machine.handle(events, at: now) {
                if let event = talk.answer(effect) { events.append(event) }
            }
            _ = machine.handle(events.dropFirst(), at: now)
            now.elapsed += .milliseconds(Int(talk.mutation.random.choice(of: 4000)))
            _ = machine.handle([.tick], at: now)
            #expect(machine.occupied <= 3, "seed \(seed)")
            if let next = machine.nextTick() { #expect(next > now.elapsed, "seed \(seed)") }
        }
    }
}

/// Makes up what a server could say, about few attempts so that they meet.
private struct HostileTalk {
    var mutation: Mutation
    private static let session: UInt64 = 5

    init(seed: UInt64) { mutation = Mutation(seed: seed) }

    mutating func next() -> (ServerMessage, session: UInt64) {
        let session = mutation.random.choice(of: 8) == 0 ? mutation.random.next() : Self.session
        let sound = Envelope(session: session, body: message()).encoded()
        guard mutation.random.choice(of: 3) == 0, let read = try? Envelope<ServerMessage>(decoding: mutation(sound))
        else { return (message(), session) }
        return (read.body, read.session)
    }

    private mutating func message() -> ServerMessage {
        let key = key()
        switch mutation.random.choice(of: 9) {
        case 0, 1:
            return .welcome(
                Welcome(
                    session: Self.session, serverVersion: "x", heartbeatInterval: duration(), apiURL: "",
                    serverTime: Timestamp(microseconds: number()), adopted: [key, self.key()]))
        case 2, 3:
            var assignment = Assignment.test(key, ["true"], lease: duration())
            assignment.grace = duration()
            assignment.number = mutation.random.next() >> UInt64(mutation.random.choice(of: 64))
            return .assignment(assignment)
        case 4: return .heartbeatAnswer(sequence: UInt64(mutation.random.choice(of: 20)), fenced: [key])
        case 5: return .reportsTaken(key, sequence: Int(clamping: number()), fenced: mutation.random.choice(of: 4) == 0)
        case 6: return .stop(key, grace: duration(), reason: "\0")
        case 7:
            let reasons: [RefusalReason] = [.unknownSession, .version, .shuttingDown, .duplicateAgent]
            return .refused(reasons[mutation.random.choice(of: 4)], message: "")
        default: return .logsTaken(key, end: mutation.random.next())
        }
    }

    /// What the executor and the other helpers would answer.
    mutating func answer(_ effect: AgentEffect) -> AgentEvent? {
        switch effect {
        case .prepare(let assignment, _): .prepared(assignment.key)
        case .start(let key, _): .started(key, processID: 7, at: Timestamp(microseconds: number()))
        case .stop(let key, _):
            .ended(key, ChildEnd(AttemptEnd(.stopped, at: Timestamp(microseconds: number())), outputEnd: 3))
        case .finishOutput(let key): .outputSent(key, end: mutation.random.next(), lastErrors: nil)
        case .resumeLogs(let session): .logsResumed(session: session)
        default: nil
        }
    }

    private mutating func key() -> AttemptKey {
        .test(UInt64(mutation.random.choice(of: 5)), attempt: 1 + mutation.random.choice(of: 2))
    }

    private mutating func number() -> Int64 {
        let edges: [Int64] = [.min, .max, -1, 0, 1, 1_000_000, 30_000_000]
        return edges[mutation.random.choice(of: edges.count)]
    }

    private mutating func duration() -> Duration { .microseconds(number()) }
}
