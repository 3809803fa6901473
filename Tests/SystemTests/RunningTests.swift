import Glibc
import JSON
import TestSupport
import Testing

/// The main job through real processes: what a user does, and what they see.
@Suite(.timeLimit(.minutes(5))) struct RunningTests {
    @Test func aDeploymentIsMadeRunFollowedAndRead() async throws {
        let place = try Installation()
        _ = try await place.startServer()
        _ = try place.startAgent()
        try await place.deploy(
            "greet", script: "echo \"hello $1, attempt $SLUICE_ATTEMPT\"; echo careful >&2\n",
            """
            parameters:
              name: {type: string, default: world}
              times: {type: integer, minimum: 1, maximum: 3}
            """)
        let refused = try await place.sluice("run", "sample/greet", "-p", "times=7")
        #expect(refused.status != 0)
        #expect(refused.errors.contains("times") && refused.errors.contains("7") && refused.errors.contains("3"))
        let followed = try await place.sluice("run", "sample/greet", "-p", "times=1", "--follow")
        #expect(followed.status == 0, "\(followed.errors)")
        #expect(followed.output.contains("attempt 1"))
        let runs = try #require(try await place.json("ps", "--all").arrayValue)
        #expect(runs.count == 1, "what was refused was not queued")
        let id = try #require(runs.first?["id"]?.stringValue)
        let logs = try await place.sluice("logs", String(id.prefix(36)))
        #expect(logs.output.contains("hello") && logs.output.contains("careful"))
        #expect(try await place.state(of: id) == "COMPLETED")
    }

    @Test func aRunThatNobodyServesSaysSoAndRunsOnceSomebodyDoes() async throws {
        let place = try Installation()
        _ = try await place.startServer()
        try await place.deploy("plain", script: "true\n")
        let queued = try await place.sluice("run", "sample/plain")
        #expect(queued.status == 0)
        #expect((queued.output + queued.errors).contains("sluice-agent --server \(place.agents)"))
        let run = try await place.run("plain")
        let explained = try await place.sluice("explain", run)
        #expect(explained.output.contains("no agent serves"))
        _ = try place.startAgent()
        try await place.wait(for: run, toBe: "COMPLETED")
    }

    @Test func anAgentMayStartBeforeItsServer() async throws {
        let place = try Installation()
        let agent = try place.startAgent()
        _ = try await eventually("the agent to wait") {
            agent.errors.contains("no server answers") ? true : nil
        }
        _ = try await place.startServer()
        try await place.deploy("plain", script: "true\n")
        try await place.wait(for: try await place.run("plain"), toBe: "COMPLETED")
    }

    @Test func aMissingCommandFailsTheRunWithItsName() async throws {
        let place = try Installation()
        _ = try await place.startServer()
        _ = try place.startAgent()
        let folder = try place.sandbox.folder(
            "missing", ["sluice.yaml": "flow: sample\nname: missing\ncommand: [no-such-program-at-all]\n"])
        #expect(try await place.sluice("deploy", folder).status == 0)
        let followed = try await place.sluice("run", "sample/missing", "--follow")
        #expect(followed.status == 1)
        let run = try #require(try await place.json("ps", "--all")[0]?["id"]?.stringValue)
        let shown = try await place.wait(for: run, toBe: "FAILED")
        #expect(shown["run"]?["state"]?["message"]?.stringValue?.contains("no-such-program-at-all") == true)
    }

    @Test func aFailureIsRetriedAndRecovers() async throws {
        let place = try Installation()
        _ = try await place.startServer()
        _ = try place.startAgent()
        try await place.deploy(
            "flaky", script: "echo trying; [ \"$SLUICE_ATTEMPT\" -ge 3 ] || { echo not yet >&2; exit 4; }\n",
            "retries: {max: 5, delay: 50ms}")
        let run = try await place.run("flaky")
        let shown = try await place.wait(for: run, toBe: "COMPLETED", "FAILED")
        #expect(shown["run"]?["state"]?["type"]?.stringValue == "COMPLETED")
        #expect(try await place.sluice("show", run).output.contains("not yet"), "each failure says why")
    }

    @Test func cancellingStopsTheProgramAndWhatItStarted() async throws {
        let place = try Installation()
        _ = try await place.startServer()
        _ = try place.startAgent()
        let marker = "\(place.sandbox.path)/pids"
        try await place.deploy(
            "stubborn", script: "trap '' TERM; sleep 600 & echo $! $$ > '\(marker)'; wait; sleep 600\n", "grace: 200ms")
        let run = try await place.run("stubborn")
        let pids = try await eventually("the program to start") {
            let pids = contents(of: marker).split(whereSeparator: \.isWhitespace).compactMap { pid_t($0) }
            return pids.count == 2 ? pids : nil
        }
        try await place.wait(for: run, toBe: "RUNNING")
        #expect(try await place.sluice("cancel", run).status == 0)
        try await place.wait(for: run, toBe: "CANCELLED")
        for pid in pids {
            _ = try await eventually("process \(pid) to be gone") { kill(pid, 0) != 0 ? true : nil }
        }
    }

    @Test func aTimeoutEndsARunAndSaysSo() async throws {
        let place = try Installation()
        _ = try await place.startServer()
        _ = try place.startAgent()
        try await place.deploy("slow", script: "sleep 600\n", "timeout: 300ms\ngrace: 100ms")
        let shown = try await place.wait(for: try await place.run("slow"), toBe: "FAILED")
        #expect(shown["run"]?["state"]?["name"]?.stringValue == "TimedOut")
    }

    @Test func aBatchIsQueuedFollowedAndCounted() async throws {
        let place = try Installation()
        _ = try await place.startServer()
        _ = try place.startAgent()
        try await place.deploy(
            "cell", script: "echo \"$SLUICE_PARAMETERS\"\n",
            """
            parameters:
              month: {type: integer, minimum: 1, maximum: 12}
              carrier: {type: string}
            """)
        let bad = try await place.sluice("batch", "sample/cell", "--grid", "month=1..13", "--grid", "carrier=AA,UA")
        #expect(bad.status != 0 && bad.errors.contains("13"))
        #expect(try await place.json("ps", "--all").arrayValue?.isEmpty == true, "all or nothing")
        let good = try await place.sluice(
            "batch", "sample/cell", "--grid", "month=1..12", "--grid", "carrier=AA,UA", "--follow")
        #expect(good.status == 0, "\(good.errors)")
        let runs = try #require(try await place.json("ps", "--all", "--limit", "100").arrayValue)
        #expect(runs.count == 24)
        #expect(runs.allSatisfy { $0["state"]?["type"]?.stringValue == "COMPLETED" })
        let months = Set(runs.compactMap { $0["parameters"]?["month"]?.intValue })
        #expect(months == Set(1...12))
        let rows = try await place.sluice(
            "batch", "sample/cell", "--from", "-", "--follow", input: "month,carrier\n3,\"A,A\"\n4,UA\n")
        #expect(rows.status == 0, "\(rows.errors)")
    }

    @Test func aLongListIsWhole() async throws {
        let place = try Installation()
        _ = try await place.startServer()
        try await place.deploy("many", script: "true\n", "parameters: {n: integer}")
        let queued = try await place.sluice("batch", "sample/many", "--grid", "n=1..450")
        #expect(queued.status == 0, "\(queued.errors)")
        let runs = try #require(try await place.json("ps", "--all", "--limit", "1000").arrayValue)
        #expect(Set(runs.compactMap { $0["id"]?.stringValue }).count == 450)
        #expect(Set(runs.compactMap { $0["parameters"]?["n"]?.intValue }) == Set(1...450))
    }
}
