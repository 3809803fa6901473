import Synchronization
import Wire
import ZeroMQ

/// What agents have said and their conversations have not taken yet: bounded for each agent and for all.
///
/// What is beyond the bounds is dropped. An agent that keeps to the protocol never comes near them, and repeats what is
/// not acknowledged.
final class Inboxes: Sendable {
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

    private struct Inbox {
        let continuation: AsyncStream<Batch>.Continuation
        let session: UInt64
        var waiting = 0
    }

    private struct State {
        var inboxes: [RoutingID: Inbox] = [:]
        var waiting = 0
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

    /// Opens the inbox of a session, in the place of an earlier one of the same peer.
    ///
    /// - Parameter isCurrent: whether the session is not over meanwhile.
    func open(_ peer: RoutingID, session: UInt64, isCurrent: () -> Bool) -> AsyncStream<Batch>? {
        let (stream, continuation) = AsyncStream.makeStream(of: Batch.self)
        let (isOpen, replaced) = state.withLock { state -> (Bool, Inbox?) in
            guard isCurrent() else { return (false, nil) }
            let replaced = state.inboxes.updateValue(Inbox(continuation: continuation, session: session), forKey: peer)
            state.waiting -= replaced?.waiting ?? 0
            return (true, replaced)
        }
        replaced?.continuation.finish()
        return isOpen ? stream : nil
    }

    /// Ends conversations; what waits in them is still taken.
    func finish(_ peers: [RoutingID]) {
        let finished = state.withLock { state in
            peers.compactMap { peer -> Inbox? in
                guard let inbox = state.inboxes.removeValue(forKey: peer) else { return nil }
                state.waiting -= inbox.waiting
                return inbox
            }
        }
        for inbox in finished { inbox.continuation.finish() }
    }

    /// - Returns: whether there was room for it.
    func put(_ batch: Batch, from peer: RoutingID) -> Bool {
        state.withLock { state in
            guard var inbox = state.inboxes[peer] else { return true }
            guard inbox.waiting + batch.weight <= limits.each, state.waiting + batch.weight <= limits.all else {
                return false
            }
            inbox.waiting += batch.weight
            state.waiting += batch.weight
            state.inboxes[peer] = inbox
            inbox.continuation.yield(batch)
            return true
        }
    }

    /// What was put in has been taken.
    func noteTaken(_ batch: Batch, from peer: RoutingID, session: UInt64) {
        state.withLock { state in
            guard state.inboxes[peer]?.session == session else { return }
            state.inboxes[peer]?.waiting -= batch.weight
            state.waiting -= batch.weight
        }
    }
}
