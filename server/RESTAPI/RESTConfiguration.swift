public import Domain
public import Orchestration

/// Where the API is served, and what it says of the server.
public struct RESTConfiguration: Sendable {
    /// The address that is listened on.
    public var host: String
    /// 0 for any that is free.
    public var port: Int
    /// Where people and clients reach the server, if that is not `host` and `port`: behind a proxy, for instance.
    public var publicURL: String?
    /// Where agents connect: `HOST:PORT`.
    public var agentEndpoint: String
    /// The release.
    public var version: String
    /// Names beside the loopback's and `host` that clients may call the server by.
    public var allowedHosts: [String]
    /// When the server was started.
    public var started: Timestamp
    public var dataDirectory: String?
    /// How often something is said on an event stream on which nothing happens, so that proxies leave it open and a
    /// client that is gone is noticed.
    public var keepAlive: Duration = .seconds(15)
    public var connections = ConnectionLimits()
    /// What everybody has to show who calls the API, but for attempts, which have credentials of their own. Without one,
    /// everybody may.
    public var authString: AuthString?
    /// Makes the tokens that changes have to carry; nothing if they need none.
    public var clientTokens: ClientTokens?
    /// Prefect's own user interface, if it is to be served.
    public var prefectUI: PrefectUI?

    public init(
        host: String, port: Int, publicURL: String? = nil, agentEndpoint: String, version: String,
        allowedHosts: [String] = [], started: Timestamp, dataDirectory: String? = nil
    ) {
        self.host = host
        self.port = port
        self.publicURL = publicURL
        self.agentEndpoint = agentEndpoint
        self.version = version
        self.allowedHosts = allowedHosts
        self.started = started
        self.dataDirectory = dataDirectory
    }
}

/// What is taken from clients.
enum RequestLimits {
    /// Bytes of a JSON body.
    static let body = 8 << 20
    /// Bytes of one line of a batch; there may be any number of lines.
    static let line = 4 << 20
    /// Bytes of the head of a request.
    static let head = 64 << 10
    static let headFields = 200
}
