public import Domain
public import Secrets

/// Makes and recognises the tokens that clients send with every change where the server guards against cross-site
/// request forgery: a web page of somebody else can have a browser send requests, but cannot read such a token.
///
/// Nothing of them is stored: each says when it expires, with a tag over that and its client that only this server can
/// make.
public struct ClientTokens: Sendable {
    /// Hexadecimal digits of the time of expiry, and bytes of the tag: together the 64 digits of Prefect's tokens.
    private static let (timeLength, tagLength) = (16, 24)

    private let key: SecretKey
    private let lifetime: Duration

    public init(_ key: SecretKey, lifetime: Duration) {
        self.key = key
        self.lifetime = lifetime
    }

    /// A token for a client, by the name that the client gives itself, and when it expires.
    public func token(for client: String, at now: Timestamp) -> (text: String, expiration: Timestamp) {
        let expiration = now + lifetime
        return (text(client, expiration), expiration)
    }

    /// Whether a token is the client's, and has not expired.
    public func isGood(_ token: String, of client: String, at now: Timestamp) -> Bool {
        guard let microseconds = Int64(token.prefix(Self.timeLength), radix: 16) else { return false }
        let expiration = Timestamp(microseconds: microseconds)
        return SecretKey.isSame(text(client, expiration).utf8, token.utf8) && expiration > now
    }

    private func text(_ client: String, _ expiration: Timestamp) -> String {
        let time = withUnsafeBytes(of: expiration.microseconds.bigEndian) { HexText.of($0) }
        return time + key.tagText(of: "client \(time) \(client)", bytes: Self.tagLength)
    }
}
