public import Domain
public import HTTPClient

/// What buckets are opened with: the connections, and the tokens that Google has lent, which serve for all of its buckets.
public final class ObjectStorageSession: Sendable {
    private let http: HTTPSession
    private let tokens: AccessTokens
    private let isForPublicHosts: Bool

    /// - Parameters:
    ///   - isForPublicHosts: whether only hosts are asked that anybody can reach, whatever an endpoint says.
    ///   - now: the time, which a token is asked for at.
    public init(http: HTTPSession, isForPublicHosts: Bool = false, now: @escaping @Sendable () -> Timestamp) {
        self.http = http
        self.isForPublicHosts = isForPublicHosts
        tokens = AccessTokens(http: http, isForPublicHosts: isForPublicHosts, now: now)
    }

    /// Makes ready to read a bucket; nobody is asked yet.
    ///
    /// - Throws: ``ObjectStorageError/Cause/invalid(_:)`` for names, endpoints and keys that cannot be right.
    public func bucket(at address: BucketAddress) throws(ObjectStorageError) -> any Bucket {
        switch address {
        case .s3(let address): return try S3Bucket(address, exchange: exchange)
        case .google(let address):
            guard case .hmac(let accessKey, let secretKey) = address.keys else {
                return try GoogleBucket(address, exchange: exchange, tokens: tokens)
            }
            let keys = S3Keys(accessKey: accessKey, secretKey: secretKey)
            let endpoint = address.endpoint ?? GoogleBucket.endpoint
            return try S3Bucket(
                S3Address(bucket: address.bucket, endpoint: endpoint, region: "auto", keys: keys), scheme: "gs",
                exchange: exchange)
        }
    }

    private var exchange: StoreExchange { StoreExchange(http: http, isForPublicHosts: isForPublicHosts) }
}
