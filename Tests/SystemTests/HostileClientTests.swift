import Glibc
import JSON
import TestSupport
import Testing

/// Clients of the API that mean harm, against the real server: others are served meanwhile, and nothing of it stays.
@Suite(.timeLimit(.minutes(5))) struct HostileClientTests {
    /// Generous: what is looked for grows with every round.
    private static let growth = 64 << 20

    @Test func slowClientsAreCutOffWhileOthersAreServed() async throws {
        let place = try Installation()
        let server = try await place.startServer(["--patience", "1s"])
        let body =
            "POST /api/flows/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n"
        let slow = try (0..<100).map { number -> RawConnection in
            let connection = try place.connect()
            connection.send(number % 2 == 0 ? "GET /api/health HTTP/1.1\r\nX: " : body)
            return connection
        }
        _ = try await eventually("the end of the slow clients") {
            for connection in slow { connection.send(" ") }
            #expect(try await place.isServed())
            try await Task.sleep(for: .milliseconds(50))
            return slow.allSatisfy { $0.receiveNow() == nil } ? true : nil
        }
        _ = try await eventually("their descriptors") { server.openFiles < 60 ? true : nil }
        #expect(server.exitStatus() == nil)
    }

    @Test func thousandsOfIdleConnectionsLeaveRoom() async throws {
        // The system says how many there can be: the tests and the server have the same limit.
        let count = min(10_000, (raiseFileLimit() - 512) * 2 / 3)
        let place = try Installation()
        let server = try await place.startServer()
        let before = server.residentBytes
        var peaks: [Int] = []
        // Later rounds need not be as large to show what grows.
        for count in [count] + Array(repeating: count / 10, count: Int(Fuzz.factor)) {
            let idle = try (0..<count).map { _ in try place.connect() }
            #expect(try await place.isServed())
            _ = try await eventually("all connections") { server.openFiles > count ? true : nil }
            peaks.append(server.residentBytes)
            #expect(try await place.isServed())
            withExtendedLifetime(idle) {}
        }
        print("\(count) idle connections: \(before >> 20) MiB, then \(peaks.map { $0 >> 20 })")
        #expect(peaks[0] - before < count * (64 << 10), "a connection costs less than 64 KiB")
        #expect(peaks[peaks.count - 1] - peaks[0] < Self.growth)
        _ = try await eventually("their end") { server.openFiles < 100 ? true : nil }
    }

    /// With few files allowed, the limit is low, and stated.
    @Test func beyondTheLimitTheIdleMakeRoom() async throws {
        let place = try Installation()
        let server = try await place.startServer(["--max-connections", "50"])
        let idle = try (0..<400).map { _ in try place.connect() }
        for _ in 0..<20 { #expect(try await place.isServed()) }
        #expect(server.openFiles < 200)
        withExtendedLifetime(idle) {}
    }

    /// All descriptors that the system allows are in use, by strangers at both doors: the server lives, and serves again
    /// when they are gone.
    @Test func withoutDescriptorsTheServerLives() async throws {
        let place = try Installation()
        let command =
            "ulimit -n 400; exec '\(Program.folder)/sluice-server' --http \(place.http) --agents \(place.agents) "
            + "--data '\(place.data)'"
        let server = try Program("/bin/bash", ["-c", command], in: place.sandbox)
        _ = try await eventually("the server") { server.errors.contains("is ready") ? true : nil }
        do {
            let clients = try (0..<500).map { _ in try place.connect() }
            #expect(try await place.isServed(), "clients' connections leave room for the rest")
            let strangers = try (0..<320).map { _ in try RawConnection(port: place.agentsPort) }
            _ = try await eventually("all descriptors to be in use") { server.openFiles >= 395 ? true : nil }
            withExtendedLifetime((clients, strangers)) {}
        }
        _ = try await eventually("an answer") { try await place.isServed() ? true : nil }
        #expect(server.exitStatus() == nil)
        _ = try place.startAgent()
        try await place.deploy("s", script: "true\n")
        try await place.wait(for: try await place.run("s"), toBe: "COMPLETED")
    }

    @Test func batchesThatStallOrAreAbortedLeaveNothing() async throws {
        let place = try Installation()
        let server = try await place.startServer(["--patience", "1s"])
        try await place.deploy("b", script: "true\n")
        let begin =
            "POST /api/batches?deployment=sample/b HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n"
        let lines = String(repeating: "{}\n", count: 500)
        let chunk = String(lines.utf8.count, radix: 16) + "\r\n\(lines)\r\n"
        var peaks: [Int] = []
        for _ in 0..<3 * Int(Fuzz.factor) {
            var stalled: [RawConnection] = []
            for number in 0..<8 {
                let connection = try place.connect()
                connection.send(begin + chunk)
                // Every other one hangs up in the middle.
                if number % 2 == 0 { stalled.append(connection) }
            }
            _ = try await eventually("the end of those that stall") {
                try #require(try await place.isServed())
                return stalled.allSatisfy { $0.receiveNow() == nil } ? true : nil
            }
            peaks.append(server.residentBytes)
        }
        #expect(try await place.runCount() == 0)
        #expect(peaks[2] - peaks[0] < Self.growth, "\(peaks)")
        // The next batch is taken as if nothing had been.
        let batch = try await place.sluice("batch", "sample/b", "--from", "-", "--format", "jsonl", input: lines)
        #expect(batch.status == 0, "\(batch.errors)")
        _ = try await eventually("its runs") { try await place.runCount() == 500 ? true : nil }
    }

    @Test func followersThatNeverReadCostLittle() async throws {
        let place = try Installation()
        let server = try await place.startServer(["--patience", "1s"])
        try await place.deploy("f", script: "true\n")
        let run = try await place.run("f")
        let line = String(repeating: "x", count: 10_000)
        let logged = (0..<50).map { _ in
            """
            {"name":"a","level":20,"message":"\(line)","timestamp":"2026-01-01T00:00:00Z","flow_run_id":"\(run)"}
            """
        }
        // More than the system keeps of what one connection was sent, which is some 2.5 MB on the loopback.
        for _ in 0..<20 {
            let answer = try await place.ask(
                "POST", "/api/logs/", "Content-Type: application/json\r\n",
                body: "[\(logged.joined(separator: ","))]")
            try #require(answer.hasPrefix("HTTP/1.1 201 "), "\(answer)")
        }
        var peaks: [Int] = []
        for _ in 0..<3 * Int(Fuzz.factor) {
            let deaf = try (0..<40).map { _ in try place.connect() }
            for connection in deaf {
                connection.narrow()
                connection.send("GET /api/flow_runs/\(run)/follow HTTP/1.1\r\nHost: localhost\r\n\r\n")
            }
            _ = try await eventually("the followers") {
                try await place.ask("GET", "/metrics").contains("sluice_listeners 4") ? true : nil
            }
            peaks.append(server.residentBytes)
            // Each holds what is read at once and what the connection buffers.
            _ = try await eventually("their end") { server.openFiles < 60 ? true : nil }
            withExtendedLifetime(deaf) {}
        }
        print("40 followers that never read: \(peaks.map { $0 >> 20 }) MiB")
        #expect(peaks[2] - peaks[0] < Self.growth, "\(peaks)")
        #expect(try await place.isServed())
    }
}
