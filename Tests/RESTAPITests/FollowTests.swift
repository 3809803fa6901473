import HTTPClient
import JSON
import Orchestration
import RESTAPI
import Testing

/// One event as it came; a comment has no name.
private struct Event: Sendable {
    var name = ""
    var id: String?
    var data: JSONValue = .null

    var type: String? { data["type"]?.stringValue }
    var messages: [String?] { data.arrayValue?.map { $0["message"]?.stringValue } ?? [] }
}

/// Reads server-sent events.
private struct EventReader {
    var lines: HTTPLines.Iterator

    init(_ stream: HTTPStream) { lines = stream.lines.makeAsyncIterator() }

    /// The next event, comments included; nil at the end of the stream.
    mutating func next() async throws -> Event? {
        var event = Event()
        while let line = try await lines.next() {
            if line.isEmpty { return event }
            let parts = line.split(separator: ": ", maxSplits: 1, omittingEmptySubsequences: false)
            switch (parts[0], parts.last.map(String.init) ?? "") {
            case ("event", let name): event.name = name
            case ("id", let id): event.id = id
            case ("data", let data): event.data = try JSONValue(parsing: data)
            default: break
            }
        }
        return nil
    }

    /// The next event that is no comment.
    mutating func event() async throws -> Event? {
        while let event = try await next() {
            if !event.name.isEmpty { return event }
        }
        return nil
    }
}

extension TestServer {
    fileprivate func follow(_ path: String, _ headers: HTTPHeaders = [:]) async throws -> HTTPStream {
        try await session.stream(HTTPRequest(.get, base + path, headers: headers))
    }

    fileprivate func log(_ run: String, _ message: String) async throws {
        let line: JSONValue = [
            "name": "app", "level": 20, "message": .string(message), "timestamp": "2026-01-01T00:00:00Z",
            "flow_run_id": .string(run),
        ]
        _ = try await post("/api/logs/", [line])
    }
}

@Suite struct FollowTests {
    @Test func aRunIsFollowedFromItsStateToItsEnd() async throws {
        try await withServer { server in
            let run = try await server.run(try await server.deploy())
            try await server.log(run, "early")
            let stream = try await server.follow("/api/flow_runs/\(run)/follow")
            #expect(stream.headers["Content-Type"] == "text/event-stream; charset=utf-8")
            var events = EventReader(stream)
            let first = try await events.event()
            #expect(first?.name == "state")
            #expect(first?.type == "SCHEDULED")
            #expect(try await events.event()?.messages == ["early"])
            try await server.force(run, "RUNNING")
            #expect(try await events.event()?.type == "RUNNING")
            try await server.log(run, "late")
            let logged = try await events.event()
            #expect(logged?.messages == ["late"])
            try await server.force(run, "COMPLETED")
            #expect(try await events.event()?.type == "COMPLETED")
            let end = try await events.event()
            #expect(end?.name == "end")
            #expect(end?.type == "COMPLETED")
            #expect(try await events.event() == nil)
        }
    }

    @Test func whoComesBackGoesOnWhereTheyWere() async throws {
        try await withServer { server in
            let run = try await server.run(try await server.deploy())
            for number in 0..<3 { try await server.log(run, "line \(number)") }
            var events = EventReader(try await server.follow("/api/flow_runs/\(run)/follow"))
            _ = try await events.event()
            let cursor = try #require(try await events.event()?.id)
            try await server.force(run, "RUNNING")
            for number in 3..<1500 { try await server.log(run, "line \(number)") }
            try await server.force(run, "FAILED")
            for path in ["?after=\(cursor)", ""] {
                let stream = try await server.follow(
                    "/api/flow_runs/\(run)/follow\(path)", path.isEmpty ? ["Last-Event-ID": cursor] : [:])
                var again = EventReader(stream)
                var names: [String] = []
                var messages: [String?] = []
                while let event = try await again.event() {
                    names.append(event.name == "log" ? event.name : "\(event.name) \(event.type ?? "")")
                    if event.name == "log" { messages += event.messages }
                }
                #expect(names.filter { $0 != "log" } == ["state RUNNING", "state FAILED", "end FAILED"])
                #expect(names.last == "end FAILED")
                #expect(messages == (3..<1500).map { "line \($0)" })
            }
        }
    }

    @Test func aRunIsFollowedWithoutItsLogs() async throws {
        try await withServer { server in
            let run = try await server.run(try await server.deploy())
            try await server.log(run, "early")
            try await server.force(run, "CANCELLED")
            var events = EventReader(try await server.follow("/api/flow_runs/\(run)/follow?logs=false"))
            #expect(try await events.event()?.name == "state")
            #expect(try await events.event()?.name == "end")
            #expect(try await events.event() == nil)
        }
    }

    @Test func silenceIsBroken() async throws {
        try await withServer {
            $0.keepAlive = .milliseconds(20)
        } _: { server in
            let run = try await server.run(try await server.deploy())
            var events = EventReader(try await server.follow("/api/flow_runs/\(run)/follow"))
            #expect(try await events.next()?.name == "state")
            for _ in 0..<3 { #expect(try await events.next()?.name == "") }
        }
    }

    @Test func aBatchIsFollowedToItsEnd() async throws {
        try await withServer { server in
            try await server.deploy()
            let answer = try await server.send(
                .post, "/api/batches?deployment=etl/nightly", .text("{\"name\":\"a\"}\n{\"name\":\"b\"}\n"),
                ["Content-Type": "application/x-ndjson"])
            let id = answer.json["id"]?.stringValue ?? ""
            var events = EventReader(try await server.follow("/api/batches/\(id)/follow"))
            #expect(try await events.event()?.data == ["size": 2, "runs": ["SCHEDULED": 2]])
            for name in ["a", "b"] {
                let run = try await server.get("/api/flow_runs/find/\(name)").json["id"]?.stringValue ?? ""
                try await server.force(run, "COMPLETED")
            }
            var last: Event?
            while let event = try await events.event() { last = event }
            #expect(last?.name == "end")
            #expect(last?.data == ["size": 2, "runs": ["COMPLETED": 2]])
        }
    }

    @Test func aServerThatStopsEndsItsStreams() async throws {
        let (streams, stream) = AsyncStream.makeStream(of: HTTPStream.self)
        try await withServer { server in
            let run = try await server.run(try await server.deploy())
            let opened = try await server.follow("/api/flow_runs/\(run)/follow")
            var events = EventReader(opened)
            _ = try await events.event()
            stream.yield(opened)
        }
        // The server is gone by now, though the run has not ended.
        let left = await streams.first { _ in true }
        var events = EventReader(try #require(left))
        let rest = try? await events.event()
        #expect(rest == nil)
    }

    /// Many who come and go leave nothing behind.
    @Test func whoLeavesIsForgotten() async throws {
        try await withServer {
            $0.keepAlive = .milliseconds(20)
        } _: { server in
            let run = try await server.run(try await server.deploy())
            for _ in 0..<20 {
                let stream = try await server.follow("/api/flow_runs/\(run)/follow")
                var events = EventReader(stream)
                _ = try await events.event()
                stream.cancel()
            }
            while server.orchestrator.bulletin.listenerCount > 0 { await Task.yield() }
        }
    }
}
