import JSON
import TestSupport
import Testing

@testable import SluiceCLI

@Suite struct BatchCommandTests {
    private static func server(_ end: String = "") throws -> FakeServer {
        try FakeServer { request in
            if request.path.contains("/batches?") { return CannedAnswer(201, #"{"id": "b1", "name": "n", "size": 2}"#) }
            return request.path.contains("/batches/b1/follow") ? .events(end) : nil
        }
    }

    private static func lines(_ fake: FakeServer) -> [String] {
        fake.server.requests.filter { $0.path.contains("/batches?") }.flatMap {
            $0.body.split(separator: "\n").map(String.init)
        }
    }

    @Test func `A grid becomes rows, with what all have in common`() async throws {
        let fake = try Self.server()
        let outcome = await fake.harness.run(
            "batch", "etl/daily", "--grid", "month=1..2", "-p", "text=7", "--tag", "t", "--priority", "3", "--name", "n"
        )
        #expect(
            outcome.code == 0 && outcome.output == "b1  n\n"
                && outcome.errors.contains("2 runs of etl/daily are queued"))
        #expect(
            Self.lines(fake) == [
                #"{"parameters":{"text":"7","month":1},"priority":3,"tags":["t"]}"#,
                #"{"parameters":{"text":"7","month":2},"priority":3,"tags":["t"]}"#,
            ])
    }

    @Test func `A file's rows go before what all have in common`() async throws {
        let fake = try Self.server()
        let file = try TemporaryFile("rows.csv", "month,text\n1,a\n2,b\n")
        _ = await fake.harness.run("batch", "etl/daily", "--from", file.path, "-p", "text=x")
        #expect(
            Self.lines(fake) == [#"{"parameters":{"text":"a","month":1}}"#, #"{"parameters":{"text":"b","month":2}}"#])
    }

    @Test func `A broken row means that nothing is queued`() async throws {
        let fake = try Self.server()
        let file = try TemporaryFile("rows.csv", "month\n1\n2,3\n")
        let outcome = await fake.harness.run("batch", "etl/daily", "--from", file.path)
        #expect(outcome.code == 2 && outcome.output.isEmpty)
        #expect(
            outcome.errors.contains("rows.csv:3: 2 fields, where the header has 1")
                && outcome.errors.contains("Nothing was queued."))
    }

    @Test func `A row that the server refuses is shown`() async throws {
        let fake = try FakeServer { request in
            request.path.contains("/batches?")
                ? CannedAnswer(422, #"{"detail": "line 2 of the batch is not valid"}"#) : nil
        }
        let outcome = await fake.harness.run("batch", "etl/daily", "--grid", "month=1..2", "--grid", "text=a")
        #expect(outcome.code == 1 && outcome.errors.contains("That is month=2, text=a."))
    }

    @Test(arguments: [
        (#"{"COMPLETED": 2}"#, 0, "2/2  100%"), (#"{"COMPLETED": 1, "FAILED": 1}"#, 1, "2/2  100%  1 failed"),
        (#"{"CANCELLED": 2}"#, 1, "2/2  100%  2 cancelled"),
    ])
    func `Following ends with how all have ended`(runs: String, code: Int32, line: String) async throws {
        let fake = try Self.server(
            """
            event: progress
            data: {"size": 2, "runs": {"SCHEDULED": 2}}

            event: end
            data: {"size": 2, "runs": \(runs)}


            """)
        let outcome = await fake.harness.run("batch", "etl/daily", "--grid", "month=1..2", "--follow")
        #expect(outcome.code == code && outcome.errors.hasSuffix("0/2  0%  2 waiting\n\(line)\n"), "\(outcome)")
        let json = await fake.harness.run("batch", "etl/daily", "--grid", "month=1..2", "--follow", "--json")
        #expect(json.errors.isEmpty && json.output.split(separator: "\n").count == 2)
        var harness = fake.harness
        harness.isTerminal = true
        let bar = await harness.run("batch", "etl/daily", "--grid", "month=1..2", "--follow")
        #expect(bar.errors.contains("\r\u{1B}[2K[░░░") && bar.errors.hasSuffix("\(line)\n"))
    }
}
