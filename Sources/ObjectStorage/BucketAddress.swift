/// Where a bucket is, and with what keys.
public enum BucketAddress: Sendable, Hashable {
    case s3(S3Address)
    case google(GoogleAddress)
}

/// A bucket of Amazon's store, or of one that speaks its language: MinIO, Ceph, R2, Google's with HMAC keys.
public struct S3Address: Sendable, Hashable {
    public var bucket: String
    /// As `https://minio.example:9000`; the bucket is then named in the path. nil for Amazon's own of the region.
    public var endpoint: String?
    public var region: String
    /// nil for a bucket that anybody may read.
    public var keys: S3Keys?

    /// - Parameter region: nil for `us-east-1`, which stores without regions take.
    public init(bucket: String, endpoint: String? = nil, region: String? = nil, keys: S3Keys? = nil) {
        self.bucket = bucket
        self.endpoint = endpoint
        self.region = region ?? "us-east-1"
        self.keys = keys
    }
}

/// Keys of Amazon's kind.
public struct S3Keys: Sendable, Hashable {
    public var accessKey: String
    public var secretKey: String
    /// Of keys that were lent for a while.
    public var sessionToken: String?

    public init(accessKey: String, secretKey: String, sessionToken: String? = nil) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
    }
}

/// A bucket of Google Cloud Storage.
public struct GoogleAddress: Sendable, Hashable {
    public var bucket: String
    /// Of the JSON API; nil for Google's own. An emulator's is like `http://127.0.0.1:9023`.
    public var endpoint: String?
    /// nil for a bucket that anybody may read.
    public var keys: GoogleKeys?

    public init(bucket: String, endpoint: String? = nil, keys: GoogleKeys? = nil) {
        self.bucket = bucket
        self.endpoint = endpoint
        self.keys = keys
    }
}

/// What Google knows somebody by.
public enum GoogleKeys: Sendable, Hashable {
    /// The text of a service account's key file, JSON.
    case serviceAccount(String)
    /// An HMAC key, for which the store speaks Amazon's language.
    case hmac(accessKey: String, secretKey: String)
}

extension S3Keys: CustomStringConvertible, CustomDebugStringConvertible {
    /// Without the keys.
    public var description: String { "S3 keys" }
    /// Without the keys.
    public var debugDescription: String { description }
}

extension GoogleKeys: CustomStringConvertible, CustomDebugStringConvertible {
    /// Without the keys.
    public var description: String {
        switch self {
        case .serviceAccount: "a service account's key"
        case .hmac: "an HMAC key"
        }
    }
    /// Without the keys.
    public var debugDescription: String { description }
}
