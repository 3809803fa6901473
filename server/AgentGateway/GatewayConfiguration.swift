/// What the gateway is told by whoever starts it.
public struct GatewayConfiguration: Sendable {
    /// Where agents connect, for instance `tcp://127.0.0.1:4201`. Port 0 is any free one.
    public var endpoint: String
    public var serverVersion: String
    /// How often an agent says that it is there.
    public var heartbeatInterval: Duration

    public init(endpoint: String, serverVersion: String, heartbeatInterval: Duration = .seconds(2)) {
        self.endpoint = endpoint
        self.serverVersion = serverVersion
        self.heartbeatInterval = heartbeatInterval
    }
}
