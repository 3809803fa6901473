import Secrets

/// The `USER:PASSWORD` that everybody shows who may call the API. It prints as nothing that could be used.
public struct AuthString: Sendable, CustomStringConvertible {
    private let text: String

    /// - Returns: nil for a text of any other form.
    public init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":"), colon != text.startIndex, text.last != ":" else { return nil }
        self.text = text
    }

    /// Whether this is what somebody shows. It takes as long for what is nearly right.
    public func isSame(as token: String) -> Bool { SecretKey.isSame(text.utf8, token.utf8) }

    public var description: String { "********" }
}
