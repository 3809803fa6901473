import Domain
public import Secrets

/// Makes and recognises the credentials by which attempts are known when they call the API: each is the attempt's name
/// with a tag that only this server can make. Nothing of them is stored.
public struct AttemptCredentials: Sendable {
    /// Every credential begins with it; with the colon it looks like the user and password of Basic authentication.
    private static let prefix = "sluice:"
    /// Bytes of a tag: enough that nobody guesses one (RFC 2104 §5).
    private static let tagLength = 16

    private let key: SecretKey

    /// - Parameter key: whoever has it can speak for any attempt. One that is new ends all credentials.
    public init(_ key: SecretKey) { self.key = key }

    /// Such as are good as long as this lives.
    init(passing surroundings: Surroundings) {
        guard let key = SecretKey(surroundings.bytes(SecretKey.size)) else {
            preconditionFailure("libsodium cannot be initialised on this machine")
        }
        self.init(key)
    }

    /// What the attempt shows when it calls the API.
    public func credential(of attempt: AttemptName) -> String {
        let name = "\(attempt.run).\(attempt.attempt)"
        return "\(Self.prefix)\(name).\(tag(of: name))"
    }

    /// Whose credential it is.
    ///
    /// - Returns: nothing for a token that is no attempt's.
    /// - Throws: `OrchestrationError.refusedSpeaker` for one that pretends to be.
    public func attempt(showing token: String) throws(OrchestrationError) -> AttemptName? {
        guard token.hasPrefix(Self.prefix) else { return nil }
        let parts = token.dropFirst(Self.prefix.count).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let run = ID<FlowRun>(parts[0]), let attempt = Int(parts[1]),
            SecretKey.isSame(tag(of: "\(run).\(attempt)").utf8, parts[2].utf8)
        else { throw .refusedSpeaker("this server has given no attempt the credential that the request carries") }
        return AttemptName(run: run, attempt: attempt)
    }

    private func tag(of name: String) -> String { key.tagText(of: "attempt \(name)", bytes: Self.tagLength) }
}
