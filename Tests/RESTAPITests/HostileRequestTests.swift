import Glibc
import HTTPClient
import JSON
import RESTAPI
import TestSupport
import Testing

/// Requests that nobody's client would send, over real connections: each is answered, none with a fault of the server's
/// own, and every refusal says why.
@Suite(.timeLimit(.minutes(3))) struct HostileRequestTests {
    /// What is wrong with an answer to a mangled request.
    private func fault(in answer: Answer) -> String? {
        if answer.status >= 500 { return "it is a fault of the server" }
        guard answer.status >= 400 else { return nil }
        let says = answer.json["detail"]?.stringValue ?? answer.json["exception_message"]?.stringValue
        return says?.isEmpty == false ? nil : "it does not say why"
    }

    @Test(arguments: Fuzz.seeds(8))
    func mangledBodiesOfEveryRoute(seed: UInt64) async throws {
        try await withServer { server in
            let samples = try await RequestSamples(server)
            var mutation = Mutation(seed: seed)
            for (method, path, body) in samples.withBodies {
                for number in 0..<12 {
                    let bytes = mutation.body(body)
                    let answer = try await server.send(
                        method, path, .bytes(bytes), ["Content-Type": "application/json"])
                    if let fault = fault(in: answer) {
                        Issue.record(
                            """
                            seed \(seed), request \(number) \(method) \(path): \(fault): \(answer.status) \
                            \(answer.text) to \(String(decoding: bytes.prefix(2000), as: UTF8.self))
                            """)
                    }
                }
            }
            #expect(try await server.get("/api/health").status == 200)
            // What was let in can be shown.
            for path in samples.lists {
                let answer = try await server.post(path, [:])
                #expect(answer.status == 200, "seed \(seed), \(path): \(answer.text)")
            }
        }
    }

    @Test(arguments: Fuzz.seeds(4))
    func mangledPathsAndQueries(seed: UInt64) async throws {
        try await withServer { server in
            let samples = try await RequestSamples(server)
            var mutation = Mutation(seed: seed)
            for (method, path) in samples.withoutBodies {
                for _ in 0..<12 {
                    let target = RequestSamples.target(mutation(path))
                    let raw = try RawConnection(port: server.port)
                    raw.send("\(method) \(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    raw.endSending()
                    let answer = await raw.receiveAll()
                    expectDecent(answer, to: "\(method) \(target)", seed)
                }
            }
            #expect(try await server.get("/api/health").status == 200)
        }
    }

    @Test(arguments: Fuzz.seeds(4))
    func mangledHeads(seed: UInt64) async throws {
        try await withServer { server in
            let run = try await server.run(try await server.deploy())
            let head =
                "POST /api/flow_runs/\(run)/cancel HTTP/1.1\r\nHost: localhost:\(server.port)\r\nAccept: */*\r\n"
                + "Content-Type: application/json\r\nX-PREFECT-API-VERSION: 0.8.4\r\nOrigin: http://localhost\r\n"
                + "Last-Event-ID: 1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{   \r\n1;x=y\r\n}\r\n0\r\n\r\n"
            var mutation = Mutation(seed: seed)
            for _ in 0..<150 {
                let bytes = mutation(Array(head.utf8))
                let raw = try RawConnection(port: server.port)
                raw.send(bytes)
                raw.endSending()
                expectDecent(await raw.receiveAll(), to: String(decoding: bytes, as: UTF8.self), seed)
            }
            #expect(try await server.get("/api/health").status == 200)
        }
    }

    /// The connection may just be closed on what is no HTTP; whatever is answered says why.
    private func expectDecent(_ answer: String, to request: String, _ seed: UInt64) {
        for part in answer.split(separator: "HTTP/1.1 ") {
            guard let status = Int(part.prefix(3)) else { continue }
            #expect(status < 500, "seed \(seed), \(request): \(answer)")
            guard status >= 400, !request.hasPrefix("HEAD") else { continue }
            let says = part.contains("\"detail\":\"") || part.contains("\"exception_message\":\"")
            #expect(says, "seed \(seed), \(request): \(answer)")
        }
    }

    @Test(arguments: [
        ("Content-Type: text/plain", 415), ("Content-Type: application/json; charset=\"\u{1}\"", 400),
        ("Content-Type: ;;;;", 415), ("Content-Type:", 415), ("Content-Length: 99999999999999999999", 400),
        ("Content-Length: -1", 400), ("Transfer-Encoding: gzip", 400),
        ("Expect: 200-maybe", 415), ("\u{0}: x", 400), ("a b: c", 400), (": c", 400),
    ])
    func headersThatMeanHarm(_ header: String, _ status: Int) async throws {
        try await expect(status, to: header)
    }

    @Test func aHeaderThatIsTooLarge() async throws {
        try await expect(431, to: "X: \(String(repeating: "y", count: 70_000))")
    }

    private func expect(_ status: Int, to header: String) async throws {
        try await withServer { server in
            let raw = try RawConnection(port: server.port)
            raw.send("POST /api/flows/filter HTTP/1.1\r\nHost: localhost\r\n\(header)\r\n")
            if !header.contains("Length") && !header.contains("Transfer") { raw.send("Content-Length: 2\r\n") }
            raw.send("\r\n{}")
            raw.endSending()
            let answer = await raw.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(header.prefix(100)): \(answer)")
            #expect(answer.contains("\"detail\":\""), "\(header.prefix(100)): \(answer)")
        }
    }

    @Test func moreHeadersThanAnybodySends() async throws {
        try await withServer { server in
            let raw = try RawConnection(port: server.port)
            raw.send("GET /api/health HTTP/1.1\r\nHost: localhost\r\n")
            for number in 0..<300 { raw.send("X-\(number): y\r\n") }
            raw.send("\r\n")
            let answer = await raw.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 431 "))
            let health = try await server.get("/api/health")
            #expect(health.status == 200)
        }
    }
}
