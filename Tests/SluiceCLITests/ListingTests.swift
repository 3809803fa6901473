import JSON
import TestSupport
import Testing

@testable import SluiceCLI

@Suite struct ListingTests {
    @Test func `Runs are a table that fits, with whole ids where there is room`() async throws {
        let fake = try FakeServer()
        let outcome = await fake.harness.run("ps", "--limit", "1")
        #expect(
            outcome.output.hasPrefix(
                """
                RUN                                   NAME         DEPLOYMENT  STATE    AGENT  WHEN    TOOK
                01a1fd64-06aa-7535-9709-f8f2de5601d4  brave-otter  etl/daily   Running  a1     1m ago    1m
                """))
        #expect(outcome.errors == "… and 6 more: --limit NUMBER, or --all.\n")
        var narrow = fake.harness
        narrow.width = 72
        let lines = await narrow.run("ps").output.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 72 } && lines.last?.hasPrefix("01a1fd64-06aa  ") == true)
    }

    @Test func `Filters are the server's`() async throws {
        let fake = try FakeServer()
        _ = await fake.harness.run(
            "ps", "--state", "running,Late", "--state", "failed", "--deployment", "etl/daily", "--json")
        #expect(
            fake.bodies("POST", "/flow_runs/filter").first == [
                "flow_runs": [
                    "state": [
                        "type": ["any_": ["RUNNING", "FAILED"]], "name": ["any_": ["Late"]], "operator": "or_",
                    ],
                    "deployment_id": ["any_": ["d1"]],
                ], "sort": "ID_DESC", "limit": 20, "offset": 0,
            ])
    }

    @Test(arguments: [
        (["ps"], "No runs yet."), (["agent", "ls"], "No agents yet. Start one: sluice-agent --server 10.0.0.5:4201"),
        (["deployment", "ls"], "No deployments yet. Register one: sluice deploy PATH"),
        (["ps", "--state", "late"], "No such runs."),
    ])
    func `What is empty says what to do`(arguments: [String], message: String) async throws {
        let fake = try FakeServer { $0.path.hasSuffix("/filter") ? CannedAnswer(200, "[]") : nil }
        let outcome = await fake.harness.run(arguments)
        #expect(outcome.code == 0 && outcome.output.isEmpty && outcome.errors.hasPrefix(message), "\(outcome)")
        let json = await fake.harness.run(arguments + ["--json"])
        #expect(json.output == "[]\n" && json.errors.isEmpty)
    }

    @Test func `Deployments show what has to be given`() async throws {
        let fake = try FakeServer()
        let outcome = await fake.harness.run("deployment", "ls")
        #expect(outcome.output.contains("etl/daily   default/default  month* text  1h ago"))
    }

    @Test func `A queue of another pool is found for the person who forgot it`() async throws {
        let fake = try FakeServer { request in
            request.path.hasSuffix("/work_queues/filter")
                ? CannedAnswer(200, #"[{"id": "q", "name": "urgent", "work_pool_name": "gpu"}]"#) : nil
        }
        let outcome = await fake.harness.run("queue", "pause", "urgent")
        #expect(
            outcome.code == 1 && outcome.errors.contains("there is one in the pool 'gpu': add --pool gpu"), "\(outcome)"
        )
    }

    @Test func `Explaining names the reasons and what would help`() async throws {
        let fake = try FakeServer { request in
            guard request.path.hasSuffix("/explain") else { return nil }
            let reason =
                #"{"code": "queue_paused", "message": "the queue is paused", "remedy": "sluice queue resume default"}"#
            return CannedAnswer(200, #"{"state": {"type": "SCHEDULED"}, "summary": "s", "reasons": [\#(reason)]}"#)
        }
        let outcome = await fake.harness.run("explain", "brave-otter")
        #expect(
            outcome.output == """
                brave-otter (etl/daily) is Scheduled.
                  • the queue is paused
                      sluice queue resume default

                """)
    }

    @Test func `Showing a run puts all on one page`() async throws {
        let fake = try FakeServer { request in
            if request.path.contains("/flow_run_states/") {
                return CannedAnswer(
                    200,
                    """
                    [{"type": "SCHEDULED", "timestamp": "2027-01-15T07:58:58Z"},
                     {"type": "RUNNING", "timestamp": "2027-01-15T07:59:00Z", "message": "on a1"}]
                    """)
            }
            guard request.path.hasSuffix("/attempts") else { return nil }
            return CannedAnswer(
                200,
                """
                [{"attempt": 1, "agent_name": "a1", "granted": "2027-01-15T07:58:59Z", "ended": "2027-01-15T07:59:01Z",
                  "outcome": "FAILED", "exit_code": 3, "cpu_seconds": 0.5, "peak_memory_bytes": 1048576}]
                """)
        }
        let output = await fake.harness.run("show", "brave-otter").output
        for part in [
            "Deployment  etl/daily\n", "  month = 3\n", "PARAMETERS", "ATTEMPTS", "HISTORY", "exit 3", "1.0 MiB",
            "500ms", "on a1", "Data of     2027-01-14 00:00:00 to 2027-01-15 00:00:00",
        ] {
            #expect(output.contains(part), "\(part) in \(output)")
        }
        let json = try JSONValue(parsing: await fake.harness.run("show", "brave-otter", "--json").output)
        #expect(
            json["run"] == FakeServer.run && json["states"]?.arrayValue?.count == 2
                && json["attempts"]?.arrayValue?.count == 1)
    }

    @Test func `Cancelling several goes on past one that cannot be`() async throws {
        let fake = try FakeServer { request in
            request.path.hasSuffix("/cancel") ? CannedAnswer(200, #"{"state": {"type": "CANCELLING"}}"#) : nil
        }
        let outcome = await fake.harness.run("cancel", "nothing", "brave-otter", "--reason", "wrong")
        #expect(outcome.code == 1 && outcome.errors.contains("there is no run 'nothing'"))
        #expect(outcome.output.hasSuffix("brave-otter is being cancelled.\n"))
        #expect(fake.bodies("POST", "/flow_runs/01a1fd64-06aa-7535-9709-f8f2de5601d4/cancel") == [["reason": "wrong"]])
    }
}
