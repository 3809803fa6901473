import Glibc
import JSON
import TestSupport
import Testing

/// Either side goes away and comes back; what executes goes on, and is told of truly.
@Suite(.timeLimit(.minutes(5))) struct RestartTests {
    /// A deployment whose run says that it has begun, waits for a sign, and ends with code 3.
    private func deployWaiter(_ place: Installation) async throws -> (begun: String, go: String) {
        let (begun, go) = ("\(place.sandbox.path)/begun", "\(place.sandbox.path)/go")
        try await place.deploy(
            "waiter",
            script: "echo one; echo $$ >> '\(begun)'; until [ -e '\(go)' ]; do sleep 0.02; done; echo two; exit 3\n",
            "lease: 10m")
        return (begun, go)
    }

    private func begin(_ place: Installation, _ begun: String) async throws -> String {
        let run = try await place.run("waiter")
        _ = try await eventually("the run to begin") { contents(of: begun).isEmpty ? nil : true }
        try await place.wait(for: run, toBe: "RUNNING")
        return run
    }

    private func expectOneTrueEnd(_ place: Installation, _ run: String, _ begun: String) async throws {
        let shown = try await place.wait(for: run, toBe: "FAILED", "CRASHED", "COMPLETED")
        #expect(shown["run"]?["state"]?["type"]?.stringValue == "FAILED")
        #expect(shown["run"]?["state"]?["message"]?.stringValue?.contains("code 3") == true)
        #expect(contents(of: begun).split(separator: "\n").count == 1, "it was executed once")
        let logs = try await place.sluice("logs", run)
        #expect(logs.output.contains("one") && logs.output.contains("two"))
    }

    @Test(arguments: [SIGTERM, SIGKILL])
    func theServerComesBack(signal: Int32) async throws {
        let place = try Installation()
        let server = try await place.startServer()
        _ = try place.startAgent()
        let (begun, go) = try await deployWaiter(place)
        let run = try await begin(place, begun)
        server.signal(signal)
        try await server.wait()
        try place.sandbox.write("", to: go)
        _ = try await place.startServer()
        try await expectOneTrueEnd(place, run, begun)
    }

    /// A server that ends in good order extends the leases, so that an update of it stops nothing.
    @Test func anOrderlyAbsenceMayBeLongerThanTheLease() async throws {
        let place = try Installation()
        let server = try await place.startServer()
        _ = try place.startAgent()
        let (begun, late) = ("\(place.sandbox.path)/begun", "\(place.sandbox.path)/late")
        try await place.deploy("long", script: "echo $$ >> '\(begun)'; sleep 8; echo yes > '\(late)'\n", "lease: 5s")
        let run = try await place.run("long")
        _ = try await eventually("the run to begin") { contents(of: begun).isEmpty ? nil : true }
        try await place.wait(for: run, toBe: "RUNNING")
        server.signal(SIGTERM)
        #expect(try await server.wait() == 0)
        _ = try await eventually("the end of the run, long after its lease") { contents(of: late).isEmpty ? nil : true }
        _ = try await place.startServer()
        try await place.wait(for: run, toBe: "COMPLETED")
        #expect(contents(of: begun).split(separator: "\n").count == 1, "it was executed once")
    }

    @Test(arguments: [SIGTERM, SIGKILL])
    func theAgentComesBack(signal: Int32) async throws {
        let place = try Installation()
        _ = try await place.startServer()
        let agent = try place.startAgent()
        let (begun, go) = try await deployWaiter(place)
        let run = try await begin(place, begun)
        agent.signal(signal)
        try await agent.wait()
        // The program ends while nobody but the supervisor is there to see it.
        try place.sandbox.write("", to: go)
        let pid = try #require(pid_t(contents(of: begun).split(separator: "\n")[0]))
        _ = try await eventually("the program to end") { kill(pid, 0) != 0 ? true : nil }
        _ = try place.startAgent()
        try await expectOneTrueEnd(place, run, begun)
    }

    @Test func theServerEndsCleanlyOnEitherSignal() async throws {
        for signal in [SIGTERM, SIGINT] {
            let place = try Installation()
            let server = try await place.startServer()
            _ = try place.startAgent()
            try await place.deploy("plain", script: "true\n")
            try await place.wait(for: try await place.run("plain"), toBe: "COMPLETED")
            server.signal(signal)
            #expect(try await server.wait() == 0, "\(server.errors)")
            #expect(server.errors.contains("stopped"))
        }
    }
}
