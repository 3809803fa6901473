import Glibc
import JSON
import TestSupport
import Testing

/// Sluice's agents execute deployments that the real client has made, with the real client in them.
@Suite(.timeLimit(.minutes(15))) struct PrefectAgentTests {
    private static let folder = "\(PrefectJourneys.folder)/agents"
    private static let (three, two) = ("\(Repository.root)/.build/prefect-3", "\(Repository.root)/.build/prefect-2")

    private let place: Installation

    init() async throws { place = try Installation() }

    /// A server, an agent that serves a pool of processes, and these flows deployed to it.
    private func begin(
        _ flows: String..., variables: String = "{}", agent arguments: [String] = []
    ) async throws -> (server: Program, agent: Program) {
        let server = try await place.startServer()
        try await prefect("prefect", "work-pool", "create", "--type", "process", "processes")
        try await prefect("python", ["\(Self.folder)/deploying.py", "processes", variables] + flows)
        return (server, try startAgent(arguments))
    }

    private func startAgent(_ arguments: [String] = []) throws -> Program {
        try place.startAgent("a1", slots: 4, ["--pool", "processes", "--python", Self.three] + arguments)
    }

    private func prefect(_ program: String, _ arguments: String...) async throws {
        try await prefect(program, arguments)
    }

    private func prefect(_ program: String, _ arguments: [String]) async throws {
        let client = try Program(
            "\(Self.three)/bin/\(program)", arguments, in: place.sandbox,
            environment: [
                "PREFECT_API_URL": "http://\(place.http)/api", "HOME": place.sandbox.path,
                "PREFECT_HOME": "\(place.sandbox.path)/prefect",
            ])
        let status = try await client.wait(atMost: .seconds(300))
        try #require(status == 0, "\(program) \(arguments): \(client.output)\(client.errors)")
    }

    private func run(_ flow: String, _ parameters: String...) async throws -> String {
        let program = try Program(
            "sluice", ["run", "\(flow)/agents", "--json"] + parameters.flatMap { ["-p", $0] }, in: place.sandbox,
            environment: ["SLUICE_API_URL": "http://\(place.http)/api"])
        let status = try await program.wait(atMost: .seconds(60))
        try #require(status == 0, "\(program.errors)")
        return try #require(try JSONValue(parsing: program.output)["id"]?.stringValue)
    }

    private func log(of run: String) async throws -> [String] {
        try await place.sluice("logs", run).output.split(separator: "\n").map(String.init)
    }

    /// The words of the line in which the run's flow says how it began.
    private func beginning(of run: String) async throws -> [Substring] {
        try await eventually("the beginning of run \(run)", atMost: .seconds(120)) {
            let line = try await log(of: run).first { $0.contains("process ") && $0.contains(" attempt ") }
            return line.map {
                $0[($0.firstRange(of: "process ")?.lowerBound ?? $0.startIndex)...].split(separator: " ")
            }
        }
    }

    private func pid(of run: String) async throws -> pid_t { try #require(pid_t(try await beginning(of: run)[1])) }

    private func states(of kind: String, in run: String) async throws -> [String] {
        let runs: JSONValue = ["any_": .array([.string(run)])]
        let filter: JSONValue = kind == "task_runs" ? ["id": runs] : ["parent_flow_run_id": runs]
        let ask = """
            import sys, urllib.request as web
            request = web.Request(sys.argv[1], sys.argv[2].encode(), {"Content-Type": "application/json"})
            print(web.urlopen(request).read().decode())
            """
        let query = JSONValue.object(["flow_runs": filter]).serialized()
        let client = try Program(
            "/usr/bin/env", ["python3", "-c", ask, "http://\(place.http)/api/\(kind)/filter", query], in: place.sandbox)
        try #require(try await client.wait() == 0, "\(client.errors)")
        let found = try JSONValue(parsing: client.output).arrayValue ?? []
        return found.compactMap { $0["state_type"]?.stringValue }
    }

    @Test func flowsBeginColdAndThenWarmAndAreSeenOnce() async throws {
        let programs = try await begin("sums")
        let first = try await run("sums")
        try await place.wait(for: first, toBe: "COMPLETED")
        #expect(try await beginning(of: first)[2] == "cold")
        let last = try await eventually("a warm run", atMost: .seconds(180)) {
            let run = try await run("sums", "count=4")
            try await place.wait(for: run, toBe: "COMPLETED")
            return try await beginning(of: run)[2] == "warm" ? run : nil
        }
        for (run, sum, tasks) in [(first, "sum 6", 3), (last, "sum 12", 4)] {
            let lines = try await eventually("the whole log") {
                let lines = try await log(of: run)
                return lines.contains { $0.contains("Finished in state Completed()") } ? lines : nil
            }
            for text in [sum, "straight out", "contexts of its own True", "Beginning flow run"] {
                #expect(lines.filter { $0.contains(text) }.count == 1, "\(text) in \(lines)")
            }
            #expect(try await states(of: "task_runs", in: run) == Array(repeating: "COMPLETED", count: tasks))
        }
        withExtendedLifetime(programs) {}
    }

    @Test(arguments: [true, false])
    func aCancelledFlowRunsItsHookAndEnds(warm: Bool) async throws {
        let programs = try await begin("waits", agent: warm ? [] : ["--no-warm"])
        let run = try await run("waits", "path=\(place.sandbox.path)/never")
        let pid = try await pid(of: run)
        try await place.wait(for: run, toBe: "RUNNING")
        _ = try await eventually("its task") {
            try await states(of: "task_runs", in: run).contains("RUNNING") ? true : nil
        }
        try await prefect("prefect", "flow-run", "cancel", run)
        try await place.wait(for: run, toBe: "CANCELLED")
        // The flow's own process says so, and only then ends.
        _ = try await eventually("the end of its process") { kill(pid, 0) != 0 ? true : nil }
        #expect(try await log(of: run).contains { $0.contains("hook: cancelled") })
        #expect(try await states(of: "task_runs", in: run) == ["CRASHED"])
        withExtendedLifetime(programs) {}
    }

    @Test func whatExecutedInAKilledProcessCrashesWithIt() async throws {
        let programs = try await begin("waits")
        let run = try await run("waits", "path=\(place.sandbox.path)/never", "in_sub_flow=true")
        let pid = try await pid(of: run)
        _ = try await eventually("its sub-flow") {
            try await states(of: "flow_runs", in: run) == ["RUNNING"] ? true : nil
        }
        kill(pid, SIGKILL)
        try await place.wait(for: run, toBe: "CRASHED")
        #expect(try await states(of: "flow_runs", in: run) == ["CRASHED"])
        #expect(try await states(of: "task_runs", in: run) == ["CRASHED"])
        withExtendedLifetime(programs) {}
    }

    @Test(arguments: [0, 3])
    func aProcessThatLeavesNoFinalStateHasCrashed(code: Int) async throws {
        let programs = try await begin("vanishes")
        let run = try await run("vanishes", "code=\(code)")
        let shown = try await place.wait(for: run, toBe: "CRASHED")
        let message = shown["run"]?["state"]?["message"]?.stringValue ?? ""
        #expect(message.contains("exited with code \(code) and left no final state"))
        withExtendedLifetime(programs) {}
    }

    @Test func aFlowRetriesInItsOwnProcess() async throws {
        let programs = try await begin("stumbles")
        let run = try await run("stumbles", "path=\(place.sandbox.path)/stumbled")
        try await place.wait(for: run, toBe: "COMPLETED")
        try await oneAttempt(completes: run)
        withExtendedLifetime(programs) {}
    }

    @Test(arguments: ["agent", "server"])
    func eitherSideIsKilledAndTheFlowGoesOn(who: String) async throws {
        let (server, agent) = try await begin("waits")
        let path = "\(place.sandbox.path)/go"
        let run = try await run("waits", "path=\(path)")
        let pid = try await pid(of: run)
        try await place.wait(for: run, toBe: "RUNNING")
        let victim = who == "agent" ? agent : server
        victim.signal(SIGKILL)
        try await victim.wait()
        let next = who == "agent" ? try startAgent() : try await place.startServer()
        #expect(kill(pid, 0) == 0, "its process lives")
        try place.sandbox.write("", to: path)
        try await place.wait(for: run, toBe: "COMPLETED", "CRASHED", "FAILED")
        try await oneAttempt(completes: run)
        withExtendedLifetime((server, agent, next)) {}
    }

    /// The attempt ends with its process, a moment after the flow's own last word.
    private func oneAttempt(completes run: String) async throws {
        _ = try await eventually("the end of the attempt") {
            try await place.outcomes(of: run) == ["a1 COMPLETED"] ? true : nil
        }
    }

    @Test func aDeploymentMayHaveLimits() async throws {
        let variables = #"{"limits": {"memory": "320m", "open_files": 237}}"#
        let programs = try await begin("narrow", variables: variables)
        let run = try await run("narrow")
        let shown = try await place.wait(for: run, toBe: "COMPLETED", "FAILED", "CRASHED")
        let state = shown["run"]?["state"]
        let message = state?["message"]?.stringValue ?? ""
        // Without control groups it is told that there is no more.
        if state?["type"]?.stringValue == "CRASHED" {
            #expect(message.contains("was killed for wanting more memory than it may have"), "\(message)")
        } else {
            #expect(message.contains("MemoryError"), "\(message)")
        }
        #expect(try await log(of: run).contains { $0.contains("files 237") })
        withExtendedLifetime(programs) {}
    }

    @Test func aDeploymentMayAskForAnotherPython() async throws {
        let programs = try await begin("older", variables: "{\"python\": \"\(Self.two)\"}")
        let run = try await run("older")
        try await place.wait(for: run, toBe: "COMPLETED")
        #expect(try await beginning(of: run).last?.hasPrefix("2.20") == true)
        withExtendedLifetime(programs) {}
    }
}
