/// Why there is no answer. A status of 400 or more is an answer, not an error.
public enum HTTPClientError: Error, Sendable {
    /// Not an absolute `http:` or `https:` URL.
    case invalidURL(String, reason: String)
    /// A header field that cannot be sent: its name is no token, or its value would break out of its line.
    case invalidHeader(name: String)
    /// No connection could be made: nobody listens there, or the name is unknown.
    case unreachable(url: String, reason: String)
    case timedOut(url: String, HTTPTimeoutKind)
    /// The handshake failed or the certificate is not trusted.
    case tls(url: String, reason: String)
    /// The host's address is one of a private network, and the request is for public hosts.
    case privateHost(url: String, address: String)
    /// The connection broke before the answer was complete; whether the server acted on the request is not known.
    case interrupted(url: String, reason: String)
    /// The producer of the request's body failed; the server saw a body that was cut off.
    case bodyFailed(any Error)
    /// The calling task was cancelled, or the stream was.
    case cancelled
}

/// Which limit of ``HTTPTimeouts`` was passed.
public enum HTTPTimeoutKind: String, Sendable {
    case connect, total, idle
}

extension HTTPClientError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidURL(let url, let reason):
            "'\(url)' is not a URL to ask (\(reason)); give one like http://127.0.0.1:4200/api"
        case .invalidHeader(let name):
            "the header field '\(name)' cannot be sent: its name or value holds characters that HTTP forbids"
        case .unreachable(let url, let reason): "cannot reach \(url): \(reason)"
        case .timedOut(let url, .connect): "no connection to \(url) within the time limit"
        case .timedOut(let url, .total): "\(url) did not finish its answer within the time limit"
        case .timedOut(let url, .idle): "\(url) was silent for longer than the idle limit"
        case .tls(let url, let reason): "no secure connection to \(url): \(reason)"
        case .privateHost(let url, let address):
            "\(url) is at \(address), which is no public address, and this request may go to public hosts only"
        case .interrupted(let url, let reason):
            "the connection to \(url) broke before the answer was complete: \(reason)"
        case .bodyFailed(let error): "the request's body could not be produced: \(error)"
        case .cancelled: "the request was cancelled"
        }
    }
}
