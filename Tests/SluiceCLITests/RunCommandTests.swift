import JSON
import Synchronization
import TestSupport
import Testing

@testable import SluiceCLI

@Suite struct RunCommandTests {
    private static let id = "01a1fd64-06aa-7535-9709-f8f2de5601d4"

    @Test func `A run is queued with typed parameters, and it is said at once that nobody serves it`() async throws {
        let fake = try FakeServer()
        let outcome = await fake.harness.run(
            "run", "etl/daily", "-p", "month=3", "-p", "text=007", "--tag", "x", "--priority", "5", "--queue", "urgent",
            "--name", "mine", "--idempotency-key", "k")
        #expect(outcome.code == 0)
        #expect(outcome.output == "\(Self.id)  brave-otter\n")
        #expect(outcome.errors.contains("No agent serves the queue 'default' of the pool 'default'"))
        #expect(outcome.errors.contains("sluice-agent --server 10.0.0.5:4201 --pool default --queue default"))
        #expect(
            fake.bodies("POST", "/deployments/d1/create_flow_run") == [
                [
                    "parameters": ["month": 3, "text": "007"], "name": "mine", "tags": ["x"], "idempotency_key": "k",
                    "priority": 5, "work_queue_name": "urgent",
                ]
            ])
    }

    @Test func `JSON is the run, and nothing else`() async throws {
        let fake = try FakeServer()
        let outcome = await fake.harness.run("run", "etl/daily", "--json")
        #expect(outcome.output == FakeServer.run.serialized() + "\n" && outcome.errors.isEmpty)
    }

    @Test func `A file's parameters stand below those of the command line`() async throws {
        let fake = try FakeServer()
        let file = try TemporaryFile("p.json", #"{"month": 1, "text": "a"}"#)
        _ = await fake.harness.run("run", "etl/daily", "--params", file.path, "-p", "month=2")
        #expect(
            fake.bodies("POST", "/deployments/d1/create_flow_run").first?["parameters"] == ["month": 2, "text": "a"])
    }

    @Test(arguments: [
        (["run", "etl/dialy"], 1, "there is no deployment 'etl/dialy'; did you mean 'etl/daily'?"),
        (["run", "etl"], 2, "'etl' is not FLOW/DEPLOYMENT"), (["run", "etl/"], 2, "is not FLOW/DEPLOYMENT"),
        (["run", "etl/daily", "-p", "mnth=3"], 2, "no parameter 'mnth'; did you mean 'month'?"),
        (["run", "etl/daily", "-p", "month=3", "-p", "month=4"], 2, "-p gives 'month' twice"),
        (["run", "etl/daily", "--params", "/nowhere"], 2, "cannot open '/nowhere'"),
        (["show", "nothing"], 1, "there is no run 'nothing'"),
        (["batch", "etl/daily", "--grid", "month=1..3", "-p", "month=1"], 2, "both --grid and -p give 'month'"),
    ])
    func `What is wrong is said with the remedy`(arguments: [String], code: Int32, message: String) async throws {
        let fake = try FakeServer()
        let outcome = await fake.harness.run(arguments)
        #expect(outcome.code == code && outcome.output.isEmpty && outcome.errors.contains(message), "\(outcome)")
    }

    @Test func `A refusal ends with 1 and the server's reason`() async throws {
        let fake = try FakeServer { request in
            request.path.hasSuffix("create_flow_run")
                ? CannedAnswer(
                    409,
                    #"{"detail": "Error creating flow run: Validation failed for field 'month'. Failure reason: 13 is too much; Validation failed. Failure reason: 'x' is a required property"}"#
                ) : nil
        }
        let outcome = await fake.harness.run("run", "etl/daily", "-p", "month=13")
        #expect(outcome.code == 1 && outcome.errors == "sluice: month: 13 is too much; 'x' is a required property\n")
    }

    // MARK: Following

    private static func following(_ state: String) -> String {
        """
        id: 1
        event: state
        data: {"id": "s1", "type": "RUNNING", "name": "Running"}

        id: 2
        event: log
        data: [{"message": "one"}, {"message": "two", "level": 40}]

        id: 3
        event: end
        data: {"id": "s2", "type": "\(state)", "message": "because"}


        """
    }

    @Test(arguments: [("COMPLETED", 0), ("FAILED", 1), ("CRASHED", 1), ("CANCELLED", 1)])
    func `The exit code is the run's, its log is the output, its states are not`(state: String, code: Int32)
        async throws
    {
        let fake = try FakeServer { $0.path.contains("/follow") ? .events(Self.following(state)) : nil }
        let outcome = await fake.harness.run("run", "etl/daily", "-p", "month=1", "--follow", "--plain")
        #expect(outcome.code == code)
        #expect(outcome.output == "\(Self.id)  brave-otter\none\ntwo\n")
        #expect(outcome.errors.contains("● Running\n") && outcome.errors.contains(": because\n"))
        let json = await fake.harness.run("run", "etl/daily", "-p", "month=1", "-f", "--json")
        let events = json.output.split(separator: "\n").compactMap {
            (try? JSONValue(parsing: String($0)))?["event"]?.stringValue
        }
        #expect(events == ["run", "state", "log", "log", "end"] && json.errors.isEmpty && json.code == code)
        let logs = await fake.harness.run("logs", "brave-otter", "-f", "--plain")
        #expect(logs.output == "one\ntwo\n" && logs.errors.isEmpty && logs.code == 0)
    }

    @Test func `Following goes on behind what was seen when the connection breaks`() async throws {
        let attempts = Mutex(0)
        let fake = try FakeServer { request in
            guard request.path.contains("/follow") else { return nil }
            let attempt = attempts.withLock { count in
                count += 1
                return count
            }
            if attempt == 1 {
                return .events("id: 7\nevent: log\ndata: [{\"message\": \"a\"}]\n\n", isCutOff: true)
            }
            return .events(
                "id: 8\nevent: log\ndata: [{\"message\": \"b\"}]\n\nevent: end\ndata: {\"type\": \"COMPLETED\"}\n\n")
        }
        let outcome = await fake.harness.run("logs", "brave-otter", "--follow", "--plain")
        #expect(outcome.output == "a\nb\n" && outcome.code == 0)
        #expect(outcome.errors.contains("waiting for it to come back"))
        let paths = fake.server.requests.map(\.path).filter { $0.contains("/follow") }
        #expect(paths.last?.hasSuffix("&after=7") == true)
    }

    @Test func `Ctrl-C ends the showing and says how to end the run`() async throws {
        let gate = AsyncStream.makeStream(of: Int32.self)
        let fake = try FakeServer { request in
            guard request.path.contains("/follow") else { return nil }
            gate.continuation.yield(2)
            // Ended, but not finished: the client waits for the rest, which never comes.
            return .events("id: 1\nevent: state\ndata: {\"type\": \"RUNNING\"}\n\n", isCutOff: true)
        }
        var harness = fake.harness
        harness.interruptions = { gate.stream }
        let outcome = await harness.run("run", "etl/daily", "-p", "month=1", "--follow")
        #expect(outcome.code == 0 && outcome.errors.contains("To end it: sluice cancel \(Self.id)"))
    }
}
