import Domain
import HTTPClient
import JSON

/// The tokens that Google has lent to service accounts, each kept until a little before its end.
actor AccessTokens {
    private struct Token {
        var text: String
        var end: Timestamp
    }

    private let http: HTTPSession
    private let isForPublicHosts: Bool
    private let now: @Sendable () -> Timestamp
    private var tokens: [ServiceAccountKey: Token] = [:]
    private static let margin: Duration = .seconds(60)
    /// Beyond so many accounts the kept tokens are let go of, and had anew.
    private static let countLimit = 1000

    init(http: HTTPSession, isForPublicHosts: Bool, now: @escaping @Sendable () -> Timestamp) {
        self.http = http
        self.isForPublicHosts = isForPublicHosts
        self.now = now
    }

    func token(for account: ServiceAccountKey, at place: ObjectPlace) async throws(ObjectStorageError) -> String {
        if let token = tokens[account], token.end > now() + Self.margin { return token.text }
        let token = try await fetch(account, for: place)
        if tokens.count >= Self.countLimit { tokens = [:] }
        tokens[account] = token
        return token.text
    }

    /// What the store has refused is not to be sent again.
    func forget(_ account: ServiceAccountKey) {
        tokens[account] = nil
    }

    private func fetch(_ account: ServiceAccountKey, for place: ObjectPlace) async throws(ObjectStorageError) -> Token {
        let asked = now()
        let form = URLText.query([
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": try account.assertion(at: asked, for: place),
        ])
        let request = HTTPRequest(
            .post, account.tokenURL, headers: ["Content-Type": "application/x-www-form-urlencoded"], body: .text(form),
            timeouts: HTTPTimeouts(connect: .seconds(10), total: .seconds(30)))
        let exchange = StoreExchange(http: http, isForPublicHosts: isForPublicHosts)
        let answer = try await exchange.open(request, at: place)
        let bytes = try await exchange.whole(answer, at: place)
        let body = try? JSONValue(parsing: bytes)
        guard answer.status == 200 else {
            let parts = [body?["error"]?.stringValue, body?["error_description"]?.stringValue].compactMap { $0 }
            let detail = "no token from \(account.tokenURL): \(answer.status) \(parts.joined(separator: ": "))"
            let isDenial = [400, 401, 403].contains(answer.status)
            throw ObjectStorageError(
                isDenial ? .denied(String(detail.prefix(300))) : .refused(status: answer.status, detail), at: place)
        }
        guard let text = body?["access_token"]?.stringValue, let seconds = body?["expires_in"]?.intValue else {
            throw ObjectStorageError(
                .unreadable("\(account.tokenURL) sends no access_token with expires_in"), at: place)
        }
        return Token(text: text, end: asked + .seconds(min(max(seconds, 0), 86_400)))
    }
}
