import APIClient
import JSON
import Synchronization
import TestSupport
import Testing

@testable import SluiceCLI

/// What is made, changed, deleted and done again.
@Suite struct ManagementTests {
    private static let runID = "01a1fd64-06aa-7535-9709-f8f2de5601d4"

    @Test func `A run that is to wait says until when`() async throws {
        let fake = try FakeServer()
        let outcome = await fake.harness.run("run", "etl/daily", "-p", "month=3", "--in", "90s")
        #expect(outcome.code == 0, "\(outcome)")
        let body = fake.bodies("POST", "/deployments/d1/create_flow_run").first
        #expect(
            body?["state"] == [
                "type": "SCHEDULED", "state_details": ["scheduled_time": "2027-01-15T08:01:30.000000Z"],
            ])
        _ = await fake.harness.run("run", "etl/daily", "--param", "month=3", "--at", "2027-01-16T00:00:00Z")
        let second = fake.bodies("POST", "/deployments/d1/create_flow_run").last
        #expect(second?["state"]?["state_details"]?["scheduled_time"] == "2027-01-16T00:00:00.000000Z")
        #expect(second?["parameters"] == ["month": 3])
    }

    @Test func `Retrying goes on past a run that cannot be`() async throws {
        let fake = try FakeServer { request in
            request.path.hasSuffix("/retry")
                ? CannedAnswer(200, #"{"state": {"type": "SCHEDULED", "name": "AwaitingRetry"}}"#) : nil
        }
        let outcome = await fake.harness.run("retry", "nothing", "brave-otter", "--reason", "disk")
        #expect(outcome.code == 1 && outcome.errors.contains("there is no run 'nothing'"), "\(outcome)")
        #expect(outcome.output == "\(Self.runID)  brave-otter is queued again.\n")
        #expect(fake.bodies("POST", "/flow_runs/\(Self.runID)/retry") == [["reason": "disk"]])
    }

    @Test func `Other parameters make another run, which names the old one`() async throws {
        let fake = try FakeServer()
        let outcome = await fake.harness.run("retry", "brave-otter", "-p", "month=4", "--param", "text=7")
        #expect(outcome.code == 0, "\(outcome)")
        #expect(
            fake.bodies("POST", "/deployments/d1/create_flow_run").first == [
                "parameters": ["month": 4, "text": "7"], "tags": [], "labels": ["sluice.repeats": .string(Self.runID)],
                "priority": 0, "work_queue_name": "default",
            ])
        let wrong = await fake.harness.run("retry", "brave-otter", "-p", "mnth=4")
        #expect(wrong.code == 2 && wrong.errors.contains("did you mean 'month'?"), "\(wrong)")
    }

    @Test func `Deleting says what goes with it, and asks`() async throws {
        let fake = try FakeServer { request in
            request.method == "DELETE" ? CannedAnswer(204) : nil
        }
        let deleted: @Sendable () -> Int = { fake.server.requests.count { $0.method == "DELETE" } }
        let alone = await fake.harness.run("deployment", "delete", "etl/daily")
        #expect(alone.code == 2 && alone.errors.contains("--yes"), "\(alone)")
        #expect(alone.errors.contains("7 runs waiting: cancelled."))
        #expect(deleted() == 0)
        let asked = Mutex("")
        var harness = fake.harness
        harness.ask = { question in
            asked.withLock { $0 = question }
            return ""
        }
        let refused = await harness.run("deployment", "delete", "etl/daily")
        #expect(refused.code == 1 && refused.errors.contains("This deletes the deployment 'etl/daily'"), "\(refused)")
        #expect(refused.errors.contains("nothing was deleted") && deleted() == 0)
        #expect(asked.withLock { $0 }.contains("[y/N]"))
        harness.ask = { _ in "yes" }
        let agreed = await harness.run("deployment", "delete", "etl/daily")
        #expect(agreed.code == 0 && agreed.output == "The deployment 'etl/daily' is deleted.\n" && deleted() == 1)
        let script = await fake.harness.run("deployment", "delete", "etl/daily", "--yes", "--json")
        #expect(script.code == 0 && deleted() == 2, "\(script)")
        #expect(try JSONValue(parsing: script.output)["deleted"]?["id"] == "d1")
    }

    @Test func `A flow that is in use says what would be lost`() async throws {
        let fake = try FakeServer { request in
            request.path.hasSuffix("/flows/name/etl") ? CannedAnswer(200, #"{"id": "f1", "name": "etl"}"#) : nil
        }
        let outcome = await fake.harness.run("flow", "delete", "etl", "--yes")
        #expect(outcome.code == 1 && outcome.errors.contains("1 deployment and 7 runs"), "\(outcome)")
        let shown = await fake.harness.run("flow", "show", "etl")
        #expect(shown.output.contains("Deployments  daily") && shown.output.contains("Runs         7"), "\(shown)")
    }

    @Test func `Limits are set, and taken away`() async throws {
        let fake = try FakeServer { request in
            guard request.path.hasSuffix("/work_pools/gpu") else { return nil }
            let pool = #"{"id": "p", "name": "gpu", "type": "process"}"#
            return request.method == "PATCH" ? CannedAnswer(204) : CannedAnswer(200, pool)
        }
        #expect(await fake.harness.run("pool", "update", "gpu", "--limit", "3").code == 0)
        #expect(await fake.harness.run("pool", "update", "gpu", "--no-limit", "--description", "d").code == 0)
        #expect(
            fake.bodies("PATCH", "/work_pools/gpu") == [
                ["concurrency_limit": 3], ["concurrency_limit": .null, "description": "d"],
            ])
    }

    @Test func `The history says what each version changed`() async throws {
        let fake = try FakeServer { request in
            guard request.path.contains("/versions") else { return nil }
            return CannedAnswer(
                200,
                """
                [{"number": 3, "created": "2027-01-15T07:59:00Z", "restored_from": 1, "execution": {"command": ["a"]}},
                 {"number": 2, "created": "2027-01-15T07:00:00Z", "execution": {"command": ["b"]}, "tags": ["x"]},
                 {"number": 1, "created": "2027-01-15T06:00:00Z", "version": "v1", "execution": {"command": ["a"]}}]
                """)
        }
        let outcome = await fake.harness.run("deployment", "history", "etl/daily")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 4 && lines[1].hasSuffix("back to version 1: command"), "\(outcome)")
        #expect(lines[2].contains("command, tags") || lines[2].contains("version, command, tags"), "\(outcome)")
        #expect(lines[3].contains("v1") && lines[3].hasSuffix("made"), "\(outcome)")
    }

    @Test func `Watching draws over what it drew before, until ctrl-C`() async throws {
        let fake = try FakeServer()
        let (interruptions, pressed) = AsyncStream.makeStream(of: Int32.self)
        var harness = fake.harness
        harness.isTerminal = true
        harness.interruptions = { interruptions }
        harness.written = { if $0.ranges(of: "brave-otter").count == 3 { pressed.yield(2) } }
        let outcome = await harness.run("ps", "--watch", "--every", "50ms")
        #expect(outcome.code == 0 && outcome.output.ranges(of: "\u{1B}[2A\r\u{1B}[J").count >= 2, "\(outcome)")
    }

    @Test func `What a window has no room for is not drawn`() throws {
        let box = WrittenBytes()
        let device = Console.Device(isTerminal: true, height: { 4 })
        var canvas = Canvas(
            console: Console(output: device, writeOutput: { try box.append($0, patience: .max) }))
        try canvas.draw(["a", "b", "c", "d"])
        try canvas.draw(["e"])
        #expect(box.output == "a\nb\n… and 2 lines more\n\u{1B}[3A\r\u{1B}[Je\n")
    }

    @Test func `Runs are looked for by tag, text, time, flow and batch`() async throws {
        let fake = try FakeServer { request in
            request.path.hasSuffix("/batches/find/may") ? CannedAnswer(200, #"{"id": "b1", "size": 3}"#) : nil
        }
        _ = await fake.harness.run(
            "ps", "--tag", "a", "--tag", "b", "--text", "AA", "--since", "2h", "--until", "2027-01-15T07:30:00Z",
            "--flow", "etl", "--batch", "may", "--json")
        #expect(
            fake.bodies("POST", "/flow_runs/filter").first == [
                "flow_runs": [
                    "created": ["after_": "2027-01-15T06:00:00.000000Z", "before_": "2027-01-15T07:30:00.000000Z"],
                    "tags": ["all_": ["a", "b"]], "text": ["like_": "AA"], "batch_id": ["any_": ["b1"]],
                ], "flows": ["name": ["any_": ["etl"]]], "sort": "ID_DESC", "limit": 20, "offset": 0,
            ])
    }

    @Test func `A batch is shown, paused and retried`() async throws {
        let batch = """
            {"id": "b1", "name": "may", "size": 3, "is_paused": true, "flow_name": "etl", "deployment_name": "daily",
             "created": "2027-01-15T07:59:00Z", "runs": {"SCHEDULED": 1, "FAILED": 2}}
            """
        let fake = try FakeServer { request in
            if request.path.hasSuffix("/retry") { return CannedAnswer(200, #"{"retried": 2}"#) }
            if request.path.hasSuffix("/batches/filter") { return CannedAnswer(200, "[\(batch)]") }
            return request.path.contains("/batches/") ? CannedAnswer(200, batch) : nil
        }
        let list = await fake.harness.run("batch", "ls")
        #expect(list.output.contains("b1     may   etl/daily   paused    2/3       2  1m ago"), "\(list)")
        #expect(await fake.harness.run("batch", "pause", "may").output == "b1  may is paused.\n")
        #expect(await fake.harness.run("batch", "retry", "may").output == "2 runs queued again.\n")
        #expect(await fake.harness.run("batch", "show", "may").output.contains("Again       sluice batch retry b1"))
    }
}
