/// One message as the frames of its body, without the identity that a router puts before it.
public struct Message: Sendable, Hashable {
    /// At least one, or the message is refused when sent; a single frame may be empty.
    public var frames: [[UInt8]]

    /// A message of several frames, which travel and arrive together.
    public init(frames: [[UInt8]]) {
        self.frames = frames
    }

    /// A message of one frame, the usual kind.
    public init(_ frame: [UInt8]) {
        frames = [frame]
    }
}

/// A message with the peer that it came from or goes to.
public struct RoutedMessage: Sendable, Hashable {
    /// Where it came from or goes to.
    public var peer: RoutingID
    /// What it says.
    public var message: Message

    /// A message from or to a peer.
    public init(peer: RoutingID, message: Message) {
        self.peer = peer
        self.message = message
    }
}

/// A message that a router could not hand to its peer.
public struct Undeliverable: Sendable, Hashable {
    /// What stood in the way.
    public enum Reason: Sendable, Hashable {
        /// No connected peer has this identity: it never came, or it has gone.
        case unroutable
        /// The peer reads too slowly: ``SocketOptions/sendHighWater`` messages wait for it already.
        case congested
    }

    /// Where it should have gone.
    public var peer: RoutingID
    /// The message, whole, as it was sent.
    public var message: Message
    /// What stood in the way.
    public var reason: Reason

    /// A message that could not be handed to its peer.
    public init(peer: RoutingID, message: Message, reason: Reason) {
        self.peer = peer
        self.message = message
        self.reason = reason
    }
}
