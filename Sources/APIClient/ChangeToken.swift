import Synchronization

/// What a server with CSRF protection wants to see with every change: a token that it gave this connection.
final class ChangeToken: Sendable {
    /// What whoever asks for one calls itself. A token is good for those of its name, and every command asks for its own.
    let client = "sluice"
    private let state = Mutex<String?>(nil)

    var text: String? {
        get { state.withLock(\.self) }
        set { state.withLock { $0 = newValue } }
    }
}

extension APIError {
    /// Whether the server refused a change for want of a token, or since that has expired.
    var wantsChangeToken: Bool {
        guard case .refused(status: 403, let detail) = self else { return false }
        return detail.contains("CSRF token")
    }
}
