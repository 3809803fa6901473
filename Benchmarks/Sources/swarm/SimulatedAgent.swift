import Domain
import Synchronization
import Wire
import ZeroMQ

/// An agent's half of the protocol, over a real connection, whose runs end the moment that they are assigned, or after a
/// while.
final class SimulatedAgent: Sendable {
    private struct State {
        var session: UInt64 = 0
        var heartbeats: UInt64 = 0
        var assignmentsSeen: UInt64 = 0
        var holding: Set<AttemptKey> = []
        var interval = Duration.seconds(2)
    }

    let number: Int
    private let slots: Int
    private let lasting: Duration
    private let score: Score
    private let socket: DealerSocket
    private let id: ID<Agent>
    private let state = Mutex(State())

    init(number: Int, slots: Int, lasting: Duration, endpoint: String, score: Score) throws {
        self.number = number
        self.slots = slots
        self.lasting = lasting
        self.score = score
        var generator = SystemRandomNumberGenerator()
        id = ID(at: wallClock(), from: &generator)
        socket = try DealerSocket(connect: "tcp://\(endpoint)", identity: id.bytes)
    }

    /// Says hello, and lives by the protocol until the task is cancelled.
    func run() async {
        await withTaskGroup { group in
            group.addTask { await self.hear() }
            group.addTask { await self.beat() }
            await group.next()
            group.cancelAll()
        }
        await socket.close()
    }

    private func hear() async {
        send(
            .hello(
                Hello(
                    agentID: id, name: "swarm-\(number)", host: "swarm", agentVersion: "0", pool: "default", queues: [],
                    slots: slots, labels: [:], holding: [], processID: 1)))
        for await batch in socket.incoming {
            let now = monotonicNanoseconds()
            var finished = 0
            var hasWelcome = false
            for message in batch {
                guard let frame = message.frames.first, let envelope = try? Envelope<ServerMessage>(decoding: frame)
                else { continue }
                switch envelope.body {
                case .welcome(let welcome):
                    begin(welcome)
                    hasWelcome = true
                case .assignment(let assignment): execute(assignment, at: now)
                case .reportsTaken(let key, let sequence, let fenced):
                    if sequence == 2 || fenced, state.withLock({ $0.holding.remove(key) }) != nil { finished += 1 }
                case .refused(_, let message): fail("the server refuses an agent of the swarm: \(message)")
                default: continue
                }
            }
            if finished > 0 || hasWelcome { offer() }
            if finished > 0 { score.noteLives(finished) }
        }
    }

    private func begin(_ welcome: Welcome) {
        state.withLock { state in
            state.session = welcome.session
            state.assignmentsSeen = 0
            state.interval = welcome.heartbeatInterval
        }
        score.noteWelcome()
    }

    /// All that there is of a run's life: its end comes at once, or when it has lasted.
    private func execute(_ assignment: Assignment, at now: UInt64) {
        let key = assignment.key
        state.withLock { state in
            state.assignmentsSeen = max(state.assignmentsSeen, assignment.number)
            state.holding.insert(key)
        }
        score.noteAssignment(parameters: assignment.parameters, at: now)
        let time = wallClock()
        send(.assignmentAnswer(key, declined: nil))
        send(.report(Report(key: key, sequence: 1, occurredAt: time, fact: .started(processID: 1))))
        guard lasting > .zero else { return end(key, at: time) }
        Task { [lasting] in
            try? await Task.sleep(for: lasting)
            end(key, at: wallClock())
        }
    }

    private func end(_ key: AttemptKey, at time: Timestamp) {
        let end = AttemptEnd(.exited(code: 0), at: time)
        send(.report(Report(key: key, sequence: 2, occurredAt: time, fact: .ended(end, logEnd: 0))))
    }

    private func offer() {
        let (credit, seen) = state.withLock { (slots - $0.holding.count, $0.assignmentsSeen) }
        send(.ready(credit: credit, assignmentsSeen: seen))
    }

    private func beat() async {
        while !Task.isCancelled {
            let (interval, session) = state.withLock { ($0.interval, $0.session) }
            guard (try? await Task.sleep(for: interval)) != nil else { return }
            guard session != 0 else { continue }
            let heartbeat = state.withLock { state in
                state.heartbeats += 1
                return Heartbeat(sequence: state.heartbeats, holding: Array(state.holding), spooledReports: 0)
            }
            send(.heartbeat(heartbeat))
        }
    }

    private func send(_ message: AgentMessage) {
        let session = state.withLock(\.session)
        do {
            try socket.send(Message(Envelope(session: session, body: message).encoded()))
        } catch {
            fail("an agent of the swarm cannot send: \(error)")
        }
    }
}
