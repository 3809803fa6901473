import Synchronization
import Wire
import ZeroMQ

/// What agents have said and their conversations have not taken yet: bounded for each agent and for all.
///
/// What is beyond the bounds is dropped. An agent that keeps to the protocol never comes near them, and repeats what is
/// not acknowledged. A `Reader` is what takes what is in an inbox: the conversation.
final class Inboxes<Reader: Sendable>: Sendable {
    /// Messages of one agent that came together, and what they weigh.
    typealias Batch = (messages: [AgentMessage], weight: Int)

    /// Bytes of frames that may wait.
    struct Limits: Sendable {
        /// Four times what an agent sends without an acknowledgement.
        var each = 32 << 20
        var all = 256 << 20
        /// Agents that are being greeted at the same time.
        var greetings = 4096
    }

    /// When a hello is answered.
    enum HelloCourse {
        case atOnce
        /// Another of the same peer is being answered.
        case later
        /// Too many are being answered.
        case never
    }

    /// What is to be done about messages that were put in.
    enum Course: Equatable {
        /// Somebody takes what is in the inbox already, or nobody ever will.
        case waits
        /// Nobody does: the caller has to, with `next`.
        case begins(session: UInt64)
        /// There is no room for them.
        case dropped
    }

    private struct Inbox {
        let reader: Reader
        var waiting: Batch = ([], 0)
        /// What waits and what is being taken.
        var weight = 0
        /// Somebody takes what is in it.
        var isBusy = true
        /// Nothing more comes: what waits is still taken.
        var isFinished = false
    }

    private struct State {
        /// By the session.
        var inboxes: [UInt64: Inbox] = [:]
        var sessions: [RoutingID: UInt64] = [:]
        var weight = 0
        /// The peers that are being greeted, with the hello that has come meanwhile.
        var greetings: [RoutingID: GatewayCore.Greeting?] = [:]
    }

    private let limits: Limits
    private let state = Mutex(State())

    init(limits: Limits = Limits()) { self.limits = limits }

    /// Conversations that go on.
    var count: Int { state.withLock(\.inboxes.count) }

    // MARK: - Hellos

    /// A peer has said hello. While it is being greeted, only its last hello counts.
    ///
    /// - Returns: what is to be done about it.
    func noteHello(_ greeting: GatewayCore.Greeting, from peer: RoutingID) -> HelloCourse {
        state.withLock { state in
            if state.greetings[peer] != nil {
                state.greetings[peer] = greeting
                return .later
            }
            guard state.greetings.count < limits.greetings else { return .never }
            state.greetings.updateValue(nil, forKey: peer)
            return .atOnce
        }
    }

    /// A peer has been greeted.
    ///
    /// - Returns: the hello that it has said meanwhile, to be answered next.
    func noteGreeted(_ peer: RoutingID) -> GatewayCore.Greeting? {
        state.withLock { state in
            guard case .some(.some(let greeting)) = state.greetings[peer] else {
                state.greetings[peer] = nil
                return nil
            }
            state.greetings.updateValue(nil, forKey: peer)
            return greeting
        }
    }

    // MARK: - Conversations

    /// Opens the inbox of a session, in the place of an earlier one of the same peer. The caller takes what comes, with
    /// `next`, from now on.
    ///
    /// - Parameter isCurrent: whether the session is not over meanwhile.
    /// - Returns: whether it is open.
    func open(_ session: UInt64, of peer: RoutingID, for reader: Reader, isCurrent: () -> Bool) -> Bool {
        state.withLock { state in
            guard isCurrent() else { return false }
            if let old = state.sessions.updateValue(session, forKey: peer) { Self.finish(old, &state) }
            state.inboxes[session] = Inbox(reader: reader)
            return true
        }
    }

    /// Ends conversations; what waits in them is still taken.
    func finish(_ peers: [RoutingID]) {
        state.withLock { state in
            for peer in peers {
                if let session = state.sessions.removeValue(forKey: peer) { Self.finish(session, &state) }
            }
        }
    }

    private static func finish(_ session: UInt64, _ state: inout State) {
        guard let inbox = state.inboxes[session] else { return }
        if inbox.isBusy { state.inboxes[session]?.isFinished = true } else { remove(session, &state) }
    }

    private static func remove(_ session: UInt64, _ state: inout State) {
        guard let inbox = state.inboxes.removeValue(forKey: session) else { return }
        state.weight -= inbox.weight
    }

    func put(_ batch: Batch, from peer: RoutingID) -> Course {
        state.withLock { state in
            guard let session = state.sessions[peer], var inbox = state.inboxes.removeValue(forKey: session) else {
                return .waits
            }
            defer { state.inboxes[session] = inbox }
            guard inbox.weight + batch.weight <= limits.each, state.weight + batch.weight <= limits.all else {
                return .dropped
            }
            inbox.waiting.messages += batch.messages
            inbox.waiting.weight += batch.weight
            inbox.weight += batch.weight
            state.weight += batch.weight
            defer { inbox.isBusy = true }
            return inbox.isBusy ? .waits : .begins(session: session)
        }
    }

    /// Everything that waits in a session's inbox; nothing when nothing does, and then nobody takes what comes later
    /// before `put` says so.
    func next(_ session: UInt64) -> (reader: Reader, batch: Batch)? {
        state.withLock { state in
            guard var inbox = state.inboxes.removeValue(forKey: session) else { return nil }
            let batch = inbox.waiting
            inbox.waiting = ([], 0)
            inbox.isBusy = !batch.messages.isEmpty
            if inbox.isBusy || !inbox.isFinished { state.inboxes[session] = inbox }
            return inbox.isBusy ? (inbox.reader, batch) : nil
        }
    }

    /// What `next` gave has been taken.
    func noteTaken(_ batch: Batch, session: UInt64) {
        state.withLock { state in
            guard state.inboxes[session] != nil else { return }
            state.inboxes[session]?.weight -= batch.weight
            state.weight -= batch.weight
        }
    }

    /// The agent has said goodbye: nothing that came after it counts.
    func close(_ session: UInt64, of peer: RoutingID) {
        state.withLock { state in
            if state.sessions[peer] == session { state.sessions[peer] = nil }
            Self.remove(session, &state)
        }
    }
}
