import JSON

/// A message to people by e-mail, and the server that it is handed to.
public struct OutwardMail: Sendable, Equatable {
    public enum Security: String, Sendable, CaseIterable {
        case tls, starttls, none
    }

    public var server: String
    /// 465, 587 and 25 are usual.
    public var port: Int
    public var security: Security
    public var user: String?
    public var password: String?
    public var verifiesCertificates = true
    /// Addresses: `somebody@example.org`, or `Some Body <somebody@example.org>`.
    public var sender: String
    public var recipients: [String]
    public var subject: String
    public var body: String
    /// The same for each sending of the same message.
    public var identity: String

    /// - Parameter data: those of a block of the type `email`.
    /// - Throws: `ActionPerformer.Failure` when they are not complete.
    init(_ data: JSONObject, subject: String, body: String, identity: String) throws {
        func text(_ name: String) throws -> String {
            guard let text = data[name]?.stringValue, !text.isEmpty else {
                throw ActionPerformer.Failure("Notification failed: the block has no '\(name)'")
            }
            return text
        }
        let word = data["security"]?.stringValue ?? Security.starttls.rawValue
        guard let security = Security(rawValue: word) else {
            throw ActionPerformer.Failure(
                "Notification failed: the block's 'security' is '\(word)'; it may be tls, starttls or none")
        }
        server = try text("server")
        self.security = security
        port = data["port"]?.intValue ?? (security == .tls ? 465 : security == .starttls ? 587 : 25)
        user = data["username"]?.stringValue
        password = data["password"]?.stringValue
        verifiesCertificates = data["verify"] != false
        sender = try text("sender")
        recipients = (data["recipients"]?.arrayValue ?? []).compactMap(\.stringValue)
        guard !recipients.isEmpty else {
            throw ActionPerformer.Failure("Notification failed: the block has no 'recipients'")
        }
        self.subject = subject
        self.body = body
        self.identity = identity
    }
}
