import Bundles
import Domain
import ObjectStorage

/// A bucket: one object, which is an archive, or all objects whose names begin alike, which are the files. What the store
/// calls their versions is the revision.
struct BucketPlace: CodePlace {
    private static let mostObjects = 10_000

    private let source: CodeSource
    private let bucket: any Bucket

    init(_ source: CodeSource, storage: ObjectStorageSession) throws {
        self.source = source
        bucket = try storage.bucket(at: Self.address(of: source))
    }

    private static func address(of source: CodeSource) -> BucketAddress {
        let (name, endpoint) = (source[.bucket] ?? "", source[.endpoint])
        guard source.kind == .s3 else {
            let keys = source[.credentials].map { GoogleKeys.serviceAccount($0) }
            return .google(GoogleAddress(bucket: name, endpoint: endpoint, keys: keys))
        }
        var keys: S3Keys?
        if let accessKey = source[.accessKey], let secretKey = source[.secretKey] {
            keys = S3Keys(accessKey: accessKey, secretKey: secretKey)
        }
        return .s3(S3Address(bucket: name, endpoint: endpoint, region: source[.region], keys: keys))
    }

    private var object: String? { source[source.kind == .s3 ? .key : .object] }
    private var prefix: String { source[.prefix] ?? "" }

    func look(in folder: CodeScratch) async throws -> CodeRevision {
        guard let object else { return revision(of: try await listed()) }
        return try await asking {
            let found = try await bucket.stat(object)
            return revision("\(source.kind == .s3 ? "etag" : "generation"):\(found.revision)", [object])
        }
    }

    func fetch(_ revision: CodeRevision, into folder: CodeScratch) async throws {
        let limit = CodeFetcher.limits.archiveBytes
        guard let object else { return try await fetchAll(revision, into: folder, limit) }
        let version = revision.text.split(separator: ":", maxSplits: 1).last.map(String.init)
        _ = try await asking {
            try await bucket.fetch(object, revision: version, to: folder.archive, limit: limit)
        }
    }

    // MARK: Several objects

    /// Those with a content; some tools make empty ones for folders.
    private func listed() async throws -> [StoredObject] {
        let listing = try await asking {
            try await bucket.list(prefix: prefix, limit: Self.mostObjects)
        }
        guard listing.isComplete else {
            throw CodeFailure(
                "there are more than \(Self.mostObjects) objects with the prefix '\(prefix)'; name a narrower one, or pack them "
                    + "into an archive")
        }
        let files = listing.objects.filter { !$0.key.hasSuffix("/") }
        guard !files.isEmpty else {
            throw CodeFailure("no object in the bucket has a name that begins with '\(prefix)'; see to the 'prefix'")
        }
        return files
    }

    private func fetchAll(
        _ revision: CodeRevision, into folder: CodeScratch, _ limit: Int
    ) async throws {
        let files = try await listed()
        guard self.revision(of: files) == revision else {
            throw CodeFailure("the objects change at this moment; another attempt may find them at rest")
        }
        var left = limit
        let root = "\(folder.path)/objects"
        for file in files {
            let path = "\(root)/\(try Self.name(of: file.key, below: prefix))"
            try Folder.make(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]), mode: 0o700)
            let most = left
            let fetched = try await asking {
                try await bucket.fetch(file.key, revision: file.revision, to: path, limit: most)
            }
            left -= fetched.size
        }
        _ = try await BundlePacker(limits: CodeFetcher.limits).packAside(root, to: folder.archive)
    }

    /// What an object is called as a file: its name from the last slash of the prefix on.
    private static func name(of key: String, below prefix: String) throws -> Substring {
        let folder = prefix.lastIndex(of: "/").map { prefix[...$0] } ?? ""
        let name = key.dropFirst(folder.count)
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }), !name.utf8.contains(0) else {
            throw CodeFailure("the object '\(key)' has a name that no file below a folder can have; rename it")
        }
        return name
    }

    // MARK: Revisions and errors

    private func revision(of files: [StoredObject]) -> CodeRevision {
        var hash = SHA256()
        for file in files { hash.update(Array("\(file.key)\0\(file.revision)\0".utf8)) }
        return revision("objects:\(hash.digest())", [prefix])
    }

    private func revision(_ text: String, _ name: [String]) -> CodeRevision {
        let place = [source.kind.rawValue, source[.endpoint] ?? "", source[.bucket] ?? "", source[.folder] ?? ""]
        return CodeRevision(text, identity: place + name + [text])
    }

    private func asking<Value: Sendable>(
        _ body: () async throws -> Value
    ) async throws -> Value {
        do { return try await body() } catch { throw CodeFailure("\(error)") }
    }
}
