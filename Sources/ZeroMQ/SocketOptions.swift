import CZeroMQ

/// How a socket behaves. The defaults suit a server and its agents on one network.
public struct SocketOptions: Sendable {
    /// How long a closing socket goes on delivering what was sent before.
    public var linger: Duration = .seconds(2)

    /// Messages that may wait inside libzmq for one peer to read them. A router reports the next as congested, a
    /// dealer keeps it in its queue. libzmq counts in steps of half of this, so keep well below it what is sent to
    /// a peer at once.
    public var sendHighWater = 10_000

    /// Messages that may wait inside libzmq from one peer; beyond it the peer is no longer read from. Times
    /// ``maximumFrameSize`` it is the memory that a peer can occupy with messages of one frame. Routers only.
    public var receiveHighWater = 256

    /// Bytes of one frame. A peer that announces a larger one is disconnected before any memory is taken for it.
    public var maximumFrameSize = 8 << 20

    /// Bytes that may wait in the socket's own queue to be sent; beyond it a send is refused.
    public var sendQueueLimit = 64 << 20

    /// Bytes that may wait to be taken from `incoming`; beyond it nothing more is read, and peers feel it.
    public var receiveQueueLimit = 16 << 20

    /// How long the handshake on a new TCP connection may take. Bounds what a silent stranger holds.
    public var handshakeTimeout: Duration = .seconds(10)

    /// How long a TCP connection may take to be made. TCP itself asks again after 1, 3, 7 … seconds: with a short
    /// patience, and a new try after it, a network that was cut is in use again soon after it has been mended.
    public var connectTimeout: Duration = .seconds(3)

    /// The pause before the second try to connect. It doubles with each try up to ``reconnectMaximum``.
    public var reconnectInitial: Duration = .milliseconds(50)
    /// The longest pause between two tries.
    public var reconnectMaximum: Duration = .milliseconds(500)

    /// How long what was sent may go unacknowledged by the peer's host before the connection is given up
    /// (`TCP_USER_TIMEOUT`). A side that sends now and then so notices a cut network.
    ///
    /// libzmq's own heartbeats are left off: a ping that falls due while a peer is not read from, and whose connection
    /// has been reset, aborts the process (`!_io_error` in `stream_engine_base.cpp`, 4.3.4).
    public var lossTimeout: Duration = .seconds(6)

    /// The defaults.
    public init() {}
}

extension SocketOptions {
    func apply(to socket: NativeSocket) throws(ZeroMQError) {
        try socket.set(ZMQ_SNDHWM, Int32(clamping: sendHighWater))
        try socket.set(ZMQ_RCVHWM, Int32(clamping: receiveHighWater))
        try socket.set(ZMQ_MAXMSGSIZE, wide: Int64(maximumFrameSize))
        try socket.set(ZMQ_LINGER, linger.milliseconds)
        try socket.set(ZMQ_IPV6, 0)
        try applyConnectionUpkeep(to: socket)
    }

    private func applyConnectionUpkeep(to socket: NativeSocket) throws(ZeroMQError) {
        try socket.set(ZMQ_HANDSHAKE_IVL, handshakeTimeout.milliseconds)
        try socket.set(ZMQ_CONNECT_TIMEOUT, connectTimeout.milliseconds)
        try socket.set(ZMQ_RECONNECT_IVL, reconnectInitial.milliseconds)
        try socket.set(ZMQ_RECONNECT_IVL_MAX, reconnectMaximum.milliseconds)
        try socket.set(ZMQ_TCP_MAXRT, lossTimeout.milliseconds)
        // Sees a host that vanished while nothing is sent to it.
        try socket.set(ZMQ_TCP_KEEPALIVE, 1)
        try socket.set(ZMQ_TCP_KEEPALIVE_IDLE, 30)
        try socket.set(ZMQ_TCP_KEEPALIVE_INTVL, 10)
        try socket.set(ZMQ_TCP_KEEPALIVE_CNT, 3)
    }
}

extension Duration {
    /// Whole milliseconds as libzmq wants them, rounded up, so that a short time never becomes none.
    var milliseconds: Int32 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        if overflow { return seconds < 0 ? 0 : .max }
        let rest = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return max(0, Int32(clamping: whole.addingReportingOverflow(rest).partialValue))
    }
}
