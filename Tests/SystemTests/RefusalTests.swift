import TestSupport
import Testing

/// What cannot be done is refused at once, with the cause, the value and the remedy.
@Suite(.timeLimit(.minutes(3))) struct RefusalTests {
    private func failed(_ program: Program) async throws -> (Int32, String) {
        (try await program.wait(), program.errors + program.output)
    }

    @Test func aSecondServerOnTheSameData() async throws {
        let place = try Installation()
        let first = try await place.startServer()
        let second = try Program(
            "sluice-server", ["--http", "127.0.0.1:0", "--agents", "127.0.0.1:0", "--data", place.data],
            in: place.sandbox)
        let (status, text) = try await failed(second)
        #expect(status == 1 && text.contains("\(first.pid)"), "\(text)")
    }

    @Test func aPortInUse() async throws {
        let place = try Installation()
        _ = try await place.startServer()
        for (http, agents, port) in [
            (place.http, "127.0.0.1:0", place.http), ("127.0.0.1:0", place.agents, place.agents),
        ] {
            let other = try Program(
                "sluice-server",
                [
                    "--http", http, "--agents", agents, "--data",
                    "\(place.sandbox.path)/other-\(place.sandbox.nextNumber())",
                ],
                in: place.sandbox)
            let (status, text) = try await failed(other)
            #expect(status == 1 && text.contains(port.split(separator: ":")[1]) && text.contains("in use"), "\(text)")
        }
    }

    @Test func anAddressThatOthersReach() async throws {
        let sandbox = try Sandbox()
        let (status, text) = try await failed(
            try Program("sluice-server", ["--agents", "0.0.0.0:0", "--data", "\(sandbox.path)/d"], in: sandbox))
        #expect(status == 64 || status == 2, "\(status)")
        #expect(text.contains("0.0.0.0:0") && text.contains("--insecure"))
    }

    @Test(arguments: ["", "nobody", "\nadmin:pw"]) func anAuthFileWithoutAnAuthString(text: String) async throws {
        let sandbox = try Sandbox()
        let file = "\(try sandbox.folder("secrets", ["auth": text]))/auth"
        let (status, said) = try await failed(
            try Program(
                "sluice-server",
                ["--http", "0.0.0.0:0", "--agents", "127.0.0.1:0", "--data", "\(sandbox.path)/d", "--auth-file", file],
                in: sandbox))
        #expect(status == 1 && said.contains("USER:PASSWORD") && said.contains(file), "\(said)")
    }

    @Test func whoShowsNoAuthString() async throws {
        let place = try Installation()
        let file = "\(try place.sandbox.folder("secrets", ["auth": "admin:p:w\n"]))/auth"
        _ = try await place.startServer(["--auth-file", file, "--csrf-protection"])
        let stranger = try await place.sluice("pool", "create", "other")
        #expect(stranger.status == 1 && stranger.errors.contains("SLUICE_API_AUTH_STRING"), "\(stranger.errors)")
        let known = try Program(
            "sluice", ["pool", "create", "other"], in: place.sandbox,
            environment: ["SLUICE_API_URL": "http://\(place.http)/api", "SLUICE_API_AUTH_STRING": "admin:p:w"])
        #expect(try await known.wait() == 0, "\(known.errors)")
    }

    @Test func aSecondAgentOnTheSameData() async throws {
        let place = try Installation()
        let first = try place.startAgent()
        _ = try await eventually("the first agent") { first.errors.contains("agent") ? true : nil }
        let (status, text) = try await failed(try place.startAgent())
        #expect(status == 1 && text.contains("\(place.sandbox.path)/a1"), "\(text)")
    }

    @Test func aPoolThatDoesNotExist() async throws {
        let place = try Installation()
        _ = try await place.startServer()
        let agent = try place.startAgent("lost", ["--pool", "nowhere"])
        let (status, text) = try await failed(agent)
        #expect(status == 1 && text.contains("nowhere") && text.contains("default"), "\(text)")
    }

    @Test func noServer() async throws {
        let place = try Installation()
        let result = try await place.sluice("ps")
        #expect(result.status == 3)
        #expect(result.errors.contains(place.http), "\(result.errors)")
    }

    @Test func wrongArguments() async throws {
        let place = try Installation()
        for (program, arguments) in [
            ("sluice", ["run"]), ("sluice", ["nonsense"]), ("sluice-agent", ["--slots", "none"]),
            ("sluice-server", ["--http", "nowhere"]),
        ] {
            let (status, text) = try await failed(try Program(program, arguments, in: place.sandbox))
            #expect(status == 2 || status == 64, "\(program) \(arguments): \(status)")
            #expect(text.contains(arguments.last ?? "") || text.contains("Missing"), "\(text)")
            #expect(!text.contains("Fatal error"))
        }
    }

    @Test func aBadDocument() async throws {
        let place = try Installation()
        _ = try await place.startServer()
        let folder = try place.sandbox.folder(
            "bad", ["sluice.yaml": "flow: f\nname: n\ncomand: [true]\ntimeout: soon\nretries: -1\n"])
        let result = try await place.sluice("deploy", folder)
        #expect(result.status != 0)
        #expect(result.errors.contains(":3:") && result.errors.contains("command"), "\(result.errors)")
        #expect(result.errors.contains("soon"), "every problem is told: \(result.errors)")
    }
}
