import Glibc
import HTTPClient
import Testing

@Suite("A request and its whole answer", .timeLimit(.minutes(1)))
struct ExchangeTests {
    private let session = HTTPSession(userAgent: "sluice-test")

    @Test("get: the status, the fields and the body arrive")
    func get() async throws {
        let server = try LoopbackServer { exchange in
            exchange.answer(headers: ["X-Tag: one", "x-tag: two", "X-Empty:"], "\(exchange.method) \(exchange.path)")
            return true
        }
        let response = try await session.send(HTTPRequest(.get, server.url("/runs?limit=3")))
        #expect(response.status == 200)
        #expect(response.isSuccess)
        #expect(response.text == "GET /runs?limit=3")
        #expect(response.headers["X-TAG"] == "one, two")
        #expect(response.headers["x-empty"] == "")
        #expect(response.headers["x-none"] == nil)
    }

    @Test(
        "post: body, length and fields are what was given, and nothing is added but the agent's name",
        arguments: [
            [], Array("{\"month\": 3}".utf8), [UInt8](repeating: 0, count: 3_000_000),
        ])
    func post(body: [UInt8]) async throws {
        let server = try LoopbackServer { exchange in
            let fields = exchange.headers.keys.sorted().joined(separator: " ")
            exchange.answer("201 Created", headers: ["X-Fields: \(fields)"], "\(exchange.body()?.count ?? -1)")
            return true
        }
        let request = HTTPRequest(.post, server.url(), headers: ["X-Run": "a b", "X-Void": ""], body: .bytes(body))
        let response = try await session.send(request)
        #expect(response.status == 201)
        #expect(response.text == "\(body.count)")
        #expect(response.headers["X-Fields"] == "accept content-length host user-agent x-run x-void")
    }

    @Test(
        "every method goes out under its own name, with or without a body",
        arguments: [
            HTTPMethod.get, .head, .post, .put, .patch, .delete,
        ])
    func methods(method: HTTPMethod) async throws {
        let server = try LoopbackServer { exchange in
            let body = exchange.body().map { String(decoding: $0, as: UTF8.self) } ?? "cut off"
            exchange.answer(headers: ["X-Seen: \(exchange.method) [\(body)]"], "answer")
            return true
        }
        let plain = try await session.send(HTTPRequest(method, server.url()))
        #expect(plain.headers["X-Seen"] == "\(method.rawValue) []")
        #expect(plain.text == (method == .head ? "" : "answer"))
        guard method != .head, method != .get else { return }
        let full = try await session.send(HTTPRequest(method, server.url(), body: .text("größer")))
        #expect(full.headers["X-Seen"] == "\(method.rawValue) [größer]")
    }

    @Test("an error status is an answer with a body", arguments: ["404 Not Found", "422 Bad", "500 Oops", "302 Found"])
    func errorStatus(status: String) async throws {
        let server = try LoopbackServer { exchange in
            exchange.answer(status, headers: ["Location: /elsewhere"], "{\"detail\": \"why\"}")
            return true
        }
        let response = try await session.send(HTTPRequest(.get, server.url()))
        #expect("\(response.status)" == status.prefix(3))
        #expect(!response.isSuccess)
        #expect(response.text == "{\"detail\": \"why\"}")
        #expect(server.connections == 1)
    }

    @Test("interim answers are passed over")
    func interim() async throws {
        let server = try LoopbackServer { exchange in
            exchange.send("HTTP/1.1 103 Early Hints\r\nX-Hint: 1\r\n\r\n")
            exchange.answer(headers: ["X-Real: 1"], "done")
            return true
        }
        let response = try await session.send(HTTPRequest(.get, server.url()))
        #expect(response.status == 200)
        #expect(response.headers["X-Hint"] == nil)
        #expect(response.headers["X-Real"] == "1")
    }

    @Test("authorization")
    func authorization() async throws {
        let server = try LoopbackServer { exchange in
            exchange.answer("200 OK", exchange.headers["authorization"] ?? "none")
            return true
        }
        let basic = HTTPAuthorization.basic(user: "Aladdin", password: "open sesame")
        let expected: [(HTTPAuthorization?, String)] = [
            (nil, "none"), (.bearer("t0ken"), "Bearer t0ken"), (basic, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ]
        for (authorization, seen) in expected {
            let request = HTTPRequest(.get, server.url(), authorization: authorization)
            #expect(try await session.send(request).text == seen)
        }
    }

    @Test("fields that would break out of their line are refused before anything is sent")
    func headerInjection() async throws {
        let broken = [("X-A\r\nX-B", "1"), ("X-A", "1\r\nX-B: 2"), ("", "1"), ("X A", "1"), ("X-A", "1\u{0}2")]
        for (name, value) in broken {
            var request = HTTPRequest(.get, "http://127.0.0.1:1/")
            request.headers[name] = value
            await #expect { try await session.send(request) } throws: { error in
                if case .invalidHeader(name) = error as? HTTPClientError { true } else { false }
            }
        }
        let request = HTTPRequest(.get, "http://127.0.0.1:1/", authorization: .bearer("a\nb"))
        await #expect(throws: HTTPClientError.self) { try await session.send(request) }
    }

    @Test("one connection serves request after request, and many at once get one each")
    func reuse() async throws {
        let server = try LoopbackServer { exchange in
            exchange.answer("200 OK", exchange.body().map { "\($0.count)" } ?? "cut off")
            return true
        }
        for count in 0..<20 {
            let body = [UInt8](repeating: 7, count: count)
            #expect(try await session.send(HTTPRequest(.post, server.url(), body: .bytes(body))).text == "\(count)")
        }
        #expect(server.connections == 1)
        try await withThrowingTaskGroup { group in
            for _ in 0..<50 {
                group.addTask { try await session.send(HTTPRequest(.get, server.url())).status }
            }
            for try await status in group {
                #expect(status == 200)
            }
        }
    }

    @Test("a proxy of the environment is not asked for this machine, and is for others")
    func proxy() async {
        // In a process of its own, since the environment belongs to all tests.
        await #expect(processExitsWith: .success) {
            let proxy = try LoopbackServer { exchange in
                exchange.answer("200 OK", "proxy")
                return true
            }
            let server = try LoopbackServer { exchange in
                exchange.answer("200 OK", "server")
                return true
            }
            setenv("http_proxy", proxy.url(), 1)
            let session = HTTPSession()
            for host in ["127.0.0.1", "localhost", "LOCALHOST"] {
                let response = try await session.send(HTTPRequest(.get, "http://\(host):\(server.port)/"))
                #expect(response.text == "server")
            }
            #expect(try await session.send(HTTPRequest(.get, "http://elsewhere.invalid/")).text == "proxy")
        }
    }
}
