import Glibc
import TestSupport
import Testing

/// docs/prefect.md: its commands work, and its table is what the server of this version has.
@Suite(.timeLimit(.minutes(10))) struct PrefectPageTests {
    private static let page = "docs/prefect.md"
    private static let file = "\(Repository.root)/\(page)"

    @Test func theCommandsOfThePageWork() async throws {
        guard let reason = PrefectJourneys.pending[Self.page] else { return try await walkThrough() }
        await withKnownIssue("\(reason)") { try await walkThrough() }
    }

    /// `SLUICE_BLESS=1` writes them anew.
    @Test(arguments: ["operations": 131, "differences": 2])
    func theTablesAreExact(_ table: String, _ least: Int) async throws {
        let place = try Sandbox()
        let maker = try Program(
            "/usr/bin/env",
            ["python3", "\(Repository.root)/scripts/prefect-table", table, "--programs", Program.folder], in: place)
        #expect(try await maker.wait(atMost: .seconds(120)) == 0, "\(maker.errors)")
        let rows = maker.output.split(separator: "\n").map(String.init)
        #expect(rows.count >= least)
        var lines = contents(of: Self.file).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let start = try #require(lines.firstIndex(of: "<!-- table: \(table) -->"))
        let end = try #require(lines[start...].firstIndex(of: "<!-- end of table -->"))
        if getenv("SLUICE_BLESS").map({ String(cString: $0) }) == "1" {
            lines.replaceSubrange(start + 1..<end, with: rows)
            try place.write(lines.joined(separator: "\n"), to: Self.file)
        } else {
            #expect(Array(lines[start + 1..<end]) == rows)
        }
    }

    private func walkThrough() async throws {
        let place = try Installation()
        let server = try await place.startServer()
        var commands = 0
        for block in FencedBlock.all(of: contents(of: Self.file)) {
            if let file = block.file {
                try place.sandbox.write(block.lines.joined(separator: "\n") + "\n", to: "\(place.sandbox.path)/\(file)")
            }
            for command in block.commands {
                commands += 1
                try await execute(command, in: place)
            }
        }
        #expect(commands >= 9, "the page has been found")
        #expect(server.exitStatus() == nil)
    }

    /// Executes a command with the newer client; a worker goes on until the sandbox is gone.
    private func execute(_ line: String, in place: Installation) async throws {
        let clients = "\(Repository.root)/.build/prefect-3/bin"
        let command = line.replacing("127.0.0.1:4200", with: place.http)
        let program = try Program(
            "/bin/bash",
            ["-c", "cd '\(place.sandbox.path)' && PATH='\(clients)':$PATH && exec \(command)"],
            in: place.sandbox,
            environment: [
                "HOME": place.sandbox.path,
                "PREFECT_HOME": "\(place.sandbox.path)/prefect", "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
                "PREFECT_WORKER_QUERY_SECONDS": "1", "DO_NOT_TRACK": "1",
            ])
        guard !line.contains("worker start") else {
            _ = try await eventually("the worker") { program.output.contains("started!") ? true : nil }
            return
        }
        let status = try await program.wait(atMost: .seconds(120))
        #expect(status == 0, "\(line): \(program.output) \(program.errors)")
    }
}
