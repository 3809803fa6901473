import CZeroMQ

/// Turns libzmq's reports on a dealer's connection into events. Read by the socket's own thread.
final class ConnectionMonitor {
    let socket: NativeSocket
    private let observed: NativeSocket
    private let events: AsyncStream<ConnectionEvent>.Continuation
    /// As of the last call of `forwardEvents`.
    private(set) var isConnected = false

    /// - Parameter observed: A socket that is not connected yet, so that no event is missed.
    init(of observed: NativeSocket, events: AsyncStream<ConnectionEvent>.Continuation) throws(ZeroMQError) {
        let address = "inproc://connection-events"  // Unique in the socket's own context.
        guard zmq_socket_monitor(observed.pointer, address, Int32(ZMQ_EVENT_ALL)) == 0 else {
            throw .resourcesExhausted(call: "zmq_socket_monitor", reason: ZeroMQError.reason(zmq_errno()))
        }
        socket = try NativeSocket(ZMQ_PAIR, in: observed.context)
        try socket.set(ZMQ_LINGER, 0)
        try socket.connect(address)
        self.observed = observed
        self.events = events
    }

    /// Forwards what has happened since the last call.
    func forwardEvents() {
        while let report = Message.receive(from: socket) {
            guard let head = report.frames.first, head.count == 6 else { continue }
            let code = head.withUnsafeBytes { $0.loadUnaligned(as: UInt16.self) }
            let value = head.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 2, as: UInt32.self) }
            if let event = event(Int32(code), value: value) { events.yield(event) }
        }
    }

    func close() {
        zmq_socket_monitor(observed.pointer, nil, 0)
        socket.close()
        events.finish()
    }

    private func event(_ code: Int32, value: UInt32) -> ConnectionEvent? {
        switch code {
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
            isConnected = true
            return .connected
        case ZMQ_EVENT_DISCONNECTED:
            // libzmq reports it also when a handshake failed, which has its own event.
            defer { isConnected = false }
            return isConnected ? .disconnected : nil
        case ZMQ_EVENT_CONNECT_RETRIED:
            return .retrying(milliseconds: Int(value))
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
            return .handshakeFailed(.interrupted)
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
            return .handshakeFailed(.protocolViolation)
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
            return .handshakeFailed(.unauthorized)
        default:
            return nil
        }
    }
}
