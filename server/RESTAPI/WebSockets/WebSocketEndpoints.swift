import HTTPTypes
import Hummingbird
import NIOCore

/// The paths at which there are WebSockets, and who talks there.
struct WebSocketEndpoints: Sendable {
    /// A path, and what makes a conversation for each client that comes to it.
    struct Endpoint: Sendable {
        /// One of its components may be `{name}`: any text.
        let path: String
        /// Whether only those are heard who ask for Prefect's subprotocol.
        var isForPrefect = false
        /// Given the text at `{name}`.
        let make: @Sendable (_ name: String) -> any WebSocketConversation

        /// The text at `{name}`; an empty one where there is none, nil for the path of something else.
        func name(in path: some StringProtocol) -> String? {
            let (own, asked) = (self.path.split(separator: "/"), path.split(separator: "/"))
            guard own.count == asked.count else { return nil }
            var name = ""
            for (part, text) in zip(own, asked) where part != text {
                guard part == "{name}", let decoded = String(text).removingPercentEncoding() else { return nil }
                name = decoded
            }
            return name
        }
    }

    private let hosts: HostGuard
    private let admission: Admission
    private let endpoints: [Endpoint]

    init(hosts: HostGuard, admission: Admission, _ endpoints: [Endpoint]) {
        self.hosts = hosts
        self.admission = admission
        self.endpoints = endpoints
    }

    /// The conversation at `path`, unless the request comes from a web page of somebody else, since browsers let any page
    /// ask for a WebSocket anywhere, or from a client that will not say who it is where it has to.
    func conversation(
        at path: String, of request: HTTPRequest, on channel: any Channel, speaksPrefect: Bool
    ) -> (any WebSocketConversation)? {
        let bare = path.prefix { $0 != "?" }
        for endpoint in endpoints {
            guard let name = endpoint.name(in: bare) else { continue }
            guard speaksPrefect || !(endpoint.isForPrefect || admission.isGuarded),
                hosts.objection(to: request, on: channel) == nil
            else { return nil }
            return endpoint.make(name)
        }
        return nil
    }
}

/// What is said over one WebSocket, until it returns or throws; then the WebSocket is closed.
protocol WebSocketConversation: Sendable {
    /// - Throws: `WebSocketClosure` to end it with a code and a reason.
    func talk(over socket: WebSocket) async throws
}

/// How a WebSocket is closed (RFC 6455 §7.4).
struct WebSocketClosure: Error {
    let code: UInt16
    let reason: String

    static let normal = WebSocketClosure(code: 1000, reason: "")
    static let goingAway = WebSocketClosure(code: 1001, reason: "the server is shutting down")
    static func protocolError(_ reason: String) -> WebSocketClosure { WebSocketClosure(code: 1002, reason: reason) }
    static func invalidData(_ reason: String) -> WebSocketClosure { WebSocketClosure(code: 1007, reason: reason) }
    static func refused(_ reason: String) -> WebSocketClosure { WebSocketClosure(code: 1008, reason: reason) }
    static let tooLarge = WebSocketClosure(code: 1009, reason: "the message is larger than what is taken")
    static func failure(_ reason: String) -> WebSocketClosure { WebSocketClosure(code: 1011, reason: reason) }
    static func tryAgain(_ reason: String) -> WebSocketClosure { WebSocketClosure(code: 1013, reason: reason) }
}
