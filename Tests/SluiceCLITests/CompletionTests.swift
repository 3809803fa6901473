import TestSupport
import Testing

@testable import SluiceCLI

@Suite struct CompletionTests {
    @Test(arguments: ["bash", "zsh", "fish"])
    func `There is a script for each shell`(shell: String) async {
        let outcome = await CommandHarness().run("completion", shell)
        #expect(outcome.code == 0 && outcome.output.contains("---completion"), "\(outcome.output.prefix(200))")
    }

    @Test func `Names come from the server`() async throws {
        let fake = try FakeServer()
        let some = await fake.harness.run(
            "---completion", "run", "--", "positional@0", "1", "2", "sluice", "run", "et")
        #expect(some.output == "etl/daily\n", "\(some)")
        let runs = await fake.harness.run("---completion", "show", "--", "positional@0", "1", "0", "sluice", "show", "")
        #expect(runs.output == "01a1fd64-06aa-7535-9709-f8f2de5601d4\nbrave-otter\n", "\(runs)")
    }

    @Test func `A server that is not there offers nothing, silently`() async throws {
        let outcome = await CommandHarness(environment: ["SLUICE_API_URL": "http://127.0.0.1:1/api"]).run(
            "---completion", "run", "--", "positional@0", "1", "0", "sluice", "run", "")
        #expect(outcome.code == 0 && outcome.errors.isEmpty && outcome.output == "\n", "\(outcome)")
    }
}
