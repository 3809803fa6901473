import Domain
import HTTPClient
import Orchestration

/// Sends what automations tell the world outside, over HTTP.
struct WebMessenger: Messenger {
    /// How long an answer may take.
    private static let patience: Duration = .seconds(20)
    /// How much of an answer is read.
    private static let longestAnswer = 65_536

    private let session = HTTPSession(userAgent: "sluice-automation")

    func send(_ message: OutwardMessage) async throws -> OutwardAnswer {
        var headers = HTTPHeaders()
        for (name, value) in message.headers { headers.add(name, value) }
        var request = HTTPRequest(
            HTTPMethod(rawValue: message.method) ?? .post, message.url, headers: headers,
            body: message.body.isEmpty ? .none : .text(message.body),
            timeouts: HTTPTimeouts(connect: .seconds(5), total: Self.patience))
        request.isForPublicHosts = !message.allowsPrivateHosts
        request.verifiesCertificates = message.verifiesCertificates
        let stream = try await open(request)
        var body: [UInt8] = []
        for try await piece in stream {
            body += piece
            guard body.count < Self.longestAnswer else { break }
        }
        stream.cancel()
        return OutwardAnswer(
            status: stream.head.status, headers: stream.head.headers.fields.map { ($0.name, $0.value) },
            body: String(decoding: body.prefix(Self.longestAnswer), as: UTF8.self))
    }

    func send(_ mail: OutwardMail) async throws {
        guard let sender = MailAddress(mail.sender) else {
            throw UnsendableMessage("'\(mail.sender)' is no address of e-mail")
        }
        let recipients = try mail.recipients.map { text in
            guard let address = MailAddress(text) else { throw UnsendableMessage("'\(text)' is no address of e-mail") }
            return address
        }
        let security: MailServer.Security =
            switch mail.security {
            case .tls: .tls
            case .starttls: .startTLS
            case .none: .none
            }
        var server = MailServer(
            host: mail.server, port: mail.port, security: security, user: mail.user, password: mail.password)
        server.verifiesCertificate = mail.verifiesCertificates
        let message = MailMessage(
            from: sender, to: recipients, subject: mail.subject, text: mail.body, identity: mail.identity,
            seconds: SystemClock.now.microseconds / 1_000_000)
        do throws(MailFailure) {
            try await server.send(message, patience: Self.patience)
        } catch {
            if !error.isPassing { throw UnsendableMessage(error.description) }
            throw error
        }
    }

    private func open(_ request: HTTPRequest) async throws -> HTTPStream {
        do {
            return try await session.stream(request)
        } catch {
            switch error {
            case .invalidURL, .invalidHeader, .privateHost: throw UnsendableMessage("\(error)")
            case .unreachable, .timedOut, .tls, .interrupted, .bodyFailed, .cancelled: throw error
            }
        }
    }
}
