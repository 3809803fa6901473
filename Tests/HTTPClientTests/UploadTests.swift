import HTTPClient
import Synchronization
import Testing

@Suite("Bodies that are produced while they are sent", .timeLimit(.minutes(2)))
struct UploadTests {
    private let session = HTTPSession()

    @Test("a million lines arrive whole and chunked, and are never far ahead of what the server has read")
    func millionLines() async throws {
        let received = Mutex((bytes: 0, lines: 0))
        let server = try LoopbackServer { exchange in
            let isWhole = exchange.forEachPiece { piece in
                let lines = piece.count { $0 == 10 }
                received.withLock { $0 = ($0.bytes + piece.count, $0.lines + lines) }
            }
            exchange.answer("200 OK", "\(isWhole) \(exchange.headers["transfer-encoding"] ?? "none")")
            return true
        }
        let written = Mutex((bytes: 0, largestLead: 0))
        let line = "{\"parameters\": {\"month\": 3, \"carriers\": [\"AA\", \"UA\"]}}\n"
        let request = HTTPRequest(
            .post, server.url("/api/batches"),
            body: .stream { writer in
                for _ in 0..<1_000_000 {
                    try await writer.write(line)
                    let lead =
                        written.withLock {
                            $0.bytes += line.utf8.count
                            return $0.bytes
                        }
                        - received.withLock { $0.bytes }
                    written.withLock { $0.largestLead = max($0.largestLead, lead) }
                }
            })
        #expect(try await session.send(request).text == "true chunked")
        #expect(received.withLock { $0 } == (1_000_000 * line.utf8.count, 1_000_000))
        // What the socket's buffers and ours hold, and no more.
        #expect(written.withLock { $0.largestLead } < 500_000 * line.utf8.count)
    }

    @Test("a piece goes out before the next is made")
    func piecesGoOut() async throws {
        let (echoes, echo) = AsyncStream<String>.makeStream()
        let server = try LoopbackServer { exchange in
            let isWhole = exchange.forEachPiece { echo.yield(String(decoding: $0, as: UTF8.self)) }
            exchange.answer("200 OK", "\(isWhole)")
            return true
        }
        let request = HTTPRequest(
            .put, server.url(),
            body: .stream { writer in
                var iterator = echoes.makeAsyncIterator()
                for number in 0..<50 {
                    try await writer.write("line \(number)\n")
                    #expect(await iterator.next() == "line \(number)\n")
                }
            })
        #expect(try await session.send(request).text == "true")
    }

    @Test("an empty one", arguments: [HTTPMethod.post, .put, .patch])
    func empty(method: HTTPMethod) async throws {
        let server = try LoopbackServer { exchange in
            exchange.answer("200 OK", "\(exchange.method) \(exchange.body()?.count ?? -1)")
            return true
        }
        let response = try await session.send(HTTPRequest(method, server.url(), body: .stream { _ in }))
        #expect(response.text == "\(method.rawValue) 0")
    }

    @Test("a producer that fails cuts the body off, and its error is told")
    func producerFails() async throws {
        struct BadRow: Error, Equatable { let row: Int }
        let server = try LoopbackServer { exchange in
            exchange.note(exchange.body() == nil ? "cut off" : "whole")
            return false
        }
        let request = HTTPRequest(
            .post, server.url(),
            body: .stream { writer in
                try await writer.write("row 1\n")
                throw BadRow(row: 2)
            })
        await #expect { try await session.send(request) } throws: { error in
            if case .bodyFailed(let cause as BadRow) = error as? HTTPClientError { cause.row == 2 } else { false }
        }
        #expect(await server.nextNote() == "cut off")
    }

    @Test("a server that refuses early is heard, and the producer is stopped")
    func earlyRefusal() async throws {
        let (stops, stop) = AsyncStream<Void>.makeStream()
        let server = try LoopbackServer { exchange in
            exchange.answer("413 Content Too Large", headers: ["Connection: close"], "at most 3 lines")
            exchange.waitForClose()
            return false
        }
        let request = HTTPRequest(
            .post, server.url(),
            body: .stream { writer in
                defer { stop.finish() }
                while true { try await writer.write("another line of an endless body\n") }
            })
        let response = try await session.send(request)
        #expect(response.status == 413)
        #expect(response.text == "at most 3 lines")
        for await _ in stops {}
    }

    @Test("cancelling the task stops the producer and closes the connection")
    func cancellation() async throws {
        let server = try LoopbackServer { exchange in
            exchange.note("asked")
            exchange.note(exchange.body() == nil ? "cut off" : "whole")
            return false
        }
        let request = HTTPRequest(
            .post, server.url(),
            body: .stream { writer in
                while true { try await writer.write("line\n") }
            })
        let sending = Task { [session] in try await session.send(request) }
        #expect(await server.nextNote() == "asked")
        sending.cancel()
        await #expect(throws: HTTPClientError.self) { try await sending.value }
        #expect(await server.nextNote() == "cut off")
    }
}
