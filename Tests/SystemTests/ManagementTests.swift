import Glibc
import JSON
import TestSupport
import Testing

/// What is done again, held back and undone, with the real programs.
@Suite(.timeLimit(.minutes(5))) struct ManagementTests {
    /// Fails until the file `go` is there.
    private func script(_ place: Installation) -> String { "echo one; test -e '\(place.sandbox.path)/go'\n" }

    @Test func whatFailedIsRetriedAloneAndAsABatch() async throws {
        let place = try Installation()
        let server = try await place.startServer()
        try await place.deploy("flaky", script: script(place))
        let rows = try await place.sluice(
            "batch", "create", "sample/flaky", "--from", "-", "--format", "jsonl", "--name", "may",
            input: "{}\n{}\n{}\n")
        try #require(rows.status == 0, "\(rows)")
        #expect(try await place.json("batch", "pause", "may")["is_paused"] == true)
        server.signal(SIGTERM)
        try await server.wait()
        _ = try await place.startServer()
        _ = try place.startAgent()
        let alone = try await place.run("flaky")
        try await place.wait(for: alone, toBe: "FAILED")
        let batch = try await place.json("batch", "show", "may")
        #expect(batch["runs"] == ["SCHEDULED": 3] && batch["is_paused"] == true, "the pause outlives the server")
        let held = try #require(try await place.json("ps", "--batch", "may", "--limit", "1")[0]?["id"]?.stringValue)
        let why = try await place.sluice("explain", held)
        #expect(why.output.contains("its batch may is paused") && why.output.contains("sluice batch resume"), "\(why)")

        _ = try await place.sluice("batch", "resume", "may")
        #expect(try await place.sluice("batch", "follow", "may").status == 1)
        try place.sandbox.write("", to: "\(place.sandbox.path)/go")
        let again = try await place.sluice("batch", "retry", "may", "--follow")
        #expect(again.status == 0 && again.output.contains("3 runs queued again."), "\(again)")
        #expect(try await place.json("batch", "show", "may")["runs"] == ["COMPLETED": 3])
        #expect(try await place.sluice("retry", alone).status == 0)
        let shown = try await place.wait(for: alone, toBe: "COMPLETED")
        #expect(shown["attempts"]?.arrayValue?.count == 2 && shown["run"]?["run_count"] == 2)
    }

    @Test func aDeploymentGoesBackAndIsDeleted() async throws {
        let place = try Installation()
        _ = try await place.startServer()
        let agent = try place.startAgent()
        for text in ["one", "two"] { try await place.deploy("plain", script: "echo \(text)\n") }
        let history = try await place.json("deployment", "history", "sample/plain")
        #expect(history.arrayValue?.compactMap { $0["number"]?.intValue } == [2, 1])
        #expect(history[0]?["changes"] == ["code"])
        #expect(try await place.sluice("deployment", "rollback", "sample/plain").status == 0)
        let run = try await place.run("plain")
        let shown = try await place.wait(for: run, toBe: "COMPLETED")
        #expect(shown["run"]?["deployment_version_number"] == 3)
        #expect(try await place.sluice("logs", run, "--plain").output == "one\n")

        agent.signal(SIGTERM)
        try await agent.wait()
        let waiting = try #require(try await place.json("run", "sample/plain", "--in", "1h")["id"]?.stringValue)
        let refused = try await place.sluice("deployment", "delete", "sample/plain")
        #expect(refused.status == 2 && refused.errors.contains("1 run waiting: cancelled."), "\(refused)")
        #expect(refused.errors.contains("3 versions of it."), "\(refused)")
        #expect(try await place.sluice("deployment", "delete", "sample/plain", "--yes").status == 0)
        #expect(try await place.state(of: waiting) == "CANCELLED")
        #expect(try await place.state(of: run) == "COMPLETED")
        #expect(try await place.sluice("deployment", "show", "sample/plain").status == 1)
        #expect(try await place.sluice("server", "status").output.contains("1 completed, 1 cancelled"))
    }

    @Test func bashCompletesWhatTheServerHas() async throws {
        let place = try Installation()
        _ = try await place.startServer()
        try await place.deploy("plain", script: "true\n")
        func complete(_ words: String) async throws -> String {
            let script = """
                PATH='\(Program.folder)':$PATH; source <(sluice completion bash)
                COMP_WORDS=(\(words)); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_LINE="\(words)"
                COMP_POINT=${#COMP_LINE}
                function_name=$(complete -p sluice | sed 's/.*-F \\([^ ]*\\).*/\\1/')
                "$function_name" sluice "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}" 2>/dev/null
                printf '%s\\n' "${COMPREPLY[@]}"
                """
            let shell = try Program(
                "/bin/bash", ["-c", script], in: place.sandbox,
                environment: ["SLUICE_API_URL": "http://\(place.http)/api"])
            try await shell.wait()
            return shell.output + shell.errors
        }
        let commands = try await complete("sluice dep")
        #expect(commands.contains("deploy") && commands.contains("deployment"), "\(commands)")
        #expect(try await complete("sluice run sam").contains("sample/plain"))
        #expect(try await complete("sluice queue pause de").contains("default"))
    }
}
