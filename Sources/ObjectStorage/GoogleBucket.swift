import Domain
import HTTPClient
import JSON

/// A bucket of Google Cloud Storage that is read through its JSON API.
struct GoogleBucket: Bucket {
    static let endpoint = "https://storage.googleapis.com"
    private static let pageSize = 1000

    private let root: String
    private let place: ObjectPlace
    private let account: ServiceAccountKey?
    private let exchange: StoreExchange
    private let tokens: AccessTokens

    /// - Throws: ``ObjectStorageError/Cause/invalid(_:)``
    init(_ address: GoogleAddress, exchange: StoreExchange, tokens: AccessTokens) throws(ObjectStorageError) {
        let place = ObjectPlace(scheme: "gs", bucket: address.bucket, endpoint: address.endpoint ?? Self.endpoint)
        try AddressChecks.bucket(place)
        root = "\(try AddressChecks.endpoint(place.endpoint, at: place))/storage/v1/b/\(address.bucket)/o"
        if case .serviceAccount(let text) = address.keys {
            account = try ServiceAccountKey(parsing: text, at: place)
        } else {
            account = nil
        }
        self.place = place
        self.exchange = exchange
        self.tokens = tokens
    }

    func list(prefix: String, limit: Int) async throws(ObjectStorageError) -> ObjectListing {
        var pages = PageCollector(limit: limit, place: place)
        while pages.wantsMore {
            var query = ["prefix": prefix, "maxResults": "\(min(Self.pageSize, pages.room))"]
            query["fields"] = "nextPageToken,items(name,generation,size,updated)"
            query["pageToken"] = pages.token
            let answer = try await send("\(root)?\(URLText.query(query))", at: place)
            try pages.take(GoogleAnswers.page(of: try await exchange.whole(answer, at: place), at: place))
        }
        return pages.listing
    }

    func stat(_ key: String) async throws(ObjectStorageError) -> StoredObject {
        let place = place.with(key: key)
        let answer = try await send(try url(of: place), at: place)
        return try GoogleAnswers.object(of: try await exchange.whole(answer, at: place), at: place)
    }

    /// Asks twice: what the object is, and then for the content of just this generation.
    func fetch(
        _ key: String, revision: String?, to path: String, limit: Int
    ) async throws(ObjectStorageError) -> StoredObject {
        let place = place.with(key: key)
        let object = try await stat(key)
        guard revision == nil || revision == object.revision else { throw ObjectStorageError(.changed, at: place) }
        guard object.size <= limit else { throw ObjectStorageError(.tooLarge(limit: limit), at: place) }
        let query = URLText.query(["alt": "media", "generation": object.revision])
        let answer: HTTPStream
        do throws(ObjectStorageError) {
            answer = try await send("\(try url(of: place))?\(query)", at: place)
        } catch {
            if case .missing = error.cause { throw ObjectStorageError(.changed, at: place) }
            throw error
        }
        let size = try await exchange.write(answer, to: path, limit: limit, at: place)
        return StoredObject(key: key, revision: object.revision, size: size, changed: object.changed)
    }

    private func url(of place: ObjectPlace) throws(ObjectStorageError) -> String {
        try AddressChecks.key(place)
        return "\(root)/\(URLText.encode(place.key ?? ""))"
    }

    private func send(_ url: String, at place: ObjectPlace) async throws(ObjectStorageError) -> HTTPStream {
        // Without this an object that is stored compressed would be unpacked on the way.
        var request = HTTPRequest(.get, url, headers: ["Accept-Encoding": "gzip"], timeouts: StoreExchange.timeouts)
        if let account {
            request.authorization = .bearer(try await tokens.token(for: account, at: place))
        }
        let answer = try await exchange.open(request, at: place)
        guard answer.status == 200 else {
            if answer.status == 401, let account { await tokens.forget(account) }
            let body = try await exchange.whole(answer, at: place)
            throw ObjectStorageError(GoogleAnswers.cause(of: answer.status, body), at: place)
        }
        return answer
    }
}
