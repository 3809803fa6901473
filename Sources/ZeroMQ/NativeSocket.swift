import CZeroMQ
import Glibc

/// A libzmq context. **One for each public socket, not one for the process:** ending it is the only way to learn that
/// the last message has left, so a socket with its own can be closed and known to be flushed while others go on; and
/// each has an I/O thread to itself. The price, two sleeping threads, is small where a program has one socket or two.
final class NativeContext {
    fileprivate let pointer: UnsafeMutableRawPointer
    private var isTerminated = false

    init() throws(ZeroMQError) {
        guard let pointer = zmq_ctx_new() else {
            throw .resourcesExhausted(call: "zmq_ctx_new", reason: ZeroMQError.reason(zmq_errno()))
        }
        self.pointer = pointer
    }

    deinit { terminate() }

    /// Waits until the closed sockets have sent what they had, each for its linger at most.
    func terminate() {
        guard !isTerminated else { return }
        isTerminated = true
        while zmq_ctx_term(pointer) != 0, zmq_errno() == EINTR {}
    }
}

/// A libzmq socket. Made on one thread, then handed to the one that owns it: hence not Sendable.
final class NativeSocket {
    let context: NativeContext
    let pointer: UnsafeMutableRawPointer
    /// Where each frame arrives. Allocated, because libzmq hands out pointers into it.
    private let part = UnsafeMutablePointer<zmq_msg_t>.allocate(capacity: 1)
    private var isClosed = false

    init(_ type: Int32, in context: NativeContext) throws(ZeroMQError) {
        guard let pointer = zmq_socket(context.pointer, type) else {
            throw .resourcesExhausted(call: "zmq_socket", reason: ZeroMQError.reason(zmq_errno()))
        }
        self.context = context
        self.pointer = pointer
        zmq_msg_init(part)
    }

    deinit {
        close()
        zmq_msg_close(part)
        part.deallocate()
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        zmq_close(pointer)
    }

    func bind(_ endpoint: String) throws(ZeroMQError) {
        try checkPort(of: endpoint)
        guard zmq_bind(pointer, endpoint) != 0 else { return }
        let code = zmq_errno()
        throw code == EADDRINUSE
            ? .addressInUse(endpoint: endpoint)
            : .endpointRefused(endpoint: endpoint, reason: ZeroMQError.reason(code))
    }

    func connect(_ endpoint: String) throws(ZeroMQError) {
        try checkPort(of: endpoint)
        guard zmq_connect(pointer, endpoint) != 0 else { return }
        throw .endpointRefused(endpoint: endpoint, reason: ZeroMQError.reason(zmq_errno()))
    }

    /// libzmq takes any number for a port and uses its lower 16 bits.
    private func checkPort(of endpoint: String) throws(ZeroMQError) {
        guard let colon = endpoint.lastIndex(of: ":"), let port = Int(endpoint[endpoint.index(after: colon)...]),
            !(0...65_535).contains(port)
        else { return }
        throw .endpointRefused(endpoint: endpoint, reason: "a port is a number from 0 to 65535")
    }

    /// The address bound or connected to last, with the port that the system chose.
    func lastEndpoint() -> String? {
        var length = 1_024
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: length) { text in
            zmq_getsockopt(pointer, ZMQ_LAST_ENDPOINT, text.baseAddress, &length) == 0
                ? text.baseAddress.map { String(cString: $0) } : nil
        }
    }

    /// Hands one frame to libzmq without waiting.
    /// - Returns: Zero, or the error number.
    func send(_ frame: [UInt8], more: Bool) -> Int32 {
        let flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)
        return frame.withUnsafeBytes { bytes in
            while zmq_send(pointer, bytes.baseAddress, bytes.count, flags) < 0 {
                let code = zmq_errno()
                if code != EINTR { return code }
            }
            return 0
        }
    }

    /// Takes one frame without waiting.
    /// - Returns: The frame and whether more of its message follow (they are there: messages come whole), or nil
    ///   when there is none.
    func receive() -> (frame: [UInt8], more: Bool)? {
        while zmq_msg_recv(part, pointer, ZMQ_DONTWAIT) < 0 {
            if zmq_errno() != EINTR { return nil }
        }
        let bytes = UnsafeRawBufferPointer(start: zmq_msg_data(part), count: zmq_msg_size(part))
        return ([UInt8](bytes), zmq_msg_more(part) != 0)
    }

    /// Takes the rest of a message whose frame `receive` has returned with `more`.
    func receiveRest(into frames: inout [[UInt8]], more: Bool) {
        var more = more
        while more, let next = receive() {
            frames.append(next.frame)
            more = next.more
        }
    }
}

extension NativeSocket {
    func set(_ option: Int32, _ value: Int32) throws(ZeroMQError) {
        var value = value
        try check(option, "\(value)", zmq_setsockopt(pointer, option, &value, MemoryLayout<Int32>.size))
    }

    func set(_ option: Int32, wide value: Int64) throws(ZeroMQError) {
        var value = value
        try check(option, "\(value)", zmq_setsockopt(pointer, option, &value, MemoryLayout<Int64>.size))
    }

    func set(_ option: Int32, _ value: [UInt8]) throws(ZeroMQError) {
        try check(option, "\(value.count) bytes", zmq_setsockopt(pointer, option, value, value.count))
    }

    private func check(_ option: Int32, _ value: String, _ result: Int32) throws(ZeroMQError) {
        guard result != 0 else { return }
        throw .optionRefused(option: option, value: value, reason: ZeroMQError.reason(zmq_errno()))
    }
}
