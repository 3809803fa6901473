import JSON
import TestSupport
import Testing

/// Blocks as people make them, without Prefect's clients.
@Suite(.timeLimit(.minutes(2))) struct BlockCommandTests {
    @Test func aBlockIsMadeAndChanged() async throws {
        let place = try Installation()
        _ = try await place.startServer()
        let made = try await place.sluice("block", "set", "slack-webhook/alarms", input: "url: http://a.example/x\n")
        #expect(made.status == 0 && made.output == "The block 'slack-webhook/alarms' is kept.\n", "\(made.errors)")
        let changed = try await place.sluice(
            "block", "set", "slack-webhook/alarms", input: #"{"url": "http://b.example/y", "notify_type": "failure"}"#)
        #expect(changed.status == 0, "\(changed.errors)")
        let shown = try await place.json("block", "show", "slack-webhook/alarms")
        #expect(shown["data"]?["notify_type"] == "failure")
        #expect(shown["data"]?["url"] == "********")
        // What is left out is gone.
        _ = try await place.sluice("block", "set", "slack-webhook/alarms", input: "url: http://c.example/z")
        #expect(try await place.json("block", "show", "slack-webhook/alarms")["data"]?["notify_type"] == nil)
    }

    @Test(arguments: [
        ("slack-webhok/x", "url: a", "there is no type 'slack-webhok' of blocks; did you mean 'slack-webhook'?"),
        ("slack-webhook/x", "ulr: a", "has no field 'ulr'; did you mean 'url'?"),
        ("email/x", "server: a", "a block of the type 'email' needs the field 'sender'"),
        ("webhook/x", "- a", "the fields of a block are a mapping"),
        ("webhook/x", "", "there is nothing in it"), ("webhook/x", "url: [", "No block was made"),
        ("webhook", "url: a", "Name a block as TYPE/NAME"),
    ])
    func whatIsNoneIsRefused(path: String, fields: String, problem: String) async throws {
        let place = try Installation()
        _ = try await place.startServer()
        let refused = try await place.sluice("block", "set", path, input: fields)
        #expect(refused.status != 0 && refused.errors.contains(problem), "\(refused.errors)")
        #expect(try await place.json("block", "ls").arrayValue == [])
    }
}
