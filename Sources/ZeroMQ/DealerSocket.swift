import CZeroMQ

/// The agent's end: a connection to one router, kept up by reconnecting.
///
/// **While no connection stands, messages wait in the socket's own queue**, bounded in bytes by
/// ``SocketOptions/sendQueueLimit``, and leave in order when one does. When a connection breaks, what libzmq had not
/// written yet leaves first over the next one (`ZMQ_IMMEDIATE` is off, as it would throw that away); what was on its
/// way is lost. So a message sent after ``ConnectionEvent/disconnected`` is never lost, and for one sent before,
/// who must know repeats it until the other side has acknowledged it. The router may see messages of the time before
/// the break ahead of what is sent on ``ConnectionEvent/connected``.
///
/// Dropping the last reference closes the socket as ``close()`` does, without waiting.
public final class DealerSocket: Sendable {
    /// What becomes of the connection, for one consumer. The latest 64 events are kept for it.
    public let connectionEvents: AsyncStream<ConnectionEvent>

    private let mailbox: Mailbox<Message>

    /// Starts connecting, and goes on trying until the socket closes.
    /// - Parameters:
    ///   - endpoint: For instance `tcp://127.0.0.1:4201`.
    ///   - identity: What the router is to know this socket by, 1 to 255 bytes; nil lets the router choose.
    /// - Throws: `identityLength`, `endpointRefused`, `optionRefused` or `resourcesExhausted`.
    public init(
        connect endpoint: String,
        identity: [UInt8]?,
        options: SocketOptions = SocketOptions()
    ) throws(ZeroMQError) {
        let socket = try NativeSocket(ZMQ_DEALER, in: NativeContext())
        try options.apply(to: socket)
        // No limit: where reading was paused when the connection broke, libzmq 4.3.4 resumes it on the next one, which
        // was not paused, and aborts the process (`_input_stopped`). What comes is what its own router sends.
        try socket.set(ZMQ_RCVHWM, 0)
        if let identity {
            guard (1...255).contains(identity.count) else { throw .identityLength(identity.count) }
            try socket.set(ZMQ_ROUTING_ID, identity)
        }
        let (events, continuation) = AsyncStream.makeStream(
            of: ConnectionEvent.self, bufferingPolicy: .bufferingNewest(64))
        connectionEvents = events
        let monitor = try ConnectionMonitor(of: socket, events: continuation)
        try socket.connect(endpoint)
        mailbox = try Mailbox(options)
        // The pipe to the router is full: the message waits its turn.
        let thread = SocketThread(socket, monitor: monitor, mailbox: mailbox, linger: options.linger) { _, _ in .wait }
        try thread.start(named: "zmq-dealer")
    }

    deinit { mailbox.outbox.close() }

    /// What the router has sent. It ends when the socket closes.
    public var incoming: Batches<Message> {
        Batches(mailbox.inbox)
    }

    /// Queues a message and returns at once, from any thread. What one thread sends arrives in that order.
    /// - Throws: `sendQueueFull`, `closed` or `emptyMessage`: the message was not taken.
    public func send(_ message: Message) throws(ZeroMQError) {
        try mailbox.send(message, message: message)
    }

    /// Takes no more messages, delivers those taken before within ``SocketOptions/linger``, also by connecting first,
    /// and frees everything. Any number of calls is well.
    public func close() async {
        await mailbox.close()
    }
}
