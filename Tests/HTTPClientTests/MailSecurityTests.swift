import Glibc
import JSON
import TestSupport
import Testing

@testable import HTTPClient

/// Messages through TLS, to servers whose certificate nobody has signed.
@Suite(.timeLimit(.minutes(2))) struct MailSecurityTests {
    private let sink: Peer
    private let ports: [MailServer.Security: Int]

    init() throws {
        sink = try Peer(["/usr/bin/env", "python3", Peer.script("mail_sink.py")])
        let words = sink.line().split(separator: " ").compactMap { Int($0) }
        try #require(words.count == 2, "the mail servers did not start")
        ports = [.startTLS: words[0], .tls: words[1]]
    }

    private func server(_ security: MailServer.Security) throws -> MailServer {
        let port = try #require(ports[security])
        return MailServer(host: "127.0.0.1", port: port, security: security, user: "u", password: "p")
    }

    private func message() throws -> MailMessage {
        MailMessage(
            from: try #require(MailAddress("sluice@example.org")), to: [try #require(MailAddress("ann@example.org"))],
            subject: "It's done", text: "Hello", identity: "01a1fbdd-5e19", seconds: 1_795_305_690)
    }

    @Test(arguments: [MailServer.Security.startTLS, .tls])
    func nothingButTheGreetingIsSaidInPlain(_ security: MailServer.Security) async throws {
        var server = try server(security)
        server.verifiesCertificate = false
        try await server.send(try message(), patience: .seconds(20))
        let taken = try JSONValue(parsing: sink.line())
        #expect(taken["message"]?.stringValue?.contains("Subject: It's done\r\n") == true)
        let commands = (taken["commands"]?.arrayValue ?? []).compactMap(\.stringValue)
        #expect(commands.contains("tls RCPT TO:<ann@example.org>") && commands.contains { $0.hasPrefix("tls AUTH") })
        let plain = commands.filter { $0.hasPrefix("plain ") }.compactMap { $0.split(separator: " ").dropFirst().first }
        #expect(plain == (security == .startTLS ? ["EHLO", "STARTTLS"] : []))
    }

    @Test(arguments: [MailServer.Security.startTLS, .tls])
    func aCertificateThatNobodyHasSignedIsRefused(_ security: MailServer.Security) async throws {
        let server = try server(security)
        let failure = await #expect(throws: MailFailure.self) {
            try await server.send(try message(), patience: .seconds(20))
        }
        #expect(failure?.description.lowercased().contains("certificate") == true, "\(failure as Any)")
    }
}
