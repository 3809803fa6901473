import Glibc
import JSON
import TestSupport
import Testing

/// The samples in `deployments/`, each run as its README says.
@Suite(.timeLimit(.minutes(5))) struct SamplesTests {
    private func place() async throws -> Installation {
        let place = try Installation()
        _ = try await place.startServer()
        _ = try place.startAgent()
        for sample in ["shell", "flaky", "flights"] {
            let deployed = try await place.sluice("deploy", "\(Repository.root)/deployments/\(sample)")
            try #require(deployed.status == 0, "\(deployed.errors)")
        }
        return place
    }

    @Test func theShellSamplesRun() async throws {
        let place = try await place()
        let text = "two  blanks; $(not executed) 'quoted'"
        let shout = try await place.sluice("run", "shell/shout", "-p", "text=\(text)", "--follow")
        #expect(shout.status == 0 && shout.output.contains("TWO  BLANKS; $(NOT EXECUTED) 'QUOTED'"), "\(shout.errors)")
        let folder = try place.sandbox.folder("logs", ["a.log": "an error\nfine\nanother error\n"])
        let count = try await place.sluice(
            "run", "shell/count", "-p", "folder=\(folder)", "-p", "text=error", "--follow")
        #expect(count.status == 0 && count.output.contains("2"), "\(count.output) \(count.errors)")
    }

    @Test func theFlakySampleRecovers() async throws {
        let place = try await place()
        let result = try await place.sluice("run", "flaky/recovers", "--follow")
        #expect(result.status == 0 && result.output.contains("attempt 3"), "\(result.errors)")
    }

    @Test func aMonthOfFlightsIsExtractedTransformedAndLoaded() async throws {
        let source = "\(Repository.root)/data/flights.csv.zip"
        try #require(access(source, R_OK) == 0, "the data is missing: scripts/setup demo")
        let place = try await place()
        let output = "\(place.sandbox.path)/output"
        let result = try await place.sluice(
            "run", "flights/monthly", "-p", "month=2", "-p", "carriers=[\"AA\",\"UA\"]", "-p", "source=\(source)", "-p",
            "output=\(output)", "--follow")
        #expect(result.status == 0, "\(result.errors)")
        let summary = try JSONValue(parsing: contents(of: "\(output)/summaries/month=02,carriers=AA+UA.json"))
        // Counted straight from the source: American and United in February.
        #expect(summary["flights"]?.intValue == 2517 + 4346, "\(summary)")
    }

    /// Nothing is there but the programs, and nothing is left.
    @Test(arguments: [
        (["shell", "count", "-p", "folder=SANDBOX/logs", "-p", "text=error"], 0, "2"),
        (["shell", "shout", "-p", "text=two  blanks", "-p", "times=1"], 0, "TWO  BLANKS"),
        (["flaky"], 0, "attempt 3: the service answers"),
        (["flaky", "-p", "succeeds_at=5", "--json"], 1, #""event":"end","data""#),
        (
            [
                "flights", "-p", "month=2", "-p", #"carriers=["AA"]"#, "-p", "source=ROOT/data/flights.csv.zip", "-p",
                "output=SANDBOX/flights",
            ], 0, "2517"
        ),
    ])
    func aSampleRunsWithOneCommand(_ arguments: [String], status: Int32, result: String) async throws {
        let sandbox = try Sandbox()
        _ = try sandbox.folder("logs", ["a.log": "an error\nfine\nanother error\n"])
        let temporary = try sandbox.folder("temporary", [:])
        let given = arguments.dropFirst().map {
            $0.replacing("SANDBOX", with: sandbox.path).replacing("ROOT", with: Repository.root)
        }
        let attempt = try Program(
            "sluice", ["try", "\(Repository.root)/deployments/\(arguments[0])"] + given, in: sandbox,
            environment: ["TMPDIR": temporary])
        #expect(try await attempt.wait(atMost: .seconds(60)) == status, "\(attempt.errors)")
        #expect(attempt.output.contains(result), "\(attempt.output) \(attempt.errors)")
        #expect(rmdir(temporary) == 0, "something is left in \(temporary)")
    }

    @Test func whatKeepsATrialFromRunningIsTold() async throws {
        let sandbox = try Sandbox()
        let document = """
            flow: picky
            name: trial
            command: [echo, done]
            pool: far
            requires: {gpu: 4, labels: {zone: eu}}
            schedules: [{every: 1s}]
            """
        let folder = try sandbox.folder("picky", ["sluice.yaml": document])
        let temporary = try sandbox.folder("temporary", [:])
        let attempt = try Program("sluice", ["try", folder], in: sandbox, environment: ["TMPDIR": temporary])
        _ = try await eventually("the reason") { attempt.errors.contains("It waits: ") ? true : nil }
        #expect(attempt.errors.contains("gpu"), "\(attempt.errors)")
        attempt.signal(SIGINT)
        #expect(try await attempt.wait(atMost: .seconds(30)) == 1, "\(attempt.errors)")
        #expect(attempt.errors.contains("Stopping the run"))
        #expect(rmdir(temporary) == 0, "something is left in \(temporary)")
    }

    /// With a web server, an object store, a warehouse and a channel of its own; it compares what is loaded with the source
    /// itself.
    @Test func tripsAreExtractedIntoABucketAndLoadedIntoAWarehouse() async throws {
        let sandbox = try Sandbox()
        let start = try Program(
            "\(Repository.root)/deployments/taxi/start", ["--programs", Program.folder], in: sandbox,
            environment: ["TMPDIR": sandbox.path])
        let status = try await start.wait(atMost: .seconds(240))
        #expect(status == 0, "\(start.output)\(start.errors)")
        #expect(start.output.contains("\n2021-03 4767 5774 56486.03\n"), "\(start.output)")
        #expect(start.output.contains("\n*extract has failed*\n"), "\(start.output)")
    }
}

/// The same flows in containers, by a real Podman.
@Suite(.enabled(if: Podman.isInstalled, Podman.advice), .timeLimit(.minutes(10))) struct ContainerSampleTests {
    @Test func tripsAreExtractedAndLoadedInContainers() async throws {
        let place = try Installation()
        let podman = try await Podman(for: place)
        let start = try Program(
            "\(Repository.root)/deployments/taxi-container/start",
            ["--programs", Program.folder, "--docker-host", "unix://\(podman.socket)"], in: place.sandbox,
            environment: ["TMPDIR": place.sandbox.path])
        let status = try await start.wait(atMost: .seconds(480))
        #expect(status == 0, "\(start.output)\(start.errors)")
        #expect(start.output.contains("\n2021-03 4767 5774 56486.03\n"), "\(start.output)")
        #expect(try await podman.containers() == [])
    }
}

/// The repository that the tests were built from.
enum Repository {
    static let root = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
}
