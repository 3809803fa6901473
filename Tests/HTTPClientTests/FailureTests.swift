import Glibc
import HTTPClient
import Testing

@Suite("What goes wrong has a name", .timeLimit(.minutes(1)))
struct FailureTests {
    private let session = HTTPSession()

    private func failure(of request: HTTPRequest) async -> HTTPClientError? {
        do {
            _ = try await session.send(request)
            return nil
        } catch {
            return error
        }
    }

    @Test("a port where nobody listens")
    func refused() async throws {
        let (descriptor, port) = try listen()
        close(descriptor)
        let error = await failure(of: HTTPRequest(.get, "http://127.0.0.1:\(port)/"))
        guard case .unreachable(let url, let reason) = error else { return #expect(Bool(false), "\(error as Any)") }
        #expect(url == "http://127.0.0.1:\(port)/")
        #expect(reason.contains("\(port)"))
    }

    @Test("a name that nobody has")
    func unknownName() async throws {
        guard case .unreachable = await failure(of: HTTPRequest(.get, "http://no-such-host.invalid/")) else {
            return #expect(Bool(false))
        }
    }

    @Test(
        "what is no URL to ask",
        arguments: [
            "", "127.0.0.1:4200", "ftp://127.0.0.1/", "file:///etc/passwd", "http://", "http://a b/", "http://[::1/",
            "/api", "http://127.0.0.1:99999/",
        ])
    func invalidURL(url: String) async {
        guard case .invalidURL(url, _) = await failure(of: HTTPRequest(.get, url)) else { return #expect(Bool(false)) }
    }

    @Test("TLS with a server that speaks none")
    func tls() async throws {
        let server = try LoopbackServer { $0.send("HTTP/1.1 400 Bad Request\r\n\r\n") && false }
        let error = await failure(of: HTTPRequest(.get, "https://127.0.0.1:\(server.port)/"))
        guard case .tls = error else { return #expect(Bool(false), "\(error as Any)") }
    }

    @Test(
        "an answer that is cut off, is none, or is none at all",
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "garbage\r\n\r\n", "HTTP/1.1 200 OK\r\nX-A",
            "",
        ])
    func interrupted(answer: String) async throws {
        let server = try LoopbackServer { $0.send(answer) && false }
        let error = await failure(of: HTTPRequest(.post, server.url()))
        guard case .interrupted = error else { return #expect(Bool(false), "\(error as Any)") }
    }

    @Test(
        "silence: the idle limit, before the head and within the body", arguments: ["", "HTTP/1.1 200 OK\r\n\r\nabc"])
    func idle(answer: String) async throws {
        let server = try LoopbackServer { exchange in
            exchange.send(answer)
            exchange.waitForClose()
            exchange.note("closed")
            return false
        }
        let timeouts = HTTPTimeouts(idle: .milliseconds(50))
        let error = await failure(of: HTTPRequest(.get, server.url(), timeouts: timeouts))
        guard case .timedOut(_, .idle) = error else { return #expect(Bool(false), "\(error as Any)") }
        #expect(await server.nextNote() == "closed")
    }

    @Test("the total limit holds though bytes keep coming")
    func total() async throws {
        let server = try LoopbackServer { exchange in
            exchange.beginChunks()
            while exchange.chunk("drip\n") { usleep(1000) }
            return false
        }
        let timeouts = HTTPTimeouts(total: .milliseconds(100), idle: .seconds(30))
        let error = await failure(of: HTTPRequest(.get, server.url(), timeouts: timeouts))
        guard case .timedOut(_, .total) = error else { return #expect(Bool(false), "\(error as Any)") }
    }

    @Test("a host that does not answer the connection")
    func connect() async throws {
        // Nobody accepts: the queue takes one connection, and Linux leaves the next ones without an answer.
        let (descriptor, port) = try listen(backlog: 0)
        defer { close(descriptor) }
        let timeouts = HTTPTimeouts(connect: .milliseconds(100), total: .milliseconds(200))
        for _ in 0..<10 {
            let error = await failure(of: HTTPRequest(.get, "http://127.0.0.1:\(port)/", timeouts: timeouts))
            if case .timedOut(_, .connect) = error { return }
        }
        Issue.record("every connection was answered")
    }

    @Test("a POST on a kept connection that dies unanswered is not sent twice; a GET is")
    func repetition() async throws {
        let server = try LoopbackServer { exchange in
            exchange.note("\(exchange.method) \(exchange.path)")
            guard exchange.path != "/die" else { return false }
            exchange.answer("200 OK", "fine")
            return true
        }
        _ = try await session.send(HTTPRequest(.get, server.url("/1")))
        #expect(await server.nextNote() == "GET /1")
        let error = await failure(of: HTTPRequest(.post, server.url("/die")))
        guard case .interrupted = error else { return #expect(Bool(false), "\(error as Any)") }
        #expect(await server.nextNote() == "POST /die")

        _ = try await session.send(HTTPRequest(.get, server.url("/2")))
        #expect(await server.nextNote() == "GET /2")
        _ = await failure(of: HTTPRequest(.get, server.url("/die")))
        #expect(await server.nextNote() == "GET /die")
        #expect(await server.nextNote() == "GET /die")
    }

    @Test("cancelling the task closes the connection")
    func cancellation() async throws {
        let server = try LoopbackServer { exchange in
            exchange.note("asked")
            exchange.waitForClose()
            exchange.note("closed")
            return false
        }
        let request = HTTPRequest(.get, server.url())
        let sending = Task { await failure(of: request) }
        #expect(await server.nextNote() == "asked")
        sending.cancel()
        guard case .cancelled = await sending.value else { return #expect(Bool(false)) }
        #expect(await server.nextNote() == "closed")
    }

    @Test("errors read as sentences that name the address")
    func wording() {
        let url = "http://127.0.0.1:4200/api"
        let errors: [HTTPClientError] = [
            .unreachable(url: url, reason: "r"), .tls(url: url, reason: "r"), .interrupted(url: url, reason: "r"),
            .timedOut(url: url, .connect), .timedOut(url: url, .total), .timedOut(url: url, .idle),
            .invalidURL(url, reason: "r"),
        ]
        #expect(errors.allSatisfy { "\($0)".contains(url) })
        #expect(Set(errors.map { "\($0)" }).count == errors.count)
    }
}
