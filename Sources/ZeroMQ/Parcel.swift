/// What one kind of socket carries, and how it looks as frames.
protocol Parcel: Sendable {
    /// Takes one parcel, or nil when none is there.
    static func receive(from socket: NativeSocket) -> Self?

    /// Hands the parcel to libzmq, all of it or nothing.
    /// - Returns: Zero, or the error number.
    func send(through socket: NativeSocket) -> Int32

    /// The bytes that it counts for in a bounded queue.
    var cost: Int { get }
}

extension Message: Parcel {
    static func receive(from socket: NativeSocket) -> Message? {
        guard let (frame, more) = socket.receive() else { return nil }
        var message = Message(frame)
        socket.receiveRest(into: &message.frames, more: more)
        return message
    }

    /// libzmq takes or refuses a message with its first frame; the others never wait.
    func send(through socket: NativeSocket) -> Int32 {
        for index in frames.indices {
            let code = socket.send(frames[index], more: index < frames.count - 1)
            if code != 0 { return code }
        }
        return 0
    }

    /// Each frame counts for its array as well, so that empty messages, too, fill a queue some day.
    var cost: Int {
        frames.reduce(64) { $0 + $1.count + 64 }
    }
}

extension RoutedMessage: Parcel {
    static func receive(from socket: NativeSocket) -> RoutedMessage? {
        guard let (identity, more) = socket.receive() else { return nil }
        var frames: [[UInt8]] = []
        socket.receiveRest(into: &frames, more: more)
        return RoutedMessage(peer: RoutingID(identity), message: Message(frames: frames))
    }

    func send(through socket: NativeSocket) -> Int32 {
        let code = socket.send(peer.bytes, more: true)
        return code == 0 ? message.send(through: socket) : code
    }

    var cost: Int {
        message.cost + peer.bytes.count + 64
    }
}
