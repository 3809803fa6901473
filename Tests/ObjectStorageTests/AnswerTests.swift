import Domain
import HTTPClient
import TestSupport
import Testing

@testable import ObjectStorage

/// What stores answer that moto does not, and what is wrong with addresses.
@Suite(.timeLimit(.minutes(1))) struct AnswerTests {
    private func bucket(_ answer: CannedAnswer) throws -> (any Bucket, CannedServer) {
        let server = try CannedServer { _ in answer }
        return (try open(.s3(S3Address(bucket: "b", endpoint: "http://127.0.0.1:\(server.port)/"))), server)
    }

    @Test func keysThatAreNotEncodedAreTakenAsTheyAre() async throws {
        let (bucket, server) = try bucket(
            CannedAnswer(
                200,
                """
                <?xml version="1.0" encoding="UTF-8"?>
                <!-- of a store that knows no encoding -->
                <s:ListBucketResult xmlns:s="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name>
                <IsTruncated>false</IsTruncated><Contents><Key>a+b &amp; &#x1F680;<![CDATA[<c>]]></Key><Size>5</Size>
                <ETag>&quot;abc-2&quot;</ETag><LastModified>2026-01-02T03:04:05.000Z</LastModified><Owner/></Contents>
                </s:ListBucketResult>
                """))
        let listing = try await bucket.list(prefix: "", limit: 10)
        let only = StoredObject(key: "a+b & 🚀<c>", revision: "abc-2", size: 5, changed: .sample)
        #expect(listing == ObjectListing(objects: [only], isComplete: true))
        #expect(server.requests.first?.headers["authorization"] == nil)
        #expect(server.requests.first?.path == "/b?encoding-type=url&list-type=2&max-keys=10&prefix=")
    }

    @Test(
        arguments: [
            "", "no XML", "<a>", "<a></b>", "<a/><b/>", "<a>&unknown;</a>", "<a>&#0;</a>", "<a b></a>", "<a b=c/>",
            #"<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>"#, "<a><!ENTITY b 'c'></a>", "<a>\u{1}&", "<", "<a", "<a b=\"",
            String(repeating: "<a>", count: 100_000), "<Error><Code>x</Code></Error>",
            "<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>",
            "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
            "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>same</NextContinuationToken>"
                + "</ListBucketResult>",
        ])
    func whatIsNoListingIsToldOf(_ text: String) async throws {
        let (bucket, server) = try bucket(CannedAnswer(200, text))
        let error = await failure { () throws(ObjectStorageError) in try await bucket.list(prefix: "", limit: 10) }
        guard case .unreadable = error?.cause else { return #expect(error?.cause == .unreadable("")) }
        #expect(server.requests.count <= 2)
    }

    @Test func otherAnswersSayWhatToDo() async throws {
        let cases: [(CannedAnswer, ObjectStorageError.Cause)] = [
            (
                CannedAnswer(301, "<Error><Code>PermanentRedirect</Code><Region>eu-west-1</Region></Error>"),
                .elsewhere(region: "eu-west-1")
            ),
            (CannedAnswer(307, ""), .elsewhere(region: nil)),
            (
                CannedAnswer(400, "<Error><Code>AuthorizationHeaderMalformed</Code><Region>us-west-2</Region></Error>"),
                .elsewhere(region: "us-west-2")
            ),
            (
                CannedAnswer(400, "<Error><Code>ExpiredToken</Code><Message>It is old.</Message></Error>"),
                .denied("ExpiredToken: It is old.")
            ),
            (CannedAnswer(503, "<Error><Code>SlowDown</Code></Error>"), .refused(status: 503, "SlowDown")),
            (CannedAnswer(500, "oops"), .refused(status: 500, "")),
            (CannedAnswer(404, "<Error><Code>NoSuchBucket</Code></Error>"), .missing("NoSuchBucket")),
        ]
        for (answer, cause) in cases {
            let (bucket, server) = try bucket(answer)
            let error = await failure { () throws(ObjectStorageError) in try await bucket.list(prefix: "", limit: 1) }
            #expect(error?.cause == cause)
            #expect(error?.description.contains("s3://b at http://127.0.0.1:\(server.port)") == true)
        }
    }

    @Test func pagesAreFollowedToTheirEnd() async throws {
        let server = try CannedServer { request in
            let isSecond = request.path.contains("continuation-token=next%2B1%3D%3D")
            let (key, more) = isSecond ? ("b", "") : ("a", "<NextContinuationToken>next+1==</NextContinuationToken>")
            return CannedAnswer(
                200,
                """
                <ListBucketResult><IsTruncated>\(!isSecond)</IsTruncated>\(more)<Contents><Key>\(key)</Key><Size>1</Size>\
                <ETag>"x"</ETag></Contents></ListBucketResult>
                """)
        }
        let bucket = try open(.s3(S3Address(bucket: "b", endpoint: "http://127.0.0.1:\(server.port)")))
        let listing = try await bucket.list(prefix: "", limit: 2000)
        #expect(listing.isComplete && listing.objects.map(\.key) == ["a", "b"])
        #expect(server.requests.map { $0.path.contains("max-keys=1000") } == [true, true])
    }

    @Test func whoIsNotReachedIsToldOfAsSuch() async throws {
        let closed = try ClosedPort()
        let address = BucketAddress.s3(S3Address(bucket: "b", endpoint: "http://127.0.0.1:\(closed.port)"))
        let error = await failure { () throws(ObjectStorageError) in try await open(address).stat("k") }
        guard case .unreachable = error?.cause else { return #expect(error?.cause == .unreachable("")) }
        #expect(error?.isTransient == true)
    }

    @Test func onlyPublicHostsAreAskedIfThatIsWanted() async throws {
        let server = try CannedServer { _ in CannedAnswer(200, "") }
        let address = BucketAddress.s3(S3Address(bucket: "b", endpoint: "http://127.0.0.1:\(server.port)"))
        let error = await failure { () throws(ObjectStorageError) in
            try await open(address, isForPublicHosts: true).stat("k")
        }
        #expect(error?.cause == .privateHost("127.0.0.1") && server.requests.isEmpty)
    }

    @Test func anAnswerThatIsCutOffLeavesNoFile() async throws {
        let (bucket, _) = try bucket(CannedAnswer(200, "half", isCutOff: true))
        let file = try ScratchFile()
        let error = await failure { () throws(ObjectStorageError) in
            try await bucket.fetch("k", revision: nil, to: file.path, limit: 100)
        }
        guard case .unreachable = error?.cause else { return #expect(error?.cause == .unreachable("")) }
        #expect(!file.exists)
    }

    @Test(
        arguments: [
            S3Address(bucket: "a/b"), S3Address(bucket: ""), S3Address(bucket: "evil.example#"),
            S3Address(bucket: "b", region: "eu:west"), S3Address(bucket: "b", region: ""),
            S3Address(bucket: "b", endpoint: "minio:9000"), S3Address(bucket: "b", endpoint: "http://user@host"),
            S3Address(bucket: "b", endpoint: "file:///etc"), S3Address(bucket: "b", endpoint: "http://host?x"),
            S3Address(bucket: "b", keys: S3Keys(accessKey: "a", secretKey: "")),
        ])
    func addressesThatAreNoneAreRefused(_ address: S3Address) async {
        let error = await failure { () throws(ObjectStorageError) in
            try await open(.s3(address)).list(prefix: "", limit: 1)
        }
        guard case .invalid = error?.cause else { return #expect(error?.cause == .invalid("")) }
    }

    @Test func anyBytesAreReadOrRefused() {
        for length in 0..<400 {
            // Of the characters that mean something, in an order that repeats late.
            let marks = Array("<a>/ !-?[]&;\"'=#x".utf8)
            let bytes = (0..<length).map { marks[($0 * $0 * 7 + $0 * length + length) % marks.count] }
            _ = try? XMLNode(parsing: bytes)
        }
    }
}
