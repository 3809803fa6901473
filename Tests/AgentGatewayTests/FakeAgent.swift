import Domain
import Testing
import Wire
import ZeroMQ

/// An agent's half of the wire, spoken by hand.
final class FakeAgent {
    let id: ID<Agent>
    private let socket: DealerSocket
    private var waiting: [ServerMessage] = []
    private var incoming: Batches<Message>.AsyncIterator
    var session: UInt64 = 0
    var processID: Int32 = 1

    init(_ id: ID<Agent>, endpoint: String) throws {
        self.id = id
        socket = try DealerSocket(connect: endpoint, identity: id.bytes)
        incoming = socket.incoming.makeAsyncIterator()
    }

    func send(_ message: AgentMessage) throws {
        try send(bytes: Envelope(session: session, body: message).encoded())
    }

    func send(bytes: [UInt8]) throws { try socket.send(Message(bytes)) }

    /// The next message; the test's time limit is the bound.
    func receive() async throws -> ServerMessage {
        while waiting.isEmpty {
            let batch = try #require(await incoming.next(), "the connection ended")
            for message in batch {
                let envelope = try Envelope<ServerMessage>(decoding: message.frames[0])
                if case .welcome = envelope.body { session = envelope.session }
                waiting.append(envelope.body)
            }
        }
        return waiting.removeFirst()
    }

    /// The next message that `select` knows; others are passed over.
    func receive<Value>(_ select: (ServerMessage) -> Value?) async throws -> Value {
        while true {
            if let value = select(try await receive()) { return value }
        }
    }

    func hello(pool: String = "default", slots: Int = 2, holding: [AttemptKey] = []) -> Hello {
        Hello(
            agentID: id, name: "fake", host: "here", agentVersion: "0", pool: pool, queues: [], slots: slots,
            labels: [:], holding: holding, processID: processID)
    }

    func greet(slots: Int = 2, holding: [AttemptKey] = []) async throws -> Welcome {
        session = 0
        try send(.hello(hello(slots: slots, holding: holding)))
        return try await receive { if case .welcome(let welcome) = $0 { welcome } else { nil } }
    }

    func nextAssignment() async throws -> Assignment {
        try await receive { if case .assignment(let assignment) = $0 { assignment } else { nil } }
    }

    func close() async { await socket.close() }
}
