import Glibc
import JSON
import TestSupport
import Testing

/// Processes with limits, and as another user. The tests are root's, as in CI: nobody else may confine so.
@Suite(.enabled(if: geteuid() == 0, "only root may make control groups and be somebody else"), .timeLimit(.minutes(5)))
struct ConfinementTests {
    private let place: Installation
    /// Where groups can be made, nothing less will do.
    private let wantsGroups = getenv("SLUICE_TEST_WANTS_GROUPS") != nil

    init() throws { place = try Installation() }

    private func start() async throws {
        chmod(place.sandbox.path, 0o711)  // Users that runs are to be have to get there.
        _ = try await place.startServer()
        _ = try place.startAgent()
    }

    private func end(of name: String, script: String, _ document: String) async throws -> (
        state: String, log: String, JSONValue
    ) {
        try await place.deploy(name, script: script, "crash_retries: 0\n\(document)")
        let run = try await place.run(name)
        let shown = try await place.wait(for: run, toBe: "COMPLETED", "FAILED", "CRASHED")
        let state = shown["run"]?["state"]
        let text = "\(state?["name"]?.stringValue ?? "-"): \(state?["message"]?.stringValue ?? "")"
        return (text, try await place.sluice("logs", run).output, shown["attempts"]?[0] ?? .null)
    }

    @Test func memoryIsLimitedAndTheKernelsKillToldApart() async throws {
        try await start()
        let script = "exec python3 -c 'x = bytearray(200 << 20); print(len(x))'\n"
        let (hungry, log, attempt) = try await end(of: "hungry", script: script, "limits: {memory: 64m}")
        // Without groups the program is told, and not killed.
        if wantsGroups || hungry.hasPrefix("Crashed") {
            #expect(hungry == "Crashed: was killed for wanting more memory than it may have")
            #expect(attempt["peak_memory_bytes"]?.intValue ?? 0 > 32 << 20)
        } else {
            #expect(hungry.hasPrefix("Failed") && log.contains("MemoryError"), "\(hungry)")
        }
        let (killed, _, _) = try await end(of: "killed", script: "kill -9 $$\n", "limits: {memory: 64m}")
        #expect(killed == "Crashed: was ended by SIGKILL (9)")
        let (plenty, _, _) = try await end(of: "plenty", script: script, "limits: {memory: 1g}")
        #expect(plenty.hasPrefix("Completed"))
    }

    @Test func otherLimitsHold() async throws {
        try await start()
        let (files, log, _) = try await end(of: "files", script: "ulimit -n\n", "limits: {open_files: 37}")
        #expect(files.hasPrefix("Completed") && log.contains("37"))
        let (spent, _, _) = try await end(of: "spent", script: "while :; do :; done\n", "limits: {cpu_time: 1s}")
        #expect(spent == "Crashed: was ended by SIGXCPU (24): it has used up its cpu_time")
        // A quarter of a processor: three tenths of a second of its time take at least a second, short of the first period.
        let spin = """
            exec python3 -c '
            import time
            begin, used = time.monotonic(), time.process_time()
            while time.process_time() - used < 0.3: pass
            print("took long" if time.monotonic() - begin > 0.7 else "took no time")'

            """
        let (spun, words, _) = try await end(of: "spun", script: spin, "limits: {cpus: 0.25}")
        // Without groups nothing can hold it, and so it is not begun.
        #expect(
            wantsGroups || spun.hasPrefix("Completed") ? words.contains("took long") : spun.contains("cpus"),
            "\(spun) \(words)")
        let fork = "for i in 1 2 3 4 5 6 7 8; do sleep 1 & done; wait\n"
        let (many, errors, _) = try await end(of: "many", script: fork, "limits: {processes: 4}\nuser: nobody")
        #expect(many.hasPrefix("Failed") && errors.lowercased().contains("fork"), "\(many) \(errors)")
    }

    @Test(arguments: ["", "limits: {open_files: 50}", "user: nobody"])
    func whatCannotBeExecutedIsToldAsWithoutLimits(document: String) async throws {
        try await start()
        let files = ["plain.sh": "echo no\n", "alien.sh": "#!/nowhere/interpreter\n"]
        let cases = [
            ("absent", "nosuch", "command not found: nosuch; give a full path or put its directory into PATH"),
            ("gone", "./nosuch", "command not found: ./nosuch"), ("plain", "./plain.sh", "not executable: ./plain.sh"),
            ("alien", "./alien.sh", "not executable: ./alien.sh"),
        ]
        for (name, command, message) in cases {
            let text = "flow: sample\nname: \(name)\ncommand: [\(command)]\ncrash_retries: 0\n\(document)\n"
            let folder = try place.sandbox.folder("deploy-\(name)", files.merging(["sluice.yaml": text]) { $1 })
            chmod("\(folder)/alien.sh", 0o755)
            try #require(try await place.sluice("deploy", folder).status == 0)
            let shown = try await place.wait(for: try await place.run(name), toBe: "COMPLETED", "FAILED", "CRASHED")
            let state = shown["run"]?["state"]
            #expect(state?["type"]?.stringValue == "FAILED")
            let found = state?["message"]?.stringValue ?? ""
            #expect(found.hasPrefix("could not be started: \(message)"), "\(found)")
        }
    }

    @Test func aRunIsSomebodyElse() async throws {
        try await start()
        let script = "id -un; echo $HOME; touch mine && cat \"$SLUICE_PARAMETERS_FILE\"; exec ls -ln mine\n"
        let (state, log, _) = try await end(of: "other", script: script, "user: nobody")
        #expect(state.hasPrefix("Completed"), "\(state) \(log)")
        #expect(log.contains("nobody") && log.contains(" 65534 "))
        chmod(place.sandbox.path, 0o700)
        let (closed, _, _) = try await end(of: "closed", script: script, "user: nobody")
        #expect(closed.contains("the user nobody may not enter") && closed.contains("--data"), "\(closed)")
        let (unknown, _, _) = try await end(of: "unknown", script: "true\n", "user: nobody-of-this-name")
        #expect(unknown.contains("could not be started: there is no user nobody-of-this-name"), "\(unknown)")
    }
}
