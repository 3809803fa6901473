/// What became of a dealer's connection.
public enum ConnectionEvent: Sendable, Hashable {
    /// The handshake is done: messages flow.
    case connected
    /// A connection that stood is gone: closed by the other side, or cut for longer than ``SocketOptions/lossTimeout``.
    /// Messages handed over shortly before may be lost.
    case disconnected
    /// No connection came about; the next try follows after this many milliseconds.
    case retrying(milliseconds: Int)
    /// Something answered, but not as a peer should.
    case handshakeFailed(HandshakeFailure)
}

/// Why a connection got no further than its greeting.
public enum HandshakeFailure: Sendable, Hashable {
    /// The connection broke or stayed silent before the handshake was done.
    case interrupted
    /// What answered does not speak ZMTP, or another version or security mechanism of it.
    case protocolViolation
    /// The peer did not accept our credentials.
    case unauthorized
}
