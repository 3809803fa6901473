import TestSupport
import Testing

/// `make chaos`, in little: real processes, seeded faults, and an account of every run. A failure prints its seed.
@Suite(.timeLimit(.minutes(5))) struct ChaosTests {
    @Test func theAccountFindsEachKindOfLie() async throws {
        let place = try Sandbox()
        let test = try Program("/usr/bin/env", ["python3", "\(Repository.root)/scripts/chaos", "self-test"], in: place)
        #expect(try await test.wait() == 0, "\(test.output)\(test.errors)")
    }

    @Test func everyRunIsAccountedForAfterRandomFaults() async throws {
        let place = try Sandbox()
        let chaos = try Program(
            "/usr/bin/env",
            [
                "python3", "\(Repository.root)/scripts/chaos", "--programs", Program.folder, "--seconds", "12",
                "--runs", "1500", "--hosts", "3", "--slots", "4", "--faults", "16", "--gap", "0.6",
            ], in: place)
        let status = try await chaos.wait(atMost: .seconds(240))
        #expect(status == 0, "\(chaos.output)\(chaos.errors)")
    }
}
