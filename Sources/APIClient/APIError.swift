/// Why a call of the API has no result.
public enum APIError: Error, Sendable, Hashable {
    /// Nobody answers there, or not in time.
    case unreachable(url: String, reason: String)
    /// The address is none that could be asked.
    case invalidAddress(String, reason: String)
    /// The connection broke before the answer was complete; whether the server acted is not known.
    case interrupted(url: String, reason: String)
    /// The server says no, and why: an answer with a status of 400 or more.
    case refused(status: Int, detail: String)
    /// Something answers, but not as a Sluice server does.
    case unexpected(url: String, reason: String)
    /// What was to be sent could not be produced.
    case unsendable(reason: String)
    case cancelled
}

extension APIError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreachable(let url, let reason): "no server answers at \(url): \(reason)"
        case .invalidAddress(let url, let reason): "'\(url)' is not the address of a server: \(reason)"
        case .interrupted(let url, let reason): "the connection to \(url) broke: \(reason)"
        case .refused(_, let detail): detail
        case .unexpected(let url, let reason): "what answers at \(url) is no Sluice server: \(reason)"
        case .unsendable(let reason): reason
        case .cancelled: "it was cancelled"
        }
    }
}

extension APIError {
    /// Whether there is no such thing, by the server's word.
    public var isNotFound: Bool {
        if case .refused(status: 404, _) = self { true } else { false }
    }

    /// Whether the server was not reached, or got lost on the way; it may come back.
    public var isDisconnection: Bool {
        switch self {
        case .unreachable, .interrupted, .refused(status: 503, _): true
        default: false
        }
    }
}
