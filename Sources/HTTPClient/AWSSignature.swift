/// What a request is signed with in Amazon's way (Signature Version 4); libcurl does the signing.
///
/// A query has to be in the order of its names and percent-encoded as RFC 3986 says, letters and digits and `-._~` alone
/// kept, since libcurl 7.88 signs it as it is written. A request with a body signs the text `UNSIGNED-PAYLOAD` in place of
/// the body's digest. The signature's time is libcurl's, unless the request has a field `X-Amz-Date`.
public struct AWSSignature: Sendable {
    public var accessKey: String
    public var secretKey: String
    /// Of keys that were lent for a while.
    public var sessionToken: String?
    /// Lower-case letters, digits and hyphens.
    public var region: String
    /// The service that is asked, as `s3`.
    public var service: String

    public init(
        accessKey: String, secretKey: String, sessionToken: String? = nil, region: String, service: String = "s3"
    ) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
        self.region = region
        self.service = service
    }

    /// In libcurl's terms: whose dialect, and what is asked where.
    var parameters: String { "aws:amz:\(region):\(service)" }

    /// The digest of nothing, or the word that stands for one.
    static func digest(of body: HTTPBody) -> String {
        if case .none = body { return "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" }
        return "UNSIGNED-PAYLOAD"
    }
}

extension AWSSignature: CustomStringConvertible, CustomDebugStringConvertible {
    /// Without the keys.
    public var description: String { "AWS signature for \(service) in \(region)" }
    /// Without the keys.
    public var debugDescription: String { description }
}
