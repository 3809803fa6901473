import TestSupport
import Testing

/// The REST API is what its description says, and takes whatever is sent to it: schemathesis makes cases of
/// `/api/openapi.json` and judges the answers by it.
@Suite(.timeLimit(.minutes(15))) struct APITests {
    private static let runs = "deployments|flow_runs"
    private static let places = "batches|work_|agents|workers|flows|task_runs|logs|admin|sluice|collections|ui"

    /// Each part on a server of its own: what one of them makes by the thousand (hooks and automations start runs, too)
    /// would be in all the lists of the others, and the judge is slow to read.
    @Test(arguments: ["^/(\(runs))", "^/(\(places))", "^/(?!\(runs)|\(places))"])
    func answersAreAsDescribed(paths: String) async throws {
        let place = try Sandbox()
        let program = try Program(
            "/usr/bin/env",
            ["python3", "\(Repository.root)/scripts/check-api", "--programs", Program.folder, paths], in: place)
        let status = try await program.wait(atMost: .seconds(300))
        #expect(status == 0, "\(program.output.suffix(20_000))\(program.errors.suffix(5000))")
    }
}
