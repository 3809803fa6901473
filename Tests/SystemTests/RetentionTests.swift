import Glibc
import HTTPClient
import JSON
import TestSupport
import Testing

/// What the real server keeps, with limits small enough to see it.
@Suite(.timeLimit(.minutes(5))) struct RetentionTests {
    private let session = HTTPSession()
    private static let limits = ["--keep-runs-count", "3", "--keep-logs-size", "1MiB"]

    private func metric(_ name: String, _ place: Installation) async throws -> Double? {
        let text = try await session.send(HTTPRequest(.get, "http://\(place.http)/metrics")).text
        let line = text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
        return line?.split(separator: " ").last.flatMap { Double($0) }
    }

    @Test func finishedRunsAndOldLinesLeaveAndWhatLivesStays() async throws {
        let place = try Installation()
        _ = try await place.startServer(Self.limits)
        _ = try place.startAgent()
        let go = "\(place.sandbox.path)/go"
        try await place.deploy("waiter", script: "until [ -e '\(go)' ]; do sleep 0.05; done\n", "retention: {age: 0s}")
        try await place.deploy("quick", script: "echo hello\n")
        try await place.deploy("one", script: "echo hello\n", "retention: {count: 1}")
        try await place.deploy("writer", script: "seq -f '%.0f 0123456789012345678901234567890123456789' 60000\n")
        let waiter = try await place.run("waiter")
        var runs: [String: [String]] = [:]
        for _ in 1...5 {
            for name in ["quick", "one"] { runs[name, default: []].append(try await place.run(name)) }
        }
        let writer = try await place.run("writer")
        for run in runs.values.joined() + [writer] {
            _ = try await eventually("the end of \(run)") {
                // One that is gone has ended.
                let (status, output, _) = try await place.sluice("show", run, "--json")
                let state = status == 0 ? try JSONValue(parsing: output)["run"]?["state"]?["type"]?.stringValue : nil
                return status != 0 || state == "COMPLETED" ? true : nil
            }
        }
        _ = try await eventually("retention", atMost: .seconds(60)) {
            try await metric("sluice_pruned_runs_total", place) ?? 0 >= 6 ? true : nil
        }
        _ = try await eventually("the logs to become small", atMost: .seconds(60)) {
            let pruned = try await metric("sluice_pruned_log_bytes_total", place) ?? 0
            return try await metric("sluice_log_bytes", place) ?? .infinity <= 1_048_576 && pruned > 0 ? true : nil
        }
        #expect(try await remaining(runs["quick"] ?? [], place) == 3)
        #expect(try await remaining(runs["one"] ?? [], place) == 1)
        #expect(try await metric("sluice_pruned_runs_total", place) == 6)
        #expect(try await metric("sluice_runs{state=\"COMPLETED\"}", place) == 5)
        #expect(try await place.state(of: waiter) == "RUNNING")
        try place.sandbox.write("", to: go)
    }

    /// How many are there still.
    private func remaining(_ runs: [String], _ place: Installation) async throws -> Int {
        var remaining = 0
        for run in runs where try await place.sluice("show", run).status == 0 { remaining += 1 }
        return remaining
    }

    @Test(arguments: [
        ("--keep-runs", "never"), ("--keep-runs-count", "-1"), ("--keep-logs", "2 weeks"),
        ("--keep-logs-size", "2GB/s"),
    ])
    func aLimitThatIsNoneIsRefused(option: String, value: String) async throws {
        let sandbox = try Sandbox()
        let server = try Program(
            "sluice-server", ["--data", "\(sandbox.path)/data", "\(option)=\(value)"], in: sandbox)
        #expect(try await server.wait() != 0)
        #expect(server.errors.contains(option) && server.errors.contains(value), "\(server.errors)")
    }
}
