/// What is asked of a server.
public struct HTTPRequest: Sendable {
    public var method: HTTPMethod
    /// Absolute, `http:` or `https:`, already percent-encoded.
    public var url: String
    public var headers: HTTPHeaders
    public var authorization: HTTPAuthorization?
    public var body: HTTPBody
    public var timeouts: HTTPTimeouts
    /// Whether the request may be sent a second time when a kept connection turns out to be dead before a byte of the
    /// answer came. Starts as the method's own nature (a POST might act twice); true suits a POST that only reads, or
    /// one with an idempotency key. A streamed body is never repeated.
    public var isRepeatable: Bool
    /// Whether whoever answers over TLS must prove who it is.
    public var verifiesCertificates = true
    /// Whether the request is sent to public addresses only. The address is judged that the connection goes to, whatever
    /// the name in the URL stands for.
    public var isForPublicHosts = false
    /// Whether the path is sent as it is written: otherwise `.` and `..` in it are resolved before.
    public var keepsDotSegments = false
    /// The file of a Unix socket that is connected to instead of the URL's host, which is then only said.
    public var unixSocket: String?

    public init(
        _ method: HTTPMethod = .get,
        _ url: String,
        headers: HTTPHeaders = [:],
        authorization: HTTPAuthorization? = nil,
        body: HTTPBody = .none,
        timeouts: HTTPTimeouts = HTTPTimeouts()
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.authorization = authorization
        self.body = body
        self.timeouts = timeouts
        isRepeatable = method.isIdempotent
    }
}

/// The verb of a request.
public enum HTTPMethod: String, Sendable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"

    /// RFC 9110, 9.2.2: doing it twice has the effect of doing it once.
    public var isIdempotent: Bool {
        switch self {
        case .get, .head, .put, .delete: true
        case .post, .patch: false
        }
    }
}

/// Who is asking.
public enum HTTPAuthorization: Sendable {
    /// `Authorization: Bearer …`
    case bearer(String)
    /// `Authorization: Basic …`
    case basic(user: String, password: String)
    /// Signed as Amazon's services want it, and others that speak their language.
    case awsV4(AWSSignature)
}

/// How long a request may take. Times are kept to the millisecond.
public struct HTTPTimeouts: Sendable {
    /// From the start until a connection stands, the lookup of the name and the TLS handshake included.
    public var connect: Duration
    /// From the start to the last byte of the answer; nil for no limit, which is what an endless stream needs.
    public var total: Duration?
    /// Without a byte in either direction. A pause that we make ourselves (a slow producer of the body, a slow reader
    /// of the answer) does not count. nil for no limit.
    public var idle: Duration?

    public init(connect: Duration = .seconds(5), total: Duration? = nil, idle: Duration? = .seconds(60)) {
        self.connect = connect
        self.total = total
        self.idle = idle
    }
}
