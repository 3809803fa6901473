import JSON

/// Sends what automations tell the world outside.
public protocol Messenger: Sendable {
    /// - Throws: when there is no answer, with a reason for people.
    func send(_ message: OutwardMessage) async throws -> OutwardAnswer
}

/// An HTTP request to somebody else's server.
public struct OutwardMessage: Sendable, Equatable {
    public var method = "POST"
    public var url: String
    public var headers: [(name: String, value: String)] = []
    public var body = ""
    /// Whether it may go to hosts that are nobody's but ours.
    public var allowsPrivateHosts = true
    /// Whether whoever answers must prove who it is.
    public var verifiesCertificates = true

    public init(to url: String) { self.url = url }

    public static func == (one: Self, other: Self) -> Bool {
        one.method == other.method && one.url == other.url && one.body == other.body
            && one.headers.elementsEqual(other.headers) { $0 == $1 }
            && one.allowsPrivateHosts == other.allowsPrivateHosts
            && one.verifiesCertificates == other.verifiesCertificates
    }

    /// A request with a JSON body.
    init(to url: String, json: JSONValue) {
        self.init(to: url)
        headers = [("Content-Type", "application/json")]
        body = json.serialized()
    }
}

/// What the other server says.
public struct OutwardAnswer: Sendable {
    public let status: Int
    public let headers: [(name: String, value: String)]
    public let body: String

    public init(status: Int, headers: [(name: String, value: String)] = [], body: String = "") {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
