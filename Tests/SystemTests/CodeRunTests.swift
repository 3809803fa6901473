import Glibc
import JSON
import TestSupport
import Testing

/// Code that is fetched from elsewhere, through real processes: what a user writes, and what is executed.
@Suite(.timeLimit(.minutes(5))) struct CodeRunTests {
    private func place() async throws -> (Installation, CodeHost) {
        let place = try Installation()
        _ = try await place.startServer()
        _ = try place.startAgent()
        return (place, try CodeHost(in: try place.sandbox.folder("host", [:])))
    }

    private func deploy(_ code: String, on place: Installation, _ more: String = "") async throws {
        let text = "flow: sample\nname: fetched\ncommand: [sh, script.sh]\n\(more)\ncode:\n\(code)\n"
        let folder = try place.sandbox.folder("deploy-\(place.sandbox.nextNumber())", ["sluice.yaml": text])
        let result = try await place.sluice("deploy", folder)
        try #require(result.status == 0, "\(result.errors)")
    }

    private func revision(of run: String, on place: Installation) async throws -> String? {
        try await place.json("show", run)["attempts"]?[0]?["code_revision"]?.stringValue
    }

    @Test func twoRunsFetchOnceAndAPushIsPickedUpByTheNext() async throws {
        let (place, host) = try await place()
        CodeHost.shell("mkdir '\(host.folder)/private'")
        host.makeRepository("private/flows", ["sub/script.sh": "echo the first\n"])
        let secret = try await place.sluice("secret", "set", "git", input: CodeHost.token)
        #expect(secret.status == 0, "\(secret.errors)")
        try await deploy(
            """
              git:
                url: \(host.url)/private/flows.git
                branch: main
                folder: sub
                token: "{{ secrets.git }}"
            """, on: place)
        let runs = [try await place.run("fetched"), try await place.run("fetched")]
        for run in runs {
            try await place.wait(for: run, toBe: "COMPLETED")
            #expect(try await place.sluice("logs", run).output.contains("the first"))
        }
        #expect(host.requests.count { $0.hasSuffix(" fetch") } == 1, "\(host.requests)")
        let commit = host.push(to: "private/flows", ["sub/script.sh": "echo the second\n"])
        let next = try await place.run("fetched")
        try await place.wait(for: next, toBe: "COMPLETED")
        #expect(try await place.sluice("logs", next).output.contains("the second"))
        #expect(try await revision(of: next, on: place) == commit)
        let earlier = try await revision(of: runs[0], on: place)
        #expect(earlier != commit && earlier?.count == 40)
        let shown = try await place.sluice("show", next)
        #expect(shown.output.contains("Code        \(commit)"), "\(shown.output)")
        let described = try await place.sluice("deployment", "show", "sample/fetched")
        #expect(described.output.contains("git \(host.url)/private/flows.git, branch main"), "\(described.output)")
        #expect(!CodeHost.shell("grep -rqa \(CodeHost.token) '\(place.sandbox.path)/a1' '\(place.data)'"))
    }

    @Test func codeThatCannotBeHadCrashesTheRunAndIsTriedAgain() async throws {
        let (place, host) = try await place()
        host.makeRepository("flows", ["script.sh": "echo at last\n"])
        try await deploy(
            "  git: {url: '\(host.url)/flows.git', branch: later}", on: place,
            "crash_retries: {max: 100, delay: 100ms, backoff: constant}")
        let run = try await place.run("fetched")
        try await eventually("the first attempt to crash") {
            let attempts = try await place.json("show", run)["attempts"]
            let message = attempts?[0]?["message"]?.stringValue ?? ""
            guard attempts?[0]?["outcome"] == "CRASHED" else { return nil as Void? }
            #expect(message.contains("there is no branch 'later' there; push it"), "\(message)")
            return ()
        }
        host.push(to: "flows", ["script.sh": "echo at last\n", "b": "b"], more: "git push -q origin HEAD:later")
        try await place.wait(for: run, toBe: "COMPLETED")
        #expect(try await place.sluice("logs", run).output.contains("at last"))
    }

    @Test func whatIsShippedHasARevisionToo() async throws {
        let (place, host) = try await place()
        try await place.deploy("plain", script: "true\n")
        let run = try await place.run("plain")
        try await place.wait(for: run, toBe: "COMPLETED")
        #expect(try await revision(of: run, on: place)?.hasPrefix("sha256:") == true)
        CodeHost.shell("cd '\(host.folder)' && echo 'echo packed' > script.sh && tar -czf a.tgz script.sh")
        try await deploy("  archive: {url: '\(host.url)/a.tgz'}", on: place)
        let archived = try await place.run("fetched")
        try await place.wait(for: archived, toBe: "COMPLETED")
        #expect(try await place.sluice("logs", archived).output.contains("packed"))
    }
}
