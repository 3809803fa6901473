import HTTPClient
import TestSupport
import Testing

/// Requests that are signed in Amazon's way, against what botocore computes for the same.
@Suite struct SignatureTests {
    private static let path = "/bucket/a%20b%2Bc%3Dd/%C3%BC%23%3F%26/./x"
    private static let query = "/bucket?encoding-type=url&list-type=2&max-keys=7&prefix=a%20b%2F%2B%3D%C3%BC"

    /// Made by botocore 1.43 (`S3SigV4Auth`) of these keys, this path, host and time, and no body.
    @Test(
        arguments: [
            (path, nil, "82c078ee7f0d5dd2df61e577dfb0917138304a9f866cdd9fdc366d3e98418fc8"),
            (query, nil, "3685a4994c8759e28b2af068dce92d64b76e0fd045eacbe2926ac1668e1d61f2"),
            (path, "IQoJ/+token==", "4e80ec0ea83b6910ac56e1be48eae4936dbd8dbe5f251727126b56463d60c605"),
            (query, "IQoJ/+token==", "c2337ebb7a3f647415830f665711c132573b5dfdc71a430598f0fce10854b084"),
        ] as [(String, String?, String)])
    func signaturesAreThoseOfBotocore(_ path: String, _ token: String?, _ signature: String) async throws {
        let server = try CannedServer { _ in CannedAnswer(200, "") }
        var request = HTTPRequest(.get, "http://127.0.0.1:\(server.port)\(path)")
        request.headers = ["Host": "minio.example:9000", "X-Amz-Date": "20260102T030405Z"]
        request.authorization = .awsV4(
            AWSSignature(
                accessKey: "AKIDEXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", sessionToken: token,
                region: "eu-central-1"))
        request.keepsDotSegments = true
        _ = try await HTTPSession(userAgent: "tests").send(request)
        let sent = try #require(server.requests.first)
        #expect(sent.path == path)
        #expect(sent.headers["user-agent"] == "tests")
        #expect(sent.headers["x-amz-security-token"] == token)
        let names = "host;x-amz-content-sha256;x-amz-date\(token == nil ? "" : ";x-amz-security-token")"
        #expect(
            sent.headers["authorization"] == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/eu-central-1/s3/"
                + "aws4_request, SignedHeaders=\(names), Signature=\(signature)")
    }

    @Test func aBodyIsSentUnsigned() async throws {
        let server = try CannedServer { _ in CannedAnswer(200, "") }
        let keys = AWSSignature(accessKey: "key", secretKey: "secret", region: "us-east-1")
        _ = try await HTTPSession().send(
            HTTPRequest(.put, "http://127.0.0.1:\(server.port)/b/k", authorization: .awsV4(keys), body: .text("text")))
        let sent = try #require(server.requests.first)
        #expect(sent.headers["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD" && sent.body == "text")
        #expect(sent.headers["content-type"] == "application/octet-stream")
    }

    @Test func keysAreNotInItsText() {
        let keys = AWSSignature(accessKey: "AKID", secretKey: "hidden", sessionToken: "token", region: "eu-west-1")
        #expect("\(keys)" == "AWS signature for s3 in eu-west-1")
        #expect(!String(reflecting: keys).contains("hidden"))
    }

    @Test func pathsWithDotsAreResolvedUnlessTheyAreKept() async throws {
        let server = try CannedServer { _ in CannedAnswer(200, "") }
        for keeps in [false, true] {
            var request = HTTPRequest(.get, "http://127.0.0.1:\(server.port)/a/../b/./c")
            request.keepsDotSegments = keeps
            _ = try await HTTPSession().send(request)
        }
        #expect(server.requests.map(\.path) == ["/b/c", "/a/../b/./c"])
    }
}
