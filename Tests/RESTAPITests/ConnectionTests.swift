import HTTPClient
import JSON
import Orchestration
import TestSupport
import Testing

@testable import RESTAPI

/// Connections whose clients do nothing, or next to nothing, over real sockets.
@Suite(.timeLimit(.minutes(2))) struct ConnectionTests {
    /// What an impatient server has seen of a client, which says `text` and then dribbles.
    private func dribble(_ text: String, _ drop: String) async throws -> Bool {
        let gone = Gone()
        try await withServer {
            $0.connections.patience = .milliseconds(300)
        } _: { server in
            let slow = try RawConnection(port: server.port)
            slow.send(text)
            _ = try await eventually("the end of a slow client") {
                slow.send(drop)
                try await Task.sleep(for: .milliseconds(20))
                // Others are served meanwhile.
                let health = try await server.get("/api/health")
                #expect(health.status == 200)
                return slow.receiveNow() == nil ? true : nil
            }
            await gone.note()
        }
        return await gone.isNoted
    }

    private actor Gone {
        var isNoted = false
        func note() { isNoted = true }
    }

    @Test(arguments: [
        ("", ""), ("GET /api/health HT", ""), ("GET /api/health HTTP/1.1\r\nHost: localhost\r\n", "X: y\r\n"),
        ("GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n", ""),
        (
            "POST /api/flows/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: 9000\r\n\r\n{", " "
        ),
        (
            "POST /api/batches?deployment=a/b HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n", "1\r\n\n\r\n"
        ),
    ])
    func aClientThatDribblesIsCutOff(_ text: String, _ drop: String) async throws {
        #expect(try await dribble(text, drop))
    }

    /// A follower who takes nothing holds a bounded number of bytes, and not for ever.
    @Test func whoTakesNothingIsCutOff() async throws {
        try await withServer {
            $0.connections.patience = .milliseconds(300)
        } _: { server in
            let run = try await server.run(try await server.deploy())
            let line = String(repeating: "x", count: 10_000)
            for _ in 0..<20 {
                let lines = (0..<50).map { _ -> JSONValue in
                    [
                        "name": "app", "level": 20, "message": .string(line), "timestamp": "2026-01-01T00:00:00Z",
                        "flow_run_id": .string(run),
                    ]
                }
                _ = try await server.post("/api/logs/", .array(lines))
            }
            let deaf = try RawConnection(port: server.port)
            deaf.narrow()
            deaf.send("GET /api/flow_runs/\(run)/follow HTTP/1.1\r\nHost: localhost\r\n\r\n")
            _ = try await eventually("a follower") {
                server.orchestrator.bulletin.listenerCount == 1 ? true : nil
            }
            _ = try await eventually("its end") { server.orchestrator.bulletin.listenerCount == 0 ? true : nil }
        }
    }

    /// Patience is with the client's silence, not with the server's work.
    @Test func whoIsWaitedForByNobodyStays() async throws {
        try await withServer {
            $0.connections.patience = .milliseconds(300)
            $0.keepAlive = .milliseconds(100)
        } _: { server in
            let run = try await server.run(try await server.deploy())
            let follower = try RawConnection(port: server.port)
            follower.send("GET /api/flow_runs/\(run)/follow HTTP/1.1\r\nHost: localhost\r\n\r\n")
            var heard = ""
            _ = try await eventually("many comments") {
                heard += try #require(follower.receiveNow(), "the follower was cut off")
                return heard.split(separator: ": still here").count > 12 ? true : nil
            }
        }
    }

    @Test func theLongestIdleMakesRoomForWhoComes() async throws {
        try await withServer {
            $0.connections.count = 10
        } _: { server in
            var idle: [RawConnection] = []
            for _ in 0..<30 {
                let connection = try RawConnection(port: server.port)
                connection.send("GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
                _ = try await eventually("an answer") { (connection.receiveNow() ?? "").isEmpty ? nil : true }
                idle.append(connection)
            }
            _ = try await eventually("room") { idle[..<20].allSatisfy { $0.receiveNow() == nil } ? true : nil }
            #expect(idle[20...].count { $0.receiveNow() != nil } >= 9)
            #expect(try await server.get("/api/health").status == 200)
        }
    }

    @Test func whoFindsAllConnectionsInUseIsTold() async throws {
        try await withServer {
            $0.connections.count = 5
        } _: { server in
            let run = try await server.run(try await server.deploy())
            var followers: [RawConnection] = []
            // One of the five is the test's own, idle by now.
            for _ in 0..<5 {
                let follower = try RawConnection(port: server.port)
                follower.send("GET /api/flow_runs/\(run)/follow HTTP/1.1\r\nHost: localhost\r\n\r\n")
                followers.append(follower)
                let count = followers.count
                _ = try await eventually("a follower") {
                    server.orchestrator.bulletin.listenerCount == count ? true : nil
                }
            }
            let late = try RawConnection(port: server.port)
            let answer = await late.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 503 ") && answer.contains("\"detail\":\"all connections"), "\(answer)")
            followers.removeFirst()
            _ = try await eventually("room") {
                server.orchestrator.bulletin.listenerCount == 4 ? true : nil
            }
            _ = try await eventually("an answer") {
                try await server.get("/api/health").status == 200 ? true : nil
            }
        }
    }
}

/// The rules of patience, without a connection.
struct ConnectionTimeTests {
    private let start = ContinuousClock.now
    private let limits = ConnectionLimits(count: 1, patience: .seconds(60), slowestRate: 1024)

    private func after(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    @Test func aHeadIsAwaitedFromTheBeginningAndFromEachAnswer() {
        var time = ConnectionTime(limits, at: start)
        #expect(time.deadline == after(60) && time.isIdle)
        time.headCame()
        time.bodyEnded()
        #expect(time.deadline == nil && !time.isIdle)
        time.answerEnded(at: after(500))
        #expect(time.deadline == after(560) && time.isIdle)
    }

    @Test func aBodyMayBeWaitedForInSum() {
        var time = ConnectionTime(limits, at: start)
        time.headCame()
        // While the server does not ask for more, nobody waits for the client.
        #expect(time.deadline == nil)
        time.asked(at: after(100))
        #expect(time.deadline == after(160))
        time.bodyCame(10 * 1024, at: after(120))
        #expect(time.deadline == nil)
        time.asked(at: after(300))
        #expect(time.deadline == after(300 + 60 + 10 - 20))
    }

    @Test func anAnswerMustBeTakenPieceByPiece() {
        var time = ConnectionTime(limits, at: start)
        time.headCame()
        time.bodyEnded()
        for _ in 0..<3 { time.sending(at: after(10)) }
        #expect(time.deadline == after(70))
        time.sent(at: after(50))
        #expect(time.deadline == after(110))
        time.sent(at: after(100))
        time.sent(at: after(150))
        #expect(time.deadline == nil)
        time.hurry()
        time.sending(at: after(200))
        #expect(time.deadline == after(205))
    }
}
