import CCurl
import Glibc

/// A server that takes mail (SMTP, RFC 5321), and how it is spoken to.
public struct MailServer: Sendable, Hashable {
    public enum Security: String, Sendable, CaseIterable {
        /// TLS from the first byte on.
        case tls
        /// TLS after a word in the clear; without it nothing is said.
        case startTLS = "starttls"
        case none
    }

    public var host: String
    /// 465, 587 and 25 are usual.
    public var port: Int
    public var security: Security
    public var user: String?
    public var password: String?
    /// Whether the server must prove who it is.
    public var verifiesCertificate = true

    public init(host: String, port: Int, security: Security, user: String? = nil, password: String? = nil) {
        self.host = host
        self.port = port
        self.security = security
        self.user = user
        self.password = password
    }
}

/// A message was not taken.
public struct MailFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// For people.
    public let description: String
    /// Whether it is worth sending again.
    public let isPassing: Bool

    public init(_ description: String, isPassing: Bool) {
        self.description = description
        self.isPassing = isPassing
    }
}

extension MailServer {
    /// Hands a message over to the server, on a thread of its own.
    ///
    /// - Parameter patience: how long it may take.
    public func send(_ message: MailMessage, patience: Duration) async throws(MailFailure) {
        guard !host.isEmpty,
            host.utf8.allSatisfy({ $0 > 32 && $0 < 127 && !"/?#@:\\".utf8.contains($0) || $0 == UInt8(ascii: ":") })
        else {
            throw MailFailure("'\(host)' is no name of a mail server", isPassing: false)
        }
        guard !message.recipients.isEmpty else { throw MailFailure("the message is to nobody", isPassing: false) }
        let failure = await withCheckedContinuation { continuation in
            let errand = MailErrand(server: self, message: message, patience: patience) {
                continuation.resume(returning: $0)
            }
            errand.start()
        }
        if let failure { throw failure }
    }
}

/// One message on its way. All but the start belongs to its thread.
private final class MailErrand: @unchecked Sendable {
    private let server: MailServer
    private let message: MailMessage
    private let patience: Duration
    private let report: (MailFailure?) -> Void
    private var rest: ArraySlice<UInt8>

    init(
        server: MailServer, message: MailMessage, patience: Duration, report: @escaping @Sendable (MailFailure?) -> Void
    ) {
        self.server = server
        self.message = message
        self.patience = patience
        self.report = report
        rest = message.bytes[...]
    }

    func start() {
        var thread = pthread_t()
        let retained = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { pointer in
                if let pointer { Unmanaged<MailErrand>.fromOpaque(pointer).takeRetainedValue().run() }
                return nil
            }, retained.toOpaque())
        guard code != 0 else {
            pthread_detach(thread)
            return
        }
        retained.release()
        report(MailFailure("no thread could be started: \(String(cString: strerror(code)))", isPassing: true))
    }

    private func run() { report(perform()) }

    private func perform() -> MailFailure? {
        guard TransferLoop.isLibraryReady, let handle = curl_easy_init() else {
            return MailFailure("there is no memory for a connection", isPassing: true)
        }
        defer { curl_easy_cleanup(handle) }
        var recipients: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(recipients) }
        for recipient in message.recipients {
            recipients = curl_slist_append(recipients, "<\(recipient.address)>") ?? recipients
        }
        let errorText = UnsafeMutableBufferPointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0)
        defer { errorText.deallocate() }
        ccurl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText.baseAddress)
        configure(handle)
        ccurl_set_list(handle, CURLOPT_MAIL_RCPT, recipients)
        let code = curl_easy_perform(handle)
        guard code != CURLE_OK else { return nil }
        let detail = errorText.baseAddress.map { String(cString: $0) } ?? ""
        return failure(code, detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail, handle)
    }

    private func configure(_ handle: UnsafeMutableRawPointer) {
        let scheme = server.security == .tls ? "smtps" : "smtp"
        let host = server.host.contains(":") ? "[\(server.host)]" : server.host
        ccurl_set_text(handle, CURLOPT_URL, "\(scheme)://\(host):\(server.port)")
        ccurl_set_text(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        ccurl_set_text(handle, CURLOPT_NOPROXY, "*")
        ccurl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, min(10_000, patience.milliseconds))
        ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, patience.milliseconds)
        if server.security == .startTLS { ccurl_set_long(handle, CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)) }
        if !server.verifiesCertificate {
            ccurl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 0)
            ccurl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 0)
        }
        if let user = server.user { ccurl_set_text(handle, CURLOPT_USERNAME, user) }
        if let password = server.password { ccurl_set_text(handle, CURLOPT_PASSWORD, password) }
        ccurl_set_text(handle, CURLOPT_MAIL_FROM, "<\(message.sender.address)>")
        ccurl_set_long(handle, CURLOPT_UPLOAD, 1)
        ccurl_set_pointer(handle, CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque())
        ccurl_set_data_callback(handle, CURLOPT_READFUNCTION) { bytes, size, count, pointer in
            guard let pointer else { return Int(CURL_READFUNC_ABORT) }
            let errand = Unmanaged<MailErrand>.fromOpaque(pointer).takeUnretainedValue()
            return errand.supply(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
        }
    }

    private func supply(_ target: UnsafeMutableRawBufferPointer) -> Int {
        let piece = rest.prefix(target.count)
        target.copyBytes(from: piece)
        rest = rest.dropFirst(piece.count)
        return piece.count
    }

    /// A reply that begins with 5 is the same next time (RFC 5321, 4.2.1); so is a certificate that nobody trusts.
    private func failure(_ code: CURLcode, _ reason: String, _ handle: UnsafeMutableRawPointer) -> MailFailure {
        var reply = 0
        ccurl_get_long(handle, CURLINFO_RESPONSE_CODE, &reply)
        let isFinal =
            (500..<600).contains(reply) || code == CURLE_LOGIN_DENIED || code == CURLE_PEER_FAILED_VERIFICATION
        let said = reply >= 400 ? " (\(reply))" : ""
        return MailFailure(
            "the mail server \(server.host):\(server.port) did not take it: \(reason)\(said)", isPassing: !isFinal)
    }
}
