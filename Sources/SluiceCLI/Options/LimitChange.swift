import ArgumentParser
import JSON

/// What becomes of a concurrency limit.
struct LimitChange: ParsableArguments {
    @Option(help: ArgumentHelp("How many of its runs may execute at once.", valueName: "number"))
    var limit: Int?

    @Flag(help: "Let any number of its runs execute at once.")
    var noLimit = false

    func validate() throws {
        guard limit.map({ $0 >= 0 }) ?? true else { throw ValidationError("--limit: give a number of 0 or more.") }
        guard limit == nil || !noLimit else { throw ValidationError("Give --limit or --no-limit, not both.") }
    }

    /// Adds the change to what the server is sent, if there is one.
    func apply(to body: inout JSONObject) {
        if let limit { body["concurrency_limit"] = JSONValue(limit) }
        if noLimit { body["concurrency_limit"] = .null }
    }
}
