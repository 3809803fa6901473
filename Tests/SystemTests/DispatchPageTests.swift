import JSON
import TestSupport
import Testing

/// docs/dispatch.md: its commands work, and its document says what it shows.
@Suite(.timeLimit(.minutes(5))) struct DispatchPageTests {
    @Test func thePageIsTrue() async throws {
        let place = try Installation()
        _ = try await place.startServer()
        var commands = 0
        for block in FencedBlock.all(of: contents(of: "\(Repository.root)/docs/dispatch.md")) {
            if let file = block.file {
                _ = try place.sandbox.folder(String(file.split(separator: "/")[0]), [:])
                try place.sandbox.write(block.lines.joined(separator: "\n") + "\n", to: "\(place.sandbox.path)/\(file)")
            }
            for command in block.commands {
                commands += 1
                try await execute(command, in: place)
            }
        }
        #expect(commands >= 12, "the page has been found")
        let explained = try await place.json("explain", try await lastRun(place))
        #expect(explained["reasons"]?[0]?["code"] == "no_able_agent", "\(explained)")
        let limit = try await place.json("deployment", "show", "jobs/report")
        #expect(limit["concurrency_options"]?["collision_strategy"] == "CANCEL_NEW")
        let again = try await place.json("deploy", "\(place.sandbox.path)/jobs")
        #expect(again.arrayValue?.allSatisfy { $0["change"] == "unchanged" } == true, "\(again)")
    }

    private func lastRun(_ place: Installation) async throws -> String {
        try #require(try await place.json("ps", "--all")[0]?["id"]?.stringValue)
    }

    private func execute(_ line: String, in place: Installation) async throws {
        if line.hasPrefix("sluice-agent ") {
            _ = try place.startAgent(line.split(separator: " ").dropFirst().map(String.init))
            return
        }
        let command = line.contains("RUN") ? line.replacing("RUN", with: try await lastRun(place)) : line
        let program = try Program(
            "/bin/bash", ["-c", "cd '\(place.sandbox.path)' && PATH='\(Program.folder)':$PATH && \(command)"],
            in: place.sandbox, environment: ["SLUICE_API_URL": "http://\(place.http)/api"])
        #expect(try await program.wait(atMost: .seconds(60)) == 0, "\(line): \(program.output) \(program.errors)")
    }
}

extension Installation {
    fileprivate func startAgent(_ arguments: [String]) throws -> Program { try startAgent("a1", slots: 4, arguments) }
}
