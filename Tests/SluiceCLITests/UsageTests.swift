import ArgumentParser
import JSON
import TestSupport
import Testing

@testable import SluiceCLI

@Suite struct UsageTests {
    /// Every command that does something, by its path.
    private static let commands: [(path: [String], type: any ParsableCommand.Type)] = leaves(SluiceCommand.self, [])

    private static func leaves(
        _ type: any ParsableCommand.Type, _ path: [String]
    ) -> [(path: [String], type: any ParsableCommand.Type)] {
        let children = type.configuration.subcommands
        return children.isEmpty ? [(path, type)] : children.flatMap { leaves($0, path + [$0._commandName]) }
    }

    @Test func `All commands are there`() {
        #expect(
            Self.commands.map { $0.path.joined(separator: " ") } == [
                "dev", "try", "deploy", "run", "retry", "batch create", "batch ls", "batch show", "batch follow",
                "batch pause", "batch resume", "batch cancel", "batch retry", "backfill", "ps", "show", "logs",
                "cancel", "explain",
                "deployment ls", "deployment show", "deployment update", "deployment pause", "deployment resume",
                "deployment delete", "deployment history", "deployment rollback", "schedule ls", "schedule preview",
                "schedule create", "schedule pause", "schedule resume", "schedule rm", "flow ls", "flow show",
                "flow delete", "agent ls", "agent show", "agent drain", "agent delete", "queue ls", "queue show",
                "queue create", "queue update", "queue pause", "queue resume", "queue delete", "pool ls", "pool show",
                "pool create", "pool update", "pool pause", "pool resume", "pool delete", "automation ls",
                "automation show", "automation create", "automation pause", "automation resume", "automation delete",
                "automation dead ls", "automation dead show", "automation dead retry", "automation dead delete",
                "event ls", "event follow", "event emit", "hook ls", "hook show", "hook create", "hook pause",
                "hook resume", "hook delete", "hook test", "variable ls",
                "variable get", "variable set", "variable delete", "sensor ls", "sensor show", "sensor pause",
                "sensor resume", "sensor delete", "secret ls", "secret set", "secret delete",
                "block ls", "block show", "block set", "block delete", "server start", "server status",
                "completion",
            ])
    }

    @Test func `Every command's help has an abstract, examples of itself, and --json`() async {
        for (path, type) in Self.commands {
            let help = type.helpMessage(columns: 100)
            #expect(!type.configuration.abstract.isEmpty)
            #expect(help.contains("EXAMPLES") && help.contains("sluice \(path.joined(separator: " "))"), "\(path)")
            // One only becomes another program; the other prints a script, the same for people and programs.
            if path == ["server", "start"] || path == ["completion"] { continue }
            #expect(
                help.contains("--json") && ([["dev"], ["try"]].contains(path) || help.contains("--api")), "\(path)")
        }
    }

    @Test func `Help and the version are results`() async {
        for arguments in [["--help"], [], ["help", "run"], ["run", "--help"]] {
            let outcome = await CommandHarness().run(arguments)
            #expect(outcome.code == 0 && outcome.output.contains("USAGE") && outcome.errors.isEmpty)
        }
        #expect(await CommandHarness().run("--version").output == "0.1.0\n")
    }

    @Test(arguments: [
        (["dpeloy", "x"], "Did you mean 'sluice deploy'?"), (["agent", "lss"], "Did you mean 'sluice agent ls'?"),
        (["ps", "--limt", "3"], "Did you mean '--limit'?"), (["--api", "x", "ps"], "Options stand behind the command"),
        (["run"], "Missing expected argument"), (["ps", "--limit", "0"], "a number of 1 or more"),
        (["ps", "--limit", "x"], "invalid"), (["batch", "a/b"], "--grid or --from"),
        (["batch", "a/b", "--grid", "a=1", "--from", "x"], "not both"),
        (["batch", "a/b", "--grid", "a=1", "--format", "csv"], "--from"),
        (["cancel"], "Name a run"), (["cancel", "x", "--batch", "y"], "not both"),
        (["run", "a/b", "-p", "x"], "'x' is invalid"),
        (["dev", "--http", "1.2.3.4"], "invalid"), (["dev", "--slots", "0"], "1 to 10000"),
        (["try", ".", "--slots", "0"], "1 to 10000"),
        (["pool", "create", "x", "--limit=-1"], "0 or more"),
        (["logs", "x", "-f", "--level", "40"], "does not go with"),
        (["ps", "--state", "rnning"], "did you mean 'running'?"),
        (["ps", "--deployment", "nonsense"], "not FLOW/DEPLOYMENT"),
        (["ps", "--api", "nonsense"], "not the address of a server"),
        (["run", "a/b", "--at", "09:00", "--in", "5m"], "not both"),
        (["run", "a/b", "--in", "soon"], "90s, 15m or 2h"),
        (["run", "a/b", "--at", "noon"], "is no time"), (["run", "a/b", "--at", "2020-01-01T00:00:00Z"], "has passed"),
        (["retry"], "Missing expected argument"), (["retry", "a", "b", "-p", "x=1"], "one run"),
        (["ps", "--since", "lately"], "is no time"), (["ps", "--watch", "--json"], "neither with"),
        (["ps", "--watch"], "draws on a terminal"), (["pool", "update", "gpu"], "nothing to change"),
        (["queue", "update", "q", "--limit", "3", "--no-limit"], "not both"),
        (["queue", "create", "q", "--priority", "0"], "1 or more"), (["completion", "tcsh"], "bash, zsh or fish"),
        (["batch", "lss"], "Did you mean 'sluice batch ls'?"),
        (["deployment", "rollback", "a/b", "first"], "invalid"),
        (["automation", "dead", "retry"], "not both"), (["event", "ls", "--limit", "0"], "1 or more"),
        (["event", "emit", "x", "--resource", "y", "--payload", "[]"], "a JSON object"),
        (["event", "ls", "--since", "lately"], "is no time"),
        (["automation", "create", "/nowhere/at/all"], "cannot open '/nowhere/at/all'"),
        (["deploy", "/nowhere/at/all"], "there is no '/nowhere/at/all'"),
    ])
    func `Wrong arguments end with 2, and say what is right`(arguments: [String], message: String) async throws {
        let server = try CannedServer { _ in CannedAnswer(500) }
        let outcome = await CommandHarness(environment: ["SLUICE_API_URL": server.url]).run(arguments)
        #expect(outcome.code == 2 && outcome.output.isEmpty && outcome.errors.contains(message), "\(outcome)")
        #expect(server.requests.isEmpty)
    }

    @Test(arguments: [
        ["ps"], ["show", "x"], ["logs", "x"], ["logs", "x", "-f"], ["cancel", "x"], ["explain", "x"], ["agent", "ls"],
        ["queue", "ls"],
        ["queue", "pause", "x"], ["pool", "ls"], ["pool", "create", "x"], ["pool", "resume", "x"],
        ["deployment", "ls"],
        ["run", "a/b"], ["batch", "a/b", "--grid", "a=1"], ["cancel", "--batch", "x"],
    ])
    func `A server that is not reached ends with 3, and says how to start one`(arguments: [String]) async throws {
        let closed = try ClosedPort()
        let url = "http://127.0.0.1:\(closed.port)/api"
        let outcome = await CommandHarness(environment: ["PREFECT_API_URL": url]).run(arguments)
        #expect(outcome.code == 3 && outcome.output.isEmpty)
        #expect(
            outcome.errors.contains("no server answers at \(url)") && outcome.errors.contains("sluice dev"),
            "\(outcome)")
        let other = try CannedServer { _ in CannedAnswer(404, "<html>", type: "text/html") }
        let wrong = await CommandHarness(environment: ["SLUICE_API_URL": other.url, "PREFECT_API_URL": url]).run(
            arguments)
        #expect(
            wrong.code == 3 && wrong.errors.contains("what answers at \(other.url) is no Sluice server"), "\(wrong)")
    }

    @Test func `The server is found by the option before the environment`() async throws {
        let server = try CannedServer { _ in CannedAnswer(200, "[]") }
        let harness = CommandHarness(environment: ["SLUICE_API_URL": "http://127.0.0.1:1/api", "PREFECT_API_URL": "x"])
        #expect(await harness.run("agent", "ls", "--api", server.url, "--json").output == "[]\n")
        let empty = CommandHarness(environment: ["SLUICE_API_URL": "", "PREFECT_API_URL": server.url])
        #expect(await empty.run("agent", "ls", "--json").code == 0)
    }

    @Test func `The auth string comes from the environment, and its want is said`() async throws {
        let server = try CannedServer { request in
            request.headers["authorization"] == "Basic YWRtaW46cHc="
                ? CannedAnswer(200, "[]") : CannedAnswer(401, #"{"exception_message":"Unauthorized"}"#)
        }
        for name in ["SLUICE_API_AUTH_STRING", "PREFECT_API_AUTH_STRING"] {
            let harness = CommandHarness(environment: ["SLUICE_API_URL": server.url, name: "admin:pw"])
            #expect(await harness.run("agent", "ls", "--json").output == "[]\n")
        }
        let stranger = await CommandHarness(environment: ["SLUICE_API_URL": server.url]).run("agent", "ls")
        #expect(stranger.code == 1 && stranger.errors.contains("SLUICE_API_AUTH_STRING"), "\(stranger)")
    }

    @Test func `A reader that goes away is no error to talk about`() async throws {
        let server = try CannedServer { _ in CannedAnswer(200, #"[{"id": "q", "name": "q"}]"#) }
        var harness = CommandHarness(environment: ["SLUICE_API_URL": server.url])
        harness.patience = 0
        let outcome = await harness.run("queue", "ls")
        #expect(outcome.code == 141 && outcome.errors.isEmpty)
    }
}

extension CommandHarness {
    func run(_ arguments: [String]) async -> CommandOutcome { await perform(arguments) }
}
