import Domain
import HTTPClient
import ObjectStorage
import Orchestration

/// Looks into buckets for sensors.
struct BucketLister: ObjectLister {
    /// How long a look may take, whatever its pages: others wait for its end.
    private static let patience: Duration = .seconds(60)

    private let anywhere: ObjectStorageSession
    private let publicly: ObjectStorageSession

    init() {
        let http = HTTPSession(userAgent: "sluice-sensor")
        anywhere = ObjectStorageSession(http: http) { SystemClock.now }
        publicly = ObjectStorageSession(http: http, isForPublicHosts: true) { SystemClock.now }
    }

    func objects(at source: ObjectSource, limit: Int) async throws -> SeenObjects {
        let session = source.allowsPrivateHosts ? anywhere : publicly
        let bucket = try session.bucket(at: Self.address(of: source))
        return try await withThrowingTaskGroup(of: SeenObjects?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await look(into: bucket, source, limit: limit) }
            group.addTask {
                try await Task.sleep(for: Self.patience)
                return nil
            }
            guard let seen = try await group.next() ?? nil else { throw SlowStore(url: source.url) }
            return seen
        }
    }

    private func look(into bucket: any Bucket, _ source: ObjectSource, limit: Int) async throws -> SeenObjects {
        guard source.isOneKey else {
            let listing = try await bucket.list(prefix: source.path, limit: limit)
            return SeenObjects(listing.objects.map(Self.seen), isComplete: listing.isComplete)
        }
        do {
            return SeenObjects([Self.seen(try await bucket.stat(source.path))])
        } catch {
            if case .missing = error.cause { return SeenObjects([]) }
            throw error
        }
    }

    private static func seen(_ object: StoredObject) -> SeenObject {
        SeenObject(key: object.key, revision: object.revision, size: object.size, changed: object.changed)
    }

    private static func address(of source: ObjectSource) -> BucketAddress {
        switch source.store {
        case .s3:
            var keys: S3Keys?
            if let access = source.accessKey, let secret = source.secretKey {
                keys = S3Keys(accessKey: access, secretKey: secret, sessionToken: source.sessionToken)
            }
            return .s3(
                S3Address(bucket: source.bucket, endpoint: source.endpoint, region: source.region, keys: keys))
        case .gcs:
            var keys = source.credentials.map { GoogleKeys.serviceAccount($0) }
            if let access = source.accessKey, let secret = source.secretKey {
                keys = .hmac(accessKey: access, secretKey: secret)
            }
            return .google(GoogleAddress(bucket: source.bucket, endpoint: source.endpoint, keys: keys))
        }
    }
}

/// A store whose answer is not complete in time.
private struct SlowStore: Error, CustomStringConvertible {
    let url: String

    var description: String { "\(url) was not listed within 60 seconds; give a longer prefix, or look at the store" }
}
