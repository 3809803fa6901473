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
