import Domain
import HTTPClient
import JSON
import Synchronization
import TestSupport
import Testing

@testable import ObjectStorage

/// Against an emulator from PyPI, and where that does not go (pages, tokens) against answers that are made up.
@Suite(.timeLimit(.minutes(2))) struct GoogleTests {
    private static let oddKeys = [
        "plain", "a b", "a+b", "a=b&c=d", "ünï/日本語/🚀", "x/y/z", "q?r#s", "per%20cent%", "<&>'",
    ]

    @Test func everyOddKeyIsListedToldOfAndFetched() async throws {
        let stores = try ObjectStores.shared()
        try await send("\(stores.google)/storage/v1/b", #"{"name": "odd"}"#)
        for key in Self.oddKeys {
            let query = URLText.query(["uploadType": "media", "name": key])
            try await send(
                "\(stores.google)/upload/storage/v1/b/odd/o?\(query)", "content of \(key)", type: "text/plain")
        }
        let bucket = try open(.google(GoogleAddress(bucket: "odd", endpoint: stores.google)))
        let listing = try await bucket.list(prefix: "", limit: 100)
        #expect(listing.isComplete && Set(listing.objects.map(\.key)) == Set(Self.oddKeys))
        for object in listing.objects {
            #expect(try await bucket.stat(object.key) == object)
            let file = try ScratchFile()
            let fetched = try await bucket.fetch(object.key, revision: object.revision, to: file.path, limit: 100)
            #expect(fetched == object)
            #expect(String(decoding: file.bytes, as: UTF8.self) == "content of \(object.key)")
        }
        let some = try await bucket.list(prefix: "a", limit: 2)
        #expect(some.objects.count == 2 && !some.isComplete)
        let missing = await failure { () throws(ObjectStorageError) in try await bucket.stat("missing") }
        guard case .missing = missing?.cause else { return #expect(missing?.cause == .missing("")) }
    }

    @Test func aTokenIsHadOnceForSeveralRequests() async throws {
        let server = try CannedServer { request in
            request.path == "/token"
                ? CannedAnswer(200, #"{"access_token": "lent", "expires_in": 3600, "token_type": "Bearer"}"#)
                : CannedAnswer(200, #"{"items": [{"name": "a", "generation": "7", "size": "3"}]}"#)
        }
        let root = "http://127.0.0.1:\(server.port)"
        let keys = GoogleKeys.serviceAccount(SampleAccount.file(tokenURL: "\(root)/token"))
        let bucket = try open(.google(GoogleAddress(bucket: "b", endpoint: root, keys: keys)))
        for _ in 0..<2 {
            let listing = try await bucket.list(prefix: "a b", limit: 10)
            let only = StoredObject(key: "a", revision: "7", size: 3, changed: nil)
            #expect(listing == ObjectListing(objects: [only], isComplete: true))
        }
        #expect(server.requests.map(\.method) == ["POST", "GET", "GET"])
        let asked = try #require(server.requests.first)
        #expect(asked.body.hasPrefix("assertion=ey"))
        #expect(asked.body.hasSuffix("&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"))
        #expect(server.requests.dropFirst().allSatisfy { $0.headers["authorization"] == "Bearer lent" })
        #expect(server.requests.last?.path.contains("prefix=a%20b") == true)
    }

    @Test func theAssertionIsWhatOpenSSLsProgramMakes() throws {
        let place = ObjectPlace(scheme: "gs", bucket: "b", endpoint: "")
        let account = try ServiceAccountKey(parsing: SampleAccount.file(), at: place)
        #expect(try account.assertion(at: .sample, for: place) == SampleAccount.assertion)
    }

    @Test(arguments: ["", "{}", #"{"client_email": "a"}"#, SampleAccount.file(privateKey: "no key")])
    func keysThatAreNoneAreToldOf(_ text: String) async throws {
        let error = await failure { () throws(ObjectStorageError) in
            try await open(.google(GoogleAddress(bucket: "b", keys: .serviceAccount(text)))).stat("a")
        }
        guard case .invalid = error?.cause else { return #expect(error?.cause == .invalid("")) }
        #expect(error?.description.contains("service account's key") == true)
    }

    @Test func aRefusedAccountIsDenied() async throws {
        let server = try CannedServer { _ in
            CannedAnswer(400, #"{"error": "invalid_grant", "error_description": "Invalid JWT Signature."}"#)
        }
        let root = "http://127.0.0.1:\(server.port)"
        let keys = GoogleKeys.serviceAccount(SampleAccount.file(tokenURL: "\(root)/token"))
        let error = await failure { () throws(ObjectStorageError) in
            try await open(.google(GoogleAddress(bucket: "b", endpoint: root, keys: keys))).list(prefix: "", limit: 1)
        }
        #expect(
            error?.cause == .denied("no token from \(root)/token: 400 invalid_grant: Invalid JWT Signature."))
        #expect(error?.description.contains("PRIVATE KEY") == false)
    }

    @Test func pagesAreFollowedToTheirEnd() async throws {
        let server = try CannedServer { request in
            let isSecond = request.path.contains("pageToken=next%2B1")
            return CannedAnswer(
                200,
                isSecond
                    ? #"{"items": [{"name": "b", "generation": "2", "size": "1", "updated": "2026-01-02T03:04:05.000Z"}]}"#
                    : #"{"nextPageToken": "next+1", "items": [{"name": "a", "generation": "1", "size": "1"}]}"#)
        }
        let bucket = try open(.google(GoogleAddress(bucket: "b", endpoint: "http://127.0.0.1:\(server.port)")))
        let listing = try await bucket.list(prefix: "", limit: 100)
        #expect(listing.isComplete && listing.objects.map(\.key) == ["a", "b"])
        #expect(listing.objects.last?.changed == .sample)
        #expect(server.requests.count == 2 && server.requests[0].headers["authorization"] == nil)
    }

    @Test func whatChangesBetweenTheTwoQuestionsIsToldOf() async throws {
        let server = try CannedServer { request in
            request.path.contains("alt=media")
                ? CannedAnswer(404, "") : CannedAnswer(200, #"{"name": "a", "generation": "1", "size": "1"}"#)
        }
        let bucket = try open(.google(GoogleAddress(bucket: "b", endpoint: "http://127.0.0.1:\(server.port)")))
        let file = try ScratchFile()
        for revision in [nil, "0"] {
            let error = await failure { () throws(ObjectStorageError) in
                try await bucket.fetch("a", revision: revision, to: file.path, limit: 1)
            }
            #expect(error?.cause == .changed && !file.exists)
        }
    }

    @Test func anHMACKeySpeaksAmazonsLanguage() async throws {
        let server = try CannedServer { _ in CannedAnswer(200, "<ListBucketResult/>", type: "application/xml") }
        let keys = GoogleKeys.hmac(accessKey: "GOOG1E", secretKey: "secret")
        let address = GoogleAddress(bucket: "b", endpoint: "http://127.0.0.1:\(server.port)", keys: keys)
        _ = try await open(.google(address)).list(prefix: "", limit: 1)
        let sent = try #require(server.requests.first)
        #expect(sent.path.hasPrefix("/b?"))
        #expect(sent.headers["authorization"]?.contains("Credential=GOOG1E/") == true)
        #expect(sent.headers["authorization"]?.contains("/auto/s3/aws4_request") == true)
    }

    private func send(_ url: String, _ body: String, type: String = "application/json") async throws {
        let request = HTTPRequest(.post, url, headers: ["Content-Type": type], body: .text(body))
        let response = try await HTTPSession().send(request)
        try #require(response.isSuccess || response.status == 409, "\(response.status) \(response.text)")
    }
}
