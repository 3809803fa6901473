import Bundles
import Glibc
import HTTPClient
import JSON
import Testing

@Suite struct BundleTests {
    private static let octets: HTTPHeaders = ["Content-Type": "application/octet-stream"]

    /// A bundle of one file of that many bytes.
    private func pack(_ count: Int) throws -> (digest: String, bytes: [UInt8]) {
        let folder = TemporaryFolder()
        let file = open("\(folder.path)/flow.py", O_WRONLY | O_CREAT, 0o644)
        let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        _ = content.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        close(file)
        let (bundle, bytes) = try BundlePacker().pack(folder.path)
        return (bundle.digest.description, bytes)
    }

    @Test func aBundleGoesInAndComesOut() async throws {
        try await withServer { server in
            let (digest, bytes) = try pack(1 << 20)
            let path = "/api/bundles/\(digest)"
            #expect(try await server.send(.head, path).status == 404)
            let stored = try await server.send(.put, path, .bytes(bytes), Self.octets)
            #expect(stored.status == 201, "\(stored.text)")
            #expect(stored.json == ["digest": .string(digest), "size": .integer(Int64(bytes.count))])
            #expect(try await server.send(.put, path, .bytes(bytes), Self.octets).status == 200)
            let head = try await server.send(.head, path)
            #expect(head.status == 200)
            #expect(head.headers["Content-Length"] == "\(bytes.count)")
            let whole = try await server.session.send(HTTPRequest(.get, server.base + path))
            #expect(whole.body == bytes)
            let reference: JSONValue = ["digest": .string(digest), "size": 1]
            let deployment = try await server.deploy(more: ["execution": ["command": ["true"], "bundle": reference]])
            let deployed = try await server.get("/api/deployments/\(deployment)").json
            #expect(deployed["execution"]?["bundle"]?["digest"] == .string(digest))
        }
    }

    @Test func whatIsNoSoundBundleIsRefused() async throws {
        try await withServer { server in
            let (digest, bytes) = try pack(100)
            let path = "/api/bundles/\(digest)"
            #expect(try await server.send(.put, path, .bytes(Array(bytes.dropLast(512))), Self.octets).status == 422)
            #expect(try await server.send(.put, path, .text("nonsense"), Self.octets).status == 422)
            #expect(try await server.send(.put, path, .bytes(bytes), ["Content-Type": "text/plain"]).status == 415)
            let large = HTTPBody.stream { writer in
                for _ in 0..<65 { try await writer.write([UInt8](repeating: 0, count: 1 << 20)) }
            }
            #expect(try await server.send(.put, path, large, Self.octets).status == 413)
            #expect(try await server.send(.put, "/api/bundles/ABC", .bytes(bytes), Self.octets).status == 422)
            #expect(try await server.send(.head, path).status == 404)
            let missing: JSONValue = ["command": ["true"], "bundle": ["digest": .string(digest), "size": 1]]
            let flow = try await server.post("/api/flows/", ["name": "f"]).json["id"] ?? .null
            let refused = try await server.post(
                "/api/deployments/", ["name": "d", "flow_id": flow, "execution": missing])
            #expect(refused.status == 422)
        }
    }
}
