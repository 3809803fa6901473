import Domain
import TestSupport
import Testing
import Wire

@testable import AgentRuntime

struct SecretMaskTests {
    private func hidden(_ text: String, _ secrets: [String]) -> String {
        var lines = [PlacedLine(line: LogLine(level: 20, timestamp: Timestamp(microseconds: 0), message: text), end: 1)]
        SecretMask(secrets).hide(in: &lines[...])
        return lines[0].line.message
    }

    @Test(arguments: [
        ("a hush b hush", ["hush"], "a ******** b ********"), ("nothing here", ["hush"], "nothing here"),
        // The longer of two, where one is in the other.
        ("longsecret secret", ["secret", "longsecret"], "******** ********"),
        // A line of a secret that has several.
        ("-- BEGIN", ["key:\nBEGIN\r\nEND."], "-- ********"), ("END.", ["key:\nBEGIN\r\nEND."], "********"),
        // Too short to be hidden without telling more than it hides.
        ("abc", ["abc", ""], "abc"), ("größer", ["größer"], "********"),
    ])
    func secretsAreHidden(text: String, secrets: [String], result: String) {
        #expect(hidden(text, secrets) == result)
    }

    /// Also those that a line is made of in pieces, and in what says why a run failed.
    @Test func outputIsHiddenAsItIsRead() {
        let store = OutputStore()
        var course = OutputCourse(
            key: .test(1), reader: StoreReader(store),
            mask: SecretMask(["hush hush"]))
        store.write("say hush ")
        store.write("hush!\n")
        store.write("hush hush\n", .standardError)
        #expect(course.nextBatch(at: .zero)?.lines.map(\.message) == ["say ********!", "********"])
        #expect(course.lastErrors == "********")
    }

    @Test func whoAdoptsAnAttemptHidesItsSecretsToo() throws {
        let folder = TemporaryFolder()
        let directory = RunDirectory(path: "\(folder.path)/run")
        var assignment = Assignment.test(.test(1), ["true"])
        assignment.secrets = ["a \"quoted\" secret", "another"]
        try directory.make(for: assignment, code: nil)
        var line = LogLine(level: 20, timestamp: Timestamp(microseconds: 0), message: #"a "quoted" secret, another"#)
        RunDirectory(path: directory.path).mask.hide(in: &line)
        #expect(line.message == "********, ********")
        #expect(!directory.isBare)
    }
}
