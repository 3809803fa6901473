/// What the gateway is told by whoever starts it.
public struct GatewayConfiguration: Sendable {
    /// Where agents connect, for instance `tcp://127.0.0.1:4201`. Port 0 is any free one.
    public var endpoint: String
    public var serverVersion: String
    /// How often an agent says that it is there.
    public var heartbeatInterval: Duration

    /// How often it is written down who is there, and looked who has been silent.
    public var presenceInterval: Duration = .seconds(3)
    /// How long an agent may be silent before its session is forgotten.
    public var silenceLimit: Duration = .seconds(60)

    /// How long attempts may go on without a server that has ended in good order.
    public var intermission: Duration

    public init(
        endpoint: String, serverVersion: String, heartbeatInterval: Duration = .seconds(2),
        intermission: Duration = .seconds(600)
    ) {
        self.endpoint = endpoint
        self.serverVersion = serverVersion
        self.heartbeatInterval = heartbeatInterval
        self.intermission = intermission
    }
}
