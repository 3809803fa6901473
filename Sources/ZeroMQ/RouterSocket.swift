import CZeroMQ
import Glibc

/// The server's end: one bound socket, any number of peers, each known by its identity.
///
/// A peer that connects with an identity already in use takes it over. Dropping the last reference closes the socket
/// as ``close()`` does, without waiting.
public final class RouterSocket: Sendable {
    /// The address with the port that was really bound, for instance `tcp://127.0.0.1:4201`.
    public let boundEndpoint: String

    private let mailbox: Mailbox<RoutedMessage>

    /// Binds and starts listening.
    /// - Parameters:
    ///   - endpoint: For instance `tcp://127.0.0.1:4201`; port `0` or `*` lets the system choose one.
    ///   - onUndeliverable: Called on the socket's own thread, in order of sending, for each message that was taken
    ///     and then found undeliverable. It must not block: the socket waits for it.
    /// - Throws: `addressInUse`, `endpointRefused`, `optionRefused` or `resourcesExhausted`.
    public init(
        bind endpoint: String,
        options: SocketOptions = SocketOptions(),
        onUndeliverable: @escaping @Sendable (Undeliverable) -> Void
    ) throws(ZeroMQError) {
        let socket = try NativeSocket(ZMQ_ROUTER, in: NativeContext())
        try options.apply(to: socket)
        try socket.set(ZMQ_ROUTER_MANDATORY, 1)
        try socket.set(ZMQ_ROUTER_HANDOVER, 1)
        try socket.bind(endpoint)
        boundEndpoint = socket.lastEndpoint() ?? endpoint
        mailbox = try Mailbox(options)
        let thread = SocketThread(socket, monitor: nil, mailbox: mailbox, linger: options.linger) { routed, code in
            let reason: Undeliverable.Reason = code == EAGAIN ? .congested : .unroutable
            onUndeliverable(Undeliverable(peer: routed.peer, message: routed.message, reason: reason))
            return .settled
        }
        try thread.start(named: "zmq-router")
    }

    deinit { mailbox.outbox.close() }

    /// What the peers have sent. It ends when the socket closes.
    public var incoming: Batches<RoutedMessage> {
        Batches(mailbox.inbox)
    }

    /// Queues a message and returns at once, from any thread. What one thread sends to a peer arrives in that order.
    /// - Throws: `sendQueueFull`, `closed` or `emptyMessage`: the message was not taken.
    public func send(_ message: Message, to peer: RoutingID) throws(ZeroMQError) {
        try mailbox.send(RoutedMessage(peer: peer, message: message), message: message)
    }

    /// Takes no more messages, delivers those taken before within ``SocketOptions/linger``, and frees everything, the
    /// port included. Any number of calls is well.
    public func close() async {
        await mailbox.close()
    }
}
