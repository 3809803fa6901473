import JSON

/// Sends what automations tell the world outside.
public protocol Messenger: Sendable {
    /// - Throws: when there is no answer, with a reason for people: `UnsendableMessage` when there never will be one.
    func send(_ message: OutwardMessage) async throws -> OutwardAnswer

    /// - Throws: when nobody has taken it, likewise.
    func send(_ mail: OutwardMail) async throws
}

/// A message that can go nowhere as it is: its address is none, or one that it may not go to.
public struct UnsendableMessage: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
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

    /// `https://host:port` of the address, without what may be secret in it.
    var origin: String {
        guard let scheme = url.firstRange(of: "://") else { return "the address" }
        let authority = url[scheme.upperBound...].prefix { !"/?#".contains($0) }
        return "\(url[..<scheme.upperBound])\(authority.split(separator: "@").last ?? "")"
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
