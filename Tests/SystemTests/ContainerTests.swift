import Glibc
import JSON
import TestSupport
import Testing

/// Runs in containers of a real Podman.
@Suite(.enabled(if: Podman.isInstalled, Podman.advice), .timeLimit(.minutes(10))) struct ContainerTests {
    private let place: Installation
    private let podman: Podman
    private let image: String

    init() async throws {
        place = try Installation()
        podman = try await Podman(for: place)
        image = try await podman.makeImage("shell")
    }

    private func startAgent(_ arguments: String...) throws -> Program {
        try place.startAgent("a1", slots: 4, ["--docker-host", "unix://\(podman.socket)"] + arguments)
    }

    private func deploy(_ name: String, script: String, container: String = "", _ document: String = "") async throws {
        try await place.deploy(
            name, script: script, "container: {image: \"\(image)\", pull: never\(container)}\n\(document)")
    }

    /// What came of the only attempt at a run.
    private func attempt(_ shown: JSONValue) -> JSONValue? { shown["attempts"]?[0] }

    private func expectNothingLeft() async throws {
        #expect(try await podman.containers() == [])
        let kept = try await listing(of: "\(place.sandbox.path)/a1/containers")
        #expect(kept == "")
    }

    private func listing(of folder: String) async throws -> String {
        let program = try Program("/bin/ls", [folder], in: place.sandbox)
        try #require(try await program.wait() == 0)
        return program.output
    }

    @Test func aRunSeesItsCodeItsParametersAndItsVariables() async throws {
        _ = try await place.startServer()
        _ = try startAgent()
        try await deploy(
            "plain",
            script: "pwd; cat /sluice/parameters.json; echo; echo $SLUICE_ATTEMPT $OWN $KEPT; echo no >&2; sleep 1\n",
            container: ", env: {OWN: mine, KEPT: theirs}, working_directory: /sluice/work",
            "env: {KEPT: \"{{ parameters.x }}\"}\nparameters: {x: {type: integer, default: 3}}")
        let run = try await place.run("plain")
        let shown = try await place.wait(for: run, toBe: "COMPLETED", "FAILED", "CRASHED")
        let log = try await place.sluice("logs", run).output
        for line in ["/sluice/work", #"{"x":3}"#, "1 mine 3", "no"] { #expect(log.contains(line), "\(log)") }
        #expect(shown["run"]?["state"]?["type"]?.stringValue == "COMPLETED")
        #expect(attempt(shown)?["peak_memory_bytes"]?.intValue ?? 0 > 0)
        try await expectNothingLeft()
    }

    @Test func codeFromElsewhereIsInTheContainerAndCodeInTheImageToo() async throws {
        _ = try await place.startServer()
        _ = try startAgent()
        let elsewhere = try place.sandbox.folder("elsewhere", ["script.sh": "pwd; ls\n"])
        try await deploy("fetched", script: "false\n", "code: {path: \(elsewhere)}")
        let fetched = try await place.run("fetched")
        let shown = try await place.wait(for: fetched, toBe: "COMPLETED", "FAILED", "CRASHED")
        let log = try await place.sluice("logs", fetched).output
        #expect(log.contains("/sluice/work") && log.contains("script.sh"), "\(shown)")
        #expect(attempt(shown)?["code_revision"]?.stringValue?.hasPrefix("sha256:") == true)
        let document = """
            flow: sample
            name: inside
            command: [sh, -c, pwd]
            container: {image: "\(image)", pull: never}
            code: {image: true}
            working_directory: /bin
            """
        let deployed = try await place.sluice(
            "deploy", try place.sandbox.folder("deploy-inside", ["sluice.yaml": document]))
        try #require(deployed.status == 0, "\(deployed.errors)")
        let inside = try await place.run("inside")
        try await place.wait(for: inside, toBe: "COMPLETED")
        #expect(try await place.sluice("logs", inside).output.contains("/bin"))
        try await expectNothingLeft()
    }

    /// Podman passes over the request for devices: only Nvidia's runtime would obey the variable.
    @Test func aRunIsToldWhichDevicesAreItsOwn() async throws {
        _ = try await place.startServer()
        _ = try startAgent("--gpu-devices", "3,4")
        try await deploy("devices", script: "echo $SLUICE_GPUS $NVIDIA_VISIBLE_DEVICES\n", "requires: {gpu: 2}")
        let run = try await place.run("devices")
        try await place.wait(for: run, toBe: "COMPLETED", "FAILED", "CRASHED")
        #expect(try await place.sluice("logs", run).output.contains("3,4 3,4"))
        try await expectNothingLeft()
    }

    @Test func endsAreToldApart() async throws {
        _ = try await place.startServer()
        _ = try startAgent()
        let once = "crash_retries: 0"
        try await deploy("code", script: "echo bad >&2; exit 7\n", once)
        try await deploy("signal", script: "echo $$ > pid; kill -SEGV 1; exit 139\n", once)
        try await deploy("hungry", script: "x=$(yes aaaaaaaaaaaaaaaa); echo $?\n", container: ", memory: 32m", once)
        try await deploy("late", script: "while true; do sleep 0.1; done\n", "timeout: 1s\ngrace: 200ms")
        var messages: [String: String] = [:]
        for name in ["code", "signal", "hungry", "late"] {
            let shown = try await place.wait(for: try await place.run(name), toBe: "FAILED", "CRASHED", "COMPLETED")
            let state = shown["run"]?["state"]
            messages[name] = "\(state?["name"]?.stringValue ?? "-"): \(state?["message"]?.stringValue ?? "-")"
        }
        #expect(messages["code"] == "Failed: exited with code 7: bad")
        #expect(messages["signal"] == "Crashed: was ended by SIGSEGV (11)")
        #expect(messages["hungry"] == "Crashed: was killed for wanting more memory than it may have")
        #expect(messages["late"] == "TimedOut: ran into its timeout")
        try await expectNothingLeft()
    }

    @Test func whatCannotBeginSaysWhy() async throws {
        _ = try await place.startServer()
        _ = try startAgent()
        let containers = [
            "missing": #"image: "localhost/none:1", pull: never"#, "refused": #"image: "127.0.0.1:1/none:1""#,
            "command": "image: \"\(image)\", entrypoint: [nosuch]",
        ]
        for (name, container) in containers {
            try await place.deploy(name, script: "true\n", "container: {\(container)}")
        }
        func message(_ name: String) async throws -> String {
            let shown = try await place.wait(for: try await place.run(name), toBe: "FAILED", "CRASHED", "COMPLETED")
            return shown["run"]?["state"]?["message"]?.stringValue ?? ""
        }
        #expect(try await message("missing").contains("the engine has no image localhost/none:1"))
        #expect(try await message("refused").contains("the image 127.0.0.1:1/none:1 could not be fetched"))
        #expect(try await message("command").contains("nosuch"))
        try await expectNothingLeft()
    }

    @Test func cancellingAsksFirst() async throws {
        _ = try await place.startServer()
        _ = try startAgent()
        try await deploy(
            "polite", script: "trap 'echo asked; exit 0' TERM; echo up; while true; do sleep 0.1; done\n")
        try await deploy("deaf", script: "trap '' TERM; echo up; while true; do sleep 0.1; done\n", "grace: 1s")
        for name in ["polite", "deaf"] {
            let run = try await begin(name)
            #expect(try await place.sluice("cancel", run).status == 0)
            try await place.wait(for: run, toBe: "CANCELLED")
            let log = try await place.sluice("logs", run).output
            #expect(log.contains("asked") == (name == "polite"))
        }
        try await expectNothingLeft()
    }

    private func begin(_ name: String) async throws -> String {
        let run = try await place.run(name)
        _ = try await eventually("the container's first words") {
            try await place.sluice("logs", run).output.contains("up") ? true : nil
        }
        return run
    }

    @Test(arguments: [SIGTERM, SIGKILL])
    func anAgentThatComesBackGoesOnWithIt(signal: Int32) async throws {
        _ = try await place.startServer()
        let agent = try startAgent()
        try await deploy(
            "waiter", script: "echo up; until [ -e go ]; do sleep 0.1; done; echo down; exit 3\n", "lease: 10m")
        let run = try await begin("waiter")
        agent.signal(signal)
        try await agent.wait()
        #expect(try await podman.containers().count == 1, "it outlives its agent")
        _ = try startAgent()
        try place.sandbox.write("", to: "\(place.sandbox.path)/a1/runs/\(run).1/work/go")
        let shown = try await place.wait(for: run, toBe: "FAILED", "CRASHED", "COMPLETED")
        #expect(shown["run"]?["state"]?["message"]?.stringValue?.contains("code 3") == true)
        #expect(try await place.sluice("logs", run).output.contains("down"))
        #expect(shown["attempts"]?.arrayValue?.count == 1, "it was executed once")
        try await expectNothingLeft()
    }

    @Test func nothingIsLeftBehindByThoseWhoAreKilled() async throws {
        _ = try await place.startServer()
        let agent = try startAgent()
        try await deploy("long", script: "echo up; while true; do sleep 0.1; done\n", "crash_retries: 0")
        // What watches a container is killed, and the agent removes that.
        let first = try await begin("long")
        kill(try await watcher(of: first), SIGKILL)
        try await place.wait(for: first, toBe: "CRASHED")
        #expect(try await podman.containers() == [])
        // All at once: the next agent does.
        let second = try await begin("long")
        agent.signal(SIGKILL)
        try await agent.wait()
        kill(try await watcher(of: second), SIGKILL)
        #expect(try await podman.containers().count == 1)
        _ = try startAgent()
        try await place.wait(for: second, toBe: "CRASHED")
        try await expectNothingLeft()
    }

    private func watcher(of run: String) async throws -> pid_t {
        let program = try Program("/usr/bin/pgrep", ["-f", "contain .*\(run).1.order"], in: place.sandbox)
        try #require(try await program.wait() == 0)
        return try #require(pid_t(program.output.split(separator: "\n")[0]))
    }

    @Test func theLeaseEndsAContainerWithoutAgentAndServer() async throws {
        let server = try await place.startServer()
        let agent = try startAgent()
        try await deploy("leased", script: "trap '' TERM; echo up; while true; do sleep 0.1; done\n", "lease: 5s")
        _ = try await begin("leased")
        server.signal(SIGKILL)
        agent.signal(SIGKILL)
        try await agent.wait()
        #expect(try await podman.containers().count == 1)
        _ = try await eventually("the end of the lease") { try await podman.containers().isEmpty ? true : nil }
    }

    @Test func aRunWaitsForAnAgentWithAnEngine() async throws {
        _ = try await place.startServer()
        _ = try place.startAgent("a0", slots: 4, ["--docker-host", "none"])
        try await deploy("boxed", script: "true\n")
        try await place.deploy("plain", script: "true\n")
        let boxed = try await place.run("boxed")
        try await place.wait(for: try await place.run("plain"), toBe: "COMPLETED")
        let reasons = try await place.sluice("explain", boxed).output
        #expect(reasons.contains("sluice.container"), "\(reasons)")
        _ = try startAgent()
        try await place.wait(for: boxed, toBe: "COMPLETED")
        #expect(try await place.outcomes(of: boxed) == ["a1 COMPLETED"])
    }
}
