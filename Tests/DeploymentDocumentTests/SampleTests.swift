import Domain
import Testing

@testable import DeploymentDocument

/// The documents of the repository's own samples.
@Suite struct SampleTests {
    private static let samples =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        .joined(separator: "/") + "/deployments"

    @Test(arguments: [
        ("flaky", ["flaky/recovers"]), ("shell", ["shell/count", "shell/shout"]), ("flights", ["flights/monthly"]),
        ("taxi", ["taxi/extract", "taxi/load", "taxi/months", "taxi/monthly"]),
    ])
    func `Each is sound`(folder: String, paths: [String]) throws {
        let (_, deployments) = try DocumentReader.read("\(Self.samples)/\(folder)")
        #expect(deployments.map(\.path) == paths)
    }
}
