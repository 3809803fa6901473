import Glibc
import JSON
import Synchronization
import TestSupport
import Testing

@testable import SluiceCLI

/// `sluice dev` with programs that do nothing, beside an API that is made up.
@Suite struct DevTests {
    private static let patient =
        "#!/bin/sh\necho 2027-01-15T08:00:00Z info here\necho $$ > \"$0.pid\"\nexec sleep 1000\n"

    private let folder: TemporaryFile
    private let api: CannedServer

    init() throws {
        let folder = try TemporaryFile("sluice-server", Self.patient, mode: 0o755)
        self.folder = folder
        let pids = folder.folder
        try folder.write("sluice-agent", Self.patient, mode: 0o755)
        api = try CannedServer { request in
            switch request.path {
            case "/api/ready":
                FileSystem.exists("\(pids)/sluice-server.pid")
                    ? CannedAnswer(200, #"{"message": "OK"}"#) : CannedAnswer(503)
            case "/api/sluice": CannedAnswer(200, #"{"version": "1", "agent_endpoint": "x"}"#)
            case "/api/agents/filter" where FileSystem.exists("\(pids)/sluice-agent.pid"):
                CannedAnswer(200, #"[{"id": "a", "name": "a", "status": "ONLINE"}]"#)
            case "/api/agents/filter": CannedAnswer(200, "[]")
            default: CannedAnswer(404, #"{"detail": "no"}"#)
            }
        }
    }

    private func harness() -> CommandHarness {
        // No PATH and a folder of its own, so that no other program and no sample is found.
        CommandHarness(programFolder: folder.folder, workingFolder: folder.folder)
    }

    private func arguments(_ more: String...) -> [String] {
        ["dev", "--http", "127.0.0.1:\(api.port)", "--data", "\(folder.folder)/data"] + more
    }

    private func isAlive(_ name: String) throws -> Bool {
        let text = try ByteSource(path: "\(folder.folder)/\(name).pid", input: -1).rest()
        let pid = try #require(pid_t(String(decoding: text, as: UTF8.self).filter(\.isNumber)))
        return kill(pid, 0) == 0
    }

    @Test func `Ctrl-C ends both, once both are ready`() async throws {
        var harness = harness()
        let gate = AsyncStream.makeStream(of: Int32.self)
        harness.interruptions = { gate.stream }
        harness.written = { if $0.contains("\"api\"") { gate.continuation.yield(SIGINT) } }
        let outcome = await harness.run(arguments("--json"))
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        let json = try JSONValue(parsing: outcome.output)
        #expect(json["api"]?.stringValue == api.url && json["agents"] == "127.0.0.1:4201")
        #expect(try !isAlive("sluice-server") && !isAlive("sluice-agent"))
    }

    @Test func `One that ends takes the other along, and its last lines are shown`() async throws {
        try folder.write(
            "sluice-agent", "#!/bin/sh\necho first\necho 'the disk is full' >&2\nexit 7\n", mode: 0o755)
        let outcome = await harness().run(arguments())
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains("the agent has ended with exit code 7"), "\(outcome)")
        #expect(outcome.errors.contains("  first\n  the disk is full"))
        #expect(try !isAlive("sluice-server"))
    }

    @Test func `A server that cannot start says why`() async throws {
        try folder.write("sluice-server", "#!/bin/sh\necho the port is taken\nkill -9 $$\n", mode: 0o755)
        let closed = try ClosedPort()
        let outcome = await harness().run([
            "dev", "--http", "127.0.0.1:\(closed.port)", "--data", "\(folder.folder)/data",
        ])
        #expect(outcome.code == 1 && outcome.errors.contains("the server has ended with signal 9"))
        #expect(outcome.errors.contains("  the port is taken"))
    }

    @Test func `A sample that cannot be registered is no reason to give up`() async throws {
        try FileSystem.makeFolder("\(folder.folder)/deployments/shell")
        try folder.write("deployments/shell/sluice.yaml", "flow: a\nname: b\ncommand: c\ncode: none\n")
        var harness = harness()
        let gate = AsyncStream.makeStream(of: Int32.self)
        harness.interruptions = { gate.stream }
        harness.written = { if $0.contains("Ctrl-C") { gate.continuation.yield(SIGINT) } }
        let outcome = await harness.run(arguments())
        #expect(
            outcome.code == 0 && outcome.errors.contains("The sample in \(folder.folder)/deployments/shell is left out")
        )
    }

    @Test func `A program that is missing is named`() async throws {
        unlink("\(folder.folder)/sluice-agent")
        let outcome = await harness().run(arguments())
        #expect(outcome.code == 1 && outcome.errors.contains("there is no sluice-agent"))
    }

    @Test func `A folder belongs to one at a time`() async throws {
        try FileSystem.makeFolder("\(folder.folder)/data")
        let lock = try FolderLock("\(folder.folder)/data")
        let outcome = await harness().run(arguments())
        #expect(outcome.code == 1 && outcome.errors.contains("another 'sluice dev' uses \(folder.folder)/data"))
        withExtendedLifetime(lock) {}
    }

    @Test(arguments: [
        ("2027-01-15T08:00:00Z info here", false), ("2027-01-15T08:00:00.1Z warning full", true),
        ("2027-01-15T08:00:00.1Z error gone", true), ("Fatal error: x", true), ("", false),
    ])
    func `Only what is worth a look is shown`(line: String, isShown: Bool) {
        #expect(LogWatch.isWorthALook(line) == isShown)
    }

    @Test func `The page names everything`() {
        let page = DevPage(
            apiURL: "http://127.0.0.1:4300/api", agents: DevEndpoint(host: "127.0.0.1", port: 4301),
            http: DevEndpoint(host: "127.0.0.1", port: 4300), folder: "/d", samples: ["shell/shout"])
        let text = page.lines(style: Style(isOn: false)).joined(separator: "\n")
        for part in [
            "http://127.0.0.1:4300/api", "/d/server.log", "export SLUICE_API_URL=http://127.0.0.1:4300/api",
            "sluice-server --data /d/server --http 127.0.0.1:4300 --agents 0.0.0.0:4301 --insecure",
            "sluice run shell/shout", ":4301\n",
        ] {
            #expect(text.contains(part))
        }
    }
}
