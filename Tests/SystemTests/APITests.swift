import TestSupport
import Testing

/// The REST API is what its description says, and takes whatever is sent to it: schemathesis makes cases of
/// `/api/openapi.json` and judges the answers by it.
@Suite(.timeLimit(.minutes(15))) struct APITests {
    @Test func answersAreAsDescribed() async throws {
        let place = try Sandbox()
        let program = try Program(
            "/usr/bin/env",
            ["python3", "\(Repository.root)/scripts/check-api", "--programs", Program.folder], in: place)
        let status = try await program.wait(atMost: .seconds(600))
        #expect(status == 0, "\(program.output.suffix(20_000))\(program.errors.suffix(5000))")
    }
}
