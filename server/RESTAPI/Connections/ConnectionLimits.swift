/// What connections may cost the server.
public struct ConnectionLimits: Sendable, Hashable {
    /// How many there may be at once. One more, and the one that has been idle for longest is closed; if none is idle,
    /// the newcomer is told so and turned away.
    public var count: Int
    /// How long a client may keep the server waiting: for the head of a request, in sum for a request's body, and for
    /// the next piece of an answer to be taken.
    public var patience: Duration
    /// Bytes of a body that earn its client another second of patience.
    public var slowestRate: Int

    public init(count: Int = 1024, patience: Duration = .seconds(60), slowestRate: Int = 1024) {
        self.count = count
        self.patience = patience
        self.slowestRate = slowestRate
    }

    /// Bytes of an answer that a client must take within ``patience``.
    static let piece = 64 << 10
    /// The patience with whoever keeps a server from shutting down.
    static let shortest: Duration = .seconds(5)
}
