import Testing

/// Parts of the simulation are made to misbehave, one at a time, to see that somebody notices: a simulation that finds
/// nothing says something only if it could.
@Suite struct CanaryTests {
    /// Looks for a finding that holds `words` among the first seeds.
    private func expect(_ words: String, from sabotage: Sabotage, within seeds: UInt64 = 200) async throws {
        let disk = try await Disk()
        for seed in 1...seeds {
            try await disk.clear()
            let verdict = await World(seed: seed, on: disk, sabotage: sabotage).live()
            if verdict.findings.contains(where: { $0.contains(words) }) { return }
        }
        Issue.record("nobody notices that \(sabotage)")
    }

    @Test func aSupervisorThatIgnoresDeadlinesIsFound() async throws {
        try await expect("executes twice at once", from: .supervisorIgnoresDeadlines)
    }

    @Test func leasesThatEndBeforeTheirTimeAreFound() async throws {
        try await expect("executes twice at once", from: .leasesAgeTooFast)
    }

    @Test func aServerThatForgetsToRenewAtItsStartIsFound() async throws {
        try await expect("ended too soon after the start", from: .serverForgetsToRenewAtItsStart)
    }

    @Test func aStorageThatForgetsCommitsIsFound() async throws {
        try await expect("is lost", from: .storageForgetsCommits)
    }

    @Test func aNetworkThatInventsAcknowledgementsIsFound() async throws {
        try await expect("was acknowledged and is lost", from: .networkInventsAcknowledgements)
    }
}
