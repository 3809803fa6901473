import HTTPClient
import JSON
import RESTAPI
import Testing

/// What is refused before any use case is asked, and in which form.
@Suite struct RefusalTests {
    @Test func brokenJSONIsToldInPrefectsForm() async throws {
        try await withServer { server in
            let answer = try await server.send(
                .post, "/api/flows/", .text("{\"name\": }"), ["Content-Type": "application/json"])
            #expect(answer.status == 422)
            #expect(answer.json["exception_message"] == "Invalid request received.")
            #expect(answer.json["exception_detail"]?[0]?["type"] == "json_invalid")
            #expect(answer.json["exception_detail"]?[0]?["loc"]?[0] == "body")
        }
    }

    @Test(
        arguments: [
            (["name": 7], "string_type", ["body", "name"]), ([:], "missing", ["body", "name"]),
            (["name": "x", "tags": "y"], "list_type", ["body", "tags"]),
            (["name": "x", "tags": ["y", 1]], "string_type", ["body", "tags", 1]),
        ] as [(JSONValue, JSONValue, JSONValue)])
    func wrongTypesAreToldWithTheirPlace(_ body: JSONValue, _ type: JSONValue, _ place: JSONValue) async throws {
        try await withServer { server in
            let answer = try await server.post("/api/flows/", body)
            #expect(answer.status == 422)
            #expect(answer.json["exception_detail"]?[0]?["type"] == type)
            #expect(answer.json["exception_detail"]?[0]?["loc"] == place)
            #expect(answer.json["exception_detail"]?[0]?["msg"]?.stringValue != nil)
            #expect(answer.json["request_body"] == body)
        }
    }

    @Test func unknownRoutesAndWrongMethods() async throws {
        try await withServer { server in
            #expect(try await server.get("/api/nothing").detail == "Not Found")
            #expect(try await server.get("/").status == 404)
            let wrong = try await server.send(.put, "/api/flow_runs/x")
            #expect(wrong.status == 405)
            #expect(Set(wrong.headers["Allow"]?.split(separator: ", ") ?? []) == ["GET", "HEAD", "PATCH", "DELETE"])
            #expect(try await server.send(.head, "/api/health").status == 200)
        }
    }

    @Test func aBodyNeedsItsContentType() async throws {
        try await withServer { server in
            let body = HTTPBody.text("{\"name\": \"x\"}")
            let untyped = try await server.send(.post, "/api/flows/", body)
            #expect(untyped.status == 415)
            let form: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded"]
            #expect(try await server.send(.post, "/api/flows/", body, form).status == 415)
            let json: HTTPHeaders = ["Content-Type": "Application/JSON; charset=utf-8"]
            #expect(try await server.send(.post, "/api/flows/", body, json).status == 201)
            #expect(try await server.send(.post, "/api/batches?deployment=a/b", body, json).status == 415)
        }
    }

    @Test func aBodyThatIsTooLargeIsRefusedAndTheServerGoesOn() async throws {
        try await withServer { server in
            let large = [UInt8](repeating: UInt8(ascii: " "), count: 8 << 20 + 1)
            let headers: HTTPHeaders = ["Content-Type": "application/json"]
            let answer = try await server.send(.post, "/api/flows/", .bytes(large), headers)
            #expect(answer.status == 413)
            let streamed = HTTPBody.stream { writer in
                for _ in 0..<20 { try await writer.write([UInt8](repeating: 32, count: 1 << 20)) }
            }
            #expect(try await server.send(.post, "/api/flows/", streamed, headers).status == 413)
            #expect(try await server.get("/api/health").status == 200)
        }
    }

    @Test(arguments: [
        ("127.0.0.1", 200), ("localhost", 200), ("LOCALHOST:80", 200), ("127.9.9.9:1", 200), ("[::1]:4200", 200),
        ("sluice.example", 200), ("public.example:8443", 200), ("evil.example", 403), ("127.0.0.1.evil.example", 403),
        ("10.0.0.1", 403), ("localhost.evil.example", 403),
    ])
    func onlyItsOwnNamesAreAnswered(_ host: String, _ status: Int) async throws {
        try await withServer {
            $0.allowedHosts = ["sluice.example"]
            $0.publicURL = "https://public.example:8443/sluice"
        } _: { server in
            let answer = try await server.send(.get, "/api/health", .none, ["Host": host])
            #expect(answer.status == status)
        }
    }

    @Test(arguments: [
        ("http://127.0.0.1:PORT", 200), ("https://127.0.0.1:PORT", 200), ("https://public.example", 200),
        ("http://evil.example", 403), ("null", 403), ("http://127.0.0.1:1", 403), ("http://localhost:PORT", 403),
    ])
    func onlyItsOwnPagesAreAnswered(_ origin: String, _ status: Int) async throws {
        try await withServer {
            $0.publicURL = "https://public.example"
        } _: { server in
            let own = origin.split(separator: "PORT", omittingEmptySubsequences: false).joined(
                separator: "\(server.port)")
            let answer = try await server.send(.post, "/api/flows/filter", .none, ["Origin": own])
            #expect(answer.status == status)
        }
    }

    @Test(arguments: [
        ("0.8.4", 200), ("0.8.0", 200), ("0.9.9", 200), ("9.9.9", 200), ("0.7.0", 400), ("0.7.99", 400),
        ("garbage", 400), ("0.8", 400), ("0.8.x", 400), ("-1.8.0", 400),
    ])
    func oldClientsAreTold(_ version: String, _ status: Int) async throws {
        try await withServer { server in
            let answer = try await server.send(.get, "/api/health", .none, ["X-PREFECT-API-VERSION": version])
            #expect(answer.status == status)
            if version == "0.7.0" {
                #expect(
                    answer.detail
                        == "The request specified API version 0.7.0 but this server requires version 0.8.0 or higher.")
            }
        }
    }

    @Test func namesInPathsAreDecoded() async throws {
        try await withServer { server in
            let created = try await server.post("/api/flows/", ["name": "my flöw"])
            #expect(created.status == 201)
            #expect(try await server.get("/api/flows/name/my%20fl%C3%B6w").status == 200)
            #expect(try await server.get("/api/flows/name/%ZZ").status == 404)
            #expect(try await server.get("/api/flows/name/%FF").status == 404)
        }
    }
}
