import APIClient
import ArgumentParser
import Domain
import JSON

/// Which runs: the server looks for them.
struct RunFilterOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A type of state (running), or a state's name (Late, TimedOut); repeatable.", valueName: "state"),
        completion: .list(StateFilter.known))
    var state: [String] = []

    @Option(help: ArgumentHelp("Only runs of this one.", valueName: "flow/deployment"), completion: .deployments)
    var deployment: String?

    @Option(help: ArgumentHelp("Only runs of this flow.", valueName: "name"), completion: .flows)
    var flow: String?

    @Option(help: ArgumentHelp("Only runs of this batch.", valueName: "batch"), completion: .batches)
    var batch: String?

    @Option(help: ArgumentHelp("Only runs with this tag; repeatable: with all of them.", valueName: "tag"))
    var tag: [String] = []

    @Option(
        help: ArgumentHelp(
            "Only runs made since then: 2h ago, or a time like those of 'sluice run --at'.", valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("Only runs made before then, written likewise.", valueName: "time"))
    var until: String?

    @Option(help: ArgumentHelp("Only runs with this in their name, parameters or tags.", valueName: "text"))
    var text: String?

    var isEmpty: Bool {
        state.isEmpty && tag.isEmpty && [deployment, flow, batch, since, until, text].allSatisfy { $0 == nil }
    }

    /// The body of a filter of runs.
    ///
    /// - Throws: `CommandFailure` for a state or a time that is none, and for what does not exist.
    func body(at now: Timestamp, _ connection: APIConnection) async throws -> JSONObject {
        var runs = try StateFilter(state).json
        var created = JSONObject()
        created["after_"] = try since.map { .string(try Self.time($0, "--since", now).description) }
        created["before_"] = try until.map { .string(try Self.time($0, "--until", now).description) }
        if !created.isEmpty { runs["created"] = .object(created) }
        if !tag.isEmpty { runs["tags"] = ["all_": .array(tag.map { .string($0) })] }
        runs["text"] = text.map { ["like_": .string($0)] }
        if let deployment {
            let found = try await DeploymentArgument.find(deployment, in: connection)
            runs["deployment_id"] = ["any_": [.string(found.id)]]
        }
        if let batch {
            runs["batch_id"] = ["any_": [.string(try await BatchArgument.find(batch, in: connection).id)]]
        }
        var body: JSONObject = ["flow_runs": .object(runs)]
        body["flows"] = flow.map { ["name": ["any_": [.string($0)]]] }
        return body
    }

    static func time(_ text: String, _ option: String, _ now: Timestamp) throws -> Timestamp {
        let span = text.hasSuffix(" ago") ? String(text.dropLast(4)) : text
        if let span = DurationText.parse(span) { return now - span }
        guard let time = TimeText.parse(text, now: now, .today) else {
            throw CommandFailure.usage("\(option) '\(text)' is no time; write it like 2h or \(TimeText.forms)")
        }
        return time
    }
}
