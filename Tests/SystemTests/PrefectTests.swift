import TestSupport
import Testing

/// Prefect's own clients, unmodified, against our server: each journey ends as it does against Prefect's own server,
/// and is answered in the same shapes.
@Suite(.timeLimit(.minutes(45))) struct PrefectTests {
    @Test(arguments: PrefectJourneys.names)
    func aJourneyEndsAsItDoesAgainstTheReferenceServer(_ journey: String) async throws {
        let findings = try await PrefectJourneys.shared.get().findings(of: journey)
        if let reason = PrefectJourneys.pending[journey] {
            withKnownIssue("\(reason)") { #expect(findings.isEmpty) }
        } else {
            #expect(findings.isEmpty, "\(findings)")
        }
    }

    @Test func eachKindOfDifferenceIsFound() async throws {
        let place = try Sandbox()
        let test = try Program(
            "/usr/bin/env", ["python3", "\(Repository.root)/scripts/prefect-journeys", "--self-test"], in: place)
        #expect(try await test.wait() == 0, "\(test.output)\(test.errors)")
    }

    @Test func everyDeviationIsMet() async throws {
        let unmet = try await PrefectJourneys.shared.get().unmetDeviations()
        #expect(unmet.isEmpty, "\(unmet)")
    }

    @Test func whatIsPendingIsThere() {
        let known = Set(PrefectJourneys.names + ["docs/prefect.md"])
        for journey in PrefectJourneys.pending.keys { #expect(known.contains(journey)) }
        #expect(PrefectJourneys.names.count >= 44)
    }

    /// `scripts/prefect-load`, in little.
    @Test(arguments: ["scripts", "workers"])
    func underLoadNothingIsRefusedAndNothingIsLost(_ clients: String) async throws {
        try await load("--by", clients, "--runs", "8", "--tasks", "20", "--clients", "4")
    }

    @Test func aFlowOutlivesTheServersDeath() async throws {
        try await load("kill")
    }

    private func load(_ arguments: String...) async throws {
        let place = try Sandbox()
        let program = try Program(
            "/usr/bin/env",
            ["python3", "\(Repository.root)/scripts/prefect-load", "--programs", Program.folder] + arguments, in: place)
        let status = try await program.wait(atMost: .seconds(300))
        #expect(status == 0, "\(program.output)\(program.errors)")
    }
}
