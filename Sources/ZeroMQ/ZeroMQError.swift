import CZeroMQ

/// Why a socket could not be made, or a message was not taken.
public enum ZeroMQError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Another program listens on this address.
    case addressInUse(endpoint: String)
    /// The endpoint cannot be bound or connected to.
    case endpointRefused(endpoint: String, reason: String)
    /// An identity must have 1 to 255 bytes.
    case identityLength(Int)
    /// libzmq refused the value of a socket option.
    case optionRefused(option: Int32, value: String, reason: String)
    /// The system lacks what a socket needs: descriptors, memory or threads.
    case resourcesExhausted(call: String, reason: String)
    /// A message without frames cannot be sent.
    case emptyMessage
    /// More than ``SocketOptions/sendQueueLimit`` bytes would wait to be sent.
    case sendQueueFull(limit: Int)
    /// The socket is closed or closing.
    case closed

    /// The cause, the value and the remedy.
    public var description: String {
        switch self {
        case .addressInUse(let endpoint):
            "The address \(endpoint) is in use by another program. Stop that program, or choose another port."
        case .endpointRefused(let endpoint, let reason):
            "The endpoint \(endpoint) cannot be used: \(reason). Give tcp://HOST:PORT; a server's host is its own."
        case .identityLength(let length):
            "An identity of \(length) bytes is not possible. Give 1 to 255 bytes, or none to get one."
        case .optionRefused(let option, let value, let reason):
            "ZeroMQ refused \(value) for its socket option \(option): \(reason). Give a value in the option's range."
        case .resourcesExhausted(let call, let reason):
            "A socket could not be made: \(call) said \(reason). Raise the limits of descriptors, memory or threads."
        case .emptyMessage:
            "A message without frames cannot be sent. Give it one frame, which may be empty."
        case .sendQueueFull(let limit):
            "The message was not taken: \(limit) bytes wait to be sent already. Send it again when some have left."
        case .closed:
            "The message was not taken: the socket is closed. Open another one."
        }
    }

    /// libzmq's words for an error number, its own ones included.
    static func reason(_ code: Int32) -> String {
        String(cString: zmq_strerror(code))
    }
}
