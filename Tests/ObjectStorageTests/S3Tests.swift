import HTTPClient
import TestSupport
import Testing

@testable import ObjectStorage

/// Against moto's server, which checks each signature and the rights of whom it belongs to.
@Suite(.timeLimit(.minutes(2))) struct S3Tests {
    /// Keys with what URLs, forms, signatures and XML treat specially.
    private static let oddKeys = [
        "plain", "a b", "a+b", "a=b&c=d", "año/ünï/日本語/🚀", "x/y//z", "per%20cent%", "q?r#s", "<tag>&amp;'\"",
        "~t-u_v.w",
        "[brackets]{braces}", "semi;colon:at@", "back\\slash|pipe^", "ends with slash/", "$dollar,comma!*()",
    ]

    @Test func everyOddKeyIsListedToldOfAndFetched() async throws {
        let store = try S3Stage("odd-keys")
        for key in Self.oddKeys { try await store.put(key, "content of \(key)") }
        let bucket = try store.bucket()
        let listing = try await bucket.list(prefix: "", limit: 1000)
        #expect(listing.isComplete)
        #expect(Set(listing.objects.map(\.key)) == Set(Self.oddKeys))
        for object in listing.objects {
            let told = try await bucket.stat(object.key)
            #expect(told.revision == object.revision && told.size == object.size, "\(object.key)")
            #expect(told.changed != nil && object.changed != nil)
            let file = try ScratchFile()
            let fetched = try await bucket.fetch(object.key, revision: object.revision, to: file.path, limit: 1000)
            #expect(fetched.revision == object.revision && fetched.size == object.size)
            #expect(String(decoding: file.bytes, as: UTF8.self) == "content of \(object.key)")
        }
        for key in Self.oddKeys {
            let found = try await bucket.list(prefix: key, limit: 10)
            #expect(found.objects.contains { $0.key == key }, "\(key)")
        }
    }

    @Test func aListingHasSomePagesAndABound() async throws {
        let store = try S3Stage("pages")
        for number in 0..<12 { try await store.put("in/\(number + 10)", "x") }
        try await store.put("out", "x")
        let bucket = try store.bucket()
        let all = try await bucket.list(prefix: "in/", limit: 12)
        #expect(all.isComplete && all.objects.map(\.key) == (10..<22).map { "in/\($0)" })
        let some = try await bucket.list(prefix: "in/", limit: 5)
        #expect(!some.isComplete && some.objects.map(\.key) == (10..<15).map { "in/\($0)" })
        #expect(try await bucket.list(prefix: "none", limit: 5) == ObjectListing(objects: [], isComplete: true))
    }

    @Test func whoIsDeniedAndWhatIsMissingAreToldApart() async throws {
        let store = try S3Stage("denied")
        try await store.put("there", "content")
        for keys in [
            S3Keys(accessKey: store.stores.accessKey, secretKey: "wrong-\(store.stores.secretKey)"),
            S3Keys(accessKey: "AKIDNOBODY", secretKey: store.stores.secretKey),
        ] {
            let bucket = try store.bucket(keys: keys)
            for denied in [
                await failure { () throws(ObjectStorageError) in try await bucket.list(prefix: "", limit: 1) },
                await failure { () throws(ObjectStorageError) in try await bucket.stat("there") },
            ] {
                guard case .denied = denied?.cause else {
                    Issue.record("\(denied.map(String.init(describing:)) ?? "")")
                    continue
                }
                let text = denied?.description ?? ""
                #expect(text.contains("s3://\(store.name)") && text.contains(store.stores.s3) && text.contains("keys"))
                #expect(!text.contains(store.stores.secretKey) && !text.contains("wrong-"))
                #expect(denied?.isTransient == false)
            }
        }
        let bucket = try store.bucket()
        for missing in [
            await failure { () throws(ObjectStorageError) in try await bucket.stat("missing") },
            await failure { () throws(ObjectStorageError) in
                try await bucket.fetch("missing", revision: nil, to: "/tmp/sluice-never", limit: 1)
            },
            await failure { () throws(ObjectStorageError) in
                try await store.bucket(named: "no-such-bucket").list(prefix: "", limit: 1)
            },
        ] {
            guard case .missing = missing?.cause else {
                Issue.record("\(missing.map(String.init(describing:)) ?? "")")
                continue
            }
        }
    }

    @Test func aFileIsWrittenWholeWithinItsBoundOrNotAtAll() async throws {
        let store = try S3Stage("bounds")
        let content = String(repeating: "0123456789abcdef", count: 1 << 16)
        try await store.put("large", content)
        let bucket = try store.bucket()
        let file = try ScratchFile()
        let large = await failure { () throws(ObjectStorageError) in
            try await bucket.fetch("large", revision: nil, to: file.path, limit: content.utf8.count - 1)
        }
        #expect(large?.cause == .tooLarge(limit: content.utf8.count - 1) && !file.exists)
        let fetched = try await bucket.fetch("large", revision: nil, to: file.path, limit: content.utf8.count)
        #expect(fetched.size == content.utf8.count && file.bytes == Array(content.utf8))
        try await store.put("large", "another")
        let changed = await failure { () throws(ObjectStorageError) in
            try await bucket.fetch("large", revision: fetched.revision, to: file.path, limit: 100)
        }
        #expect(changed?.cause == .changed)
    }
}

/// A bucket of its own in moto's server.
struct S3Stage {
    let stores: ObjectStores
    let name: String
    private let http = HTTPSession()

    init(_ name: String) throws {
        stores = try ObjectStores.shared()
        self.name = name
    }

    func bucket(named name: String? = nil, keys: S3Keys? = nil) throws(ObjectStorageError) -> any Bucket {
        let keys = keys ?? S3Keys(accessKey: stores.accessKey, secretKey: stores.secretKey)
        return try open(.s3(S3Address(bucket: name ?? self.name, endpoint: stores.s3, keys: keys)))
    }

    func put(_ key: String, _ content: String) async throws {
        try await send(.put, "/\(name)", .none)
        try await send(.put, "/\(name)/\(URLText.encode(key, keeping: "/"))", .text(content))
    }

    private func send(_ method: HTTPMethod, _ path: String, _ body: HTTPBody) async throws {
        let signature = AWSSignature(accessKey: stores.accessKey, secretKey: stores.secretKey, region: "us-east-1")
        let response = try await http.send(
            HTTPRequest(method, "\(stores.s3)\(path)", authorization: .awsV4(signature), body: body))
        try #require(response.isSuccess, "\(response.status) \(response.text)")
    }
}
