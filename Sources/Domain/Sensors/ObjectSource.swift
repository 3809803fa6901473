public import JSON

/// The part of a bucket that a sensor looks at, with what it takes to get in. Keys are placeholders for secrets that the
/// server keeps, never the keys themselves: so the source may be shown to anybody.
public struct ObjectSource: Sendable, Hashable {
    public enum Store: String, Sendable, CaseIterable {
        /// Amazon's, or one that speaks its language.
        case s3
        /// Google's.
        case gcs

        /// What a URL of an object in it begins with.
        public var scheme: String { self == .s3 ? "s3" : "gs" }
    }

    public var store: Store
    public var bucket: String
    /// What the keys of the objects begin with, or the one key.
    public var path: String
    /// Whether the path is one object's key.
    public var isOneKey: Bool
    /// Nothing for the store's own.
    public var endpoint: String?
    /// Nothing for the standard one; of S3 alone.
    public var region: String?
    /// Of S3, or an HMAC key of Google's.
    public var accessKey: String?
    /// A placeholder, as are those that follow.
    public var secretKey: String?
    public var sessionToken: String?
    /// The file of a service account's key; of Google alone.
    public var credentials: String?
    /// Whether the endpoint may be one of a private network.
    public var allowsPrivateHosts: Bool

    /// As a URL, without what it takes to get in.
    public var url: String { "\(store.scheme)://\(bucket)/\(path)" }

    /// What stands for its keys.
    public var references: Set<TemplateReference> {
        let keys = [accessKey, secretKey, sessionToken, credentials].compactMap { $0 }
        return Set(keys.flatMap { PlaceholderText($0).references })
    }

    /// The same with the keys themselves in the place of what stands for them.
    public func rendered(in scope: TemplateScope) throws(UnresolvedReference) -> ObjectSource {
        var source = self
        source.accessKey = try Self.render(accessKey, in: scope)
        source.secretKey = try Self.render(secretKey, in: scope)
        source.sessionToken = try Self.render(sessionToken, in: scope)
        source.credentials = try Self.render(credentials, in: scope)
        return source
    }

    private static func render(_ text: String?, in scope: TemplateScope) throws(UnresolvedReference) -> String? {
        guard let text else { return nil }
        return try PlaceholderText(text).render(in: scope)
    }
}

extension ObjectSource: JSONReadable {
    private static let shared = [
        "bucket", "prefix", "key", "endpoint", "access_key", "secret_key", "allow_private_urls",
    ]
    private static let own: [Store: [String]] = [.s3: ["region", "session_token"], .gcs: ["credentials"]]
    private static let secrets = ["secret_key", "session_token", "credentials"]

    /// Reads `{"s3": {…}}` or `{"gcs": {…}}`; other keys around these are not its own.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        let (amazons, googles) = (try reader.optional(Store.s3.rawValue), try reader.optional(Store.gcs.rawValue))
        guard (amazons == nil) != (googles == nil), let place = amazons ?? googles else {
            throw reader.valueError("an object is in one store, 's3' or 'gcs': s3: {bucket: NAME, prefix: PATH/}")
        }
        let store: Store = amazons == nil ? .gcs : .s3
        try place.forbidExtraKeys(besides: Set(Self.shared + (Self.own[store] ?? [])))
        let (prefix, key): (String?, String?) = (try place.optional("prefix"), try place.optional("key"))
        guard prefix == nil || key == nil, key != "" else {
            throw place.valueError("either 'prefix', what keys begin with, or 'key', the one key of an object")
        }
        self.init(
            store: store, bucket: try place.required("bucket"), path: key ?? prefix ?? "", isOneKey: key != nil,
            endpoint: try place.optional("endpoint"), region: try place.optional("region"),
            accessKey: try place.optional("access_key"), secretKey: try place.optional("secret_key"),
            sessionToken: try place.optional("session_token"), credentials: try place.optional("credentials"),
            allowsPrivateHosts: try place.optional("allow_private_urls") ?? true)
        for name in Self.secrets { try Self.requireReference(name, in: place) }
        guard (accessKey == nil) == (secretKey == nil), credentials == nil || accessKey == nil else {
            throw place.valueError(
                "'access_key' and 'secret_key' go together, and not with 'credentials'; without any, the bucket is read "
                    + "as anybody may")
        }
    }

    /// A key itself would be seen by all who may see the sensor.
    private static func requireReference(_ name: String, in place: JSONReader) throws(JSONReadingError) {
        guard let text: String = try place.optional(name) else { return }
        let references = PlaceholderText(text).references
        guard !references.isEmpty, references.allSatisfy({ [.secrets, .blocks].contains($0.source) }) else {
            throw try place.required(name).valueError(
                "'\(name)' is kept as a secret ('sluice secret set NAME'), and named here: \"{{ secrets.NAME }}\"")
        }
    }
}

extension ObjectSource: JSONEncodable {
    public var json: JSONValue {
        var place: JSONObject = ["bucket": .string(bucket)]
        place[isOneKey ? "key" : "prefix"] = .string(path)
        let texts = [
            "endpoint": endpoint, "region": region, "access_key": accessKey, "secret_key": secretKey,
            "session_token": sessionToken, "credentials": credentials,
        ]
        for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
            if let text { place[name] = .string(text) }
        }
        if !allowsPrivateHosts { place["allow_private_urls"] = false }
        return .object([store.rawValue: .object(place)])
    }
}
