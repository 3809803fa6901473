import HTTPClient
import Synchronization
import Testing

@Suite("Answers and bodies that flow", .timeLimit(.minutes(1)))
struct StreamTests {
    private let session = HTTPSession()

    @Test("lines come as they are sent: the server waits for us before it sends the next")
    func linesAsTheyCome() async throws {
        let gate = Gate()
        let server = try LoopbackServer { exchange in
            exchange.beginChunks()
            for number in 0..<5 {
                exchange.chunk("data: \(number)\r\n\r\n")
                gate.wait()
            }
            exchange.chunk("")
            return true
        }
        let stream = try await session.stream(HTTPRequest(.get, server.url()))
        #expect(stream.status == 200)
        var seen: [String] = []
        for try await line in stream.lines where !line.isEmpty {
            seen.append(line)
            gate.open()
        }
        #expect(seen == (0..<5).map { "data: \($0)" })
    }

    @Test("lines are whole wherever the pieces are cut", arguments: 1...9)
    func lineCuts(size: Int) async throws {
        let lines = ["", "a", "größer", "", "{\"x\": 1}", String(repeating: "long", count: 50), "no end"]
        let text = Array(lines.joined(separator: "\n").utf8)
        let server = try LoopbackServer { exchange in
            exchange.send("HTTP/1.1 200 OK\r\nContent-Length: \(text.count)\r\n\r\n")
            for start in stride(from: 0, to: text.count, by: size) {
                exchange.send(bytes: text[start..<min(start + size, text.count)])
            }
            return true
        }
        var seen: [String] = []
        for try await line in try await session.stream(HTTPRequest(.get, server.url())).lines {
            seen.append(line)
        }
        #expect(seen == lines)
    }

    @Test("an error status has its message in the rest of the stream")
    func errorStatus() async throws {
        let server = try LoopbackServer { exchange in
            exchange.answer("404 Not Found", "no such run")
            return true
        }
        let stream = try await session.stream(HTTPRequest(.get, server.url()))
        #expect(stream.status == 404)
        #expect(String(decoding: try await stream.rest(), as: UTF8.self) == "no such run")
        #expect(try await stream.rest().isEmpty)
    }

    @Test("a slow reader slows the server down and still gets every byte")
    func backpressure() async throws {
        let size = 64 << 20
        let sent = Mutex(0)
        let server = try LoopbackServer { exchange in
            exchange.send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n")
            let piece = String(repeating: "x", count: 1 << 16)
            for _ in 0..<(size >> 16) where exchange.send(piece) {
                sent.withLock { $0 += piece.utf8.count }
            }
            return true
        }
        let stream = try await session.stream(HTTPRequest(.get, server.url()))
        var received = 0
        var largestLead = 0
        for try await piece in stream {
            received += piece.count
            largestLead = max(largestLead, sent.withLock { $0 } - received)
        }
        #expect(received == size)
        // What the socket's buffers and ours hold, and no more.
        #expect(largestLead < size / 2)
        #expect(try await session.send(HTTPRequest(.head, server.url())).status == 200)
    }

    @Test("an answer that breaks off gives what came, then the error")
    func breaksOff() async throws {
        let server = try LoopbackServer { exchange in
            exchange.beginChunks()
            exchange.chunk("one\n")
            return false
        }
        var lines = try await session.stream(HTTPRequest(.get, server.url())).lines.makeAsyncIterator()
        #expect(try await lines.next() == "one")
        await #expect { try await lines.next() } throws: { error in
            if case .interrupted = error as? HTTPClientError { true } else { false }
        }
    }

    @Test("a stream ends and its connection is closed", arguments: Leaving.allCases)
    func leaving(how: Leaving) async throws {
        let server = try LoopbackServer { exchange in
            exchange.beginChunks()
            exchange.chunk("one\n")
            exchange.waitForClose()
            exchange.note("closed")
            return false
        }
        let request = HTTPRequest(.get, server.url(), timeouts: HTTPTimeouts(idle: nil))
        switch how {
        case .byLettingGo:
            for try await line in try await session.stream(request).lines {
                #expect(line == "one")
                break
            }
        case .byCancel:
            let stream = try await session.stream(request)
            var lines = stream.lines.makeAsyncIterator()
            #expect(try await lines.next() == "one")
            stream.cancel()
            await #expect(throws: HTTPClientError.self) { try await lines.next() }
        case .byTask:
            let gate = AsyncStream<Void>.makeStream()
            let reading = Task { [session] in
                for try await _ in try await session.stream(request).lines {
                    gate.continuation.yield()
                }
            }
            for await _ in gate.stream { break }
            reading.cancel()
            await #expect(throws: HTTPClientError.self) { try await reading.value }
        }
        #expect(await server.nextNote() == "closed")
    }

    enum Leaving: CaseIterable {
        case byLettingGo, byCancel, byTask
    }

    @Test("a session that goes away ends nothing that is still held")
    func sessionOutlived() async throws {
        let server = try LoopbackServer { exchange in
            exchange.answer("200 OK", "still here")
            return true
        }
        let stream = try await HTTPSession().stream(HTTPRequest(.get, server.url()))
        #expect(String(decoding: try await stream.rest(), as: UTF8.self) == "still here")
    }
}
