import Domain
import HTTPClient

/// A bucket that is read in the language of Amazon's S3.
struct S3Bucket: Bucket {
    /// What a key is appended to, with a slash.
    private let root: String
    private let place: ObjectPlace
    private let authorization: HTTPAuthorization?
    private let exchange: StoreExchange
    private static let pageSize = 1000

    /// - Throws: ``ObjectStorageError/Cause/invalid(_:)``
    init(_ address: S3Address, scheme: String = "s3", exchange: StoreExchange) throws(ObjectStorageError) {
        let host = Self.host(of: address)
        let place = ObjectPlace(scheme: scheme, bucket: address.bucket, endpoint: address.endpoint ?? host)
        try AddressChecks.bucket(place)
        try AddressChecks.region(address.region, at: place)
        if let endpoint = address.endpoint {
            root = "\(try AddressChecks.endpoint(endpoint, at: place))/\(address.bucket)"
        } else if address.bucket.contains(".") {
            // No certificate is for names of two parts below the store's.
            root = "\(host)/\(address.bucket)"
        } else {
            root = "https://\(address.bucket).\(host.dropFirst("https://".count))"
        }
        self.place = place
        self.exchange = exchange
        authorization = try address.keys.map { (keys) throws(ObjectStorageError) in
            try Self.authorization(keys, region: address.region, at: place)
        }
    }

    private static func host(of address: S3Address) -> String {
        "https://s3.\(address.region).amazonaws.com\(address.region.hasPrefix("cn-") ? ".cn" : "")"
    }

    private static func authorization(
        _ keys: S3Keys, region: String, at place: ObjectPlace
    ) throws(ObjectStorageError) -> HTTPAuthorization {
        guard !keys.accessKey.isEmpty, !keys.secretKey.isEmpty else {
            throw ObjectStorageError(.invalid("its access key and its secret key are both wanted, or none"), at: place)
        }
        let token = keys.sessionToken.flatMap { $0.isEmpty ? nil : $0 }
        return .awsV4(
            AWSSignature(
                accessKey: keys.accessKey, secretKey: keys.secretKey, sessionToken: token, region: region))
    }

    // MARK: Bucket

    func list(prefix: String, limit: Int) async throws(ObjectStorageError) -> ObjectListing {
        var pages = PageCollector(limit: limit, place: place)
        while pages.wantsMore {
            var query = ["list-type": "2", "encoding-type": "url", "prefix": prefix]
            query["max-keys"] = "\(min(Self.pageSize, pages.room))"
            query["continuation-token"] = pages.token
            let answer = try await send(.get, "\(root)?\(URLText.query(query))", at: place)
            try pages.take(S3Answers.page(of: try await exchange.whole(answer, at: place), at: place))
        }
        return pages.listing
    }

    func stat(_ key: String) async throws(ObjectStorageError) -> StoredObject {
        let place = place.with(key: key)
        let answer = try await send(.head, try url(of: place), at: place)
        return try S3Answers.object(key, answer.headers, size: nil, at: place)
    }

    func fetch(
        _ key: String, revision: String?, to path: String, limit: Int
    ) async throws(ObjectStorageError) -> StoredObject {
        let place = place.with(key: key)
        let headers: HTTPHeaders = revision.map { ["If-Match": "\"\($0)\""] } ?? [:]
        let answer = try await send(.get, try url(of: place), headers: headers, at: place)
        let size = try await exchange.write(answer, to: path, limit: limit, at: place)
        return try S3Answers.object(key, answer.headers, size: size, at: place)
    }

    private func url(of place: ObjectPlace) throws(ObjectStorageError) -> String {
        try AddressChecks.key(place)
        return "\(root)/\(URLText.encode(place.key ?? "", keeping: "/"))"
    }

    private func send(
        _ method: HTTPMethod, _ url: String, headers: HTTPHeaders = [:], at place: ObjectPlace
    ) async throws(ObjectStorageError) -> HTTPStream {
        let request = HTTPRequest(
            method, url, headers: headers, authorization: authorization, timeouts: StoreExchange.timeouts)
        let answer = try await exchange.open(request, at: place)
        guard answer.status == 200 else {
            let body = try await exchange.whole(answer, at: place)
            throw ObjectStorageError(S3Answers.cause(of: answer.head, body), at: place)
        }
        return answer
    }
}
