import ArgumentParser
import Domain
import JSON

/// What becomes of a limit on how often runs start.
struct RateChange: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How often its runs may start: 10/m, 100/h, 5/30s, or some of them at once: 10/m burst 3.",
            valueName: "rate"))
    var rateLimit: String?

    @Flag(help: "Let its runs start as often as they come.")
    var noRateLimit = false

    func validate() throws {
        if let rateLimit, RateLimit(rateLimit) == nil {
            throw ValidationError("--rate-limit \(rateLimit): give a rate, such as 10/m, 100/h, 5/30s or 10/m burst 3.")
        }
        guard rateLimit == nil || !noRateLimit else {
            throw ValidationError("Give --rate-limit or --no-rate-limit, not both.")
        }
    }

    /// Adds the change to what the server is sent, if there is one.
    func apply(to body: inout JSONObject) {
        if let rateLimit { body["rate_limit"] = .string(rateLimit) }
        if noRateLimit { body["rate_limit"] = .null }
    }
}

/// What becomes of how waiting makes up for a low priority.
struct AgeingChange: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            After how long a wait weighs as much as one step of priority: 10m, 1h, or off. Where nobody says anything it \
            is 10m.
            """, valueName: "duration|off"))
    var ageing: String?

    func validate() throws {
        guard ageing == nil || seconds != nil else {
            throw ValidationError("--ageing \(ageing ?? ""): give a duration, such as 10m, or off.")
        }
    }

    private var seconds: Double? {
        guard let ageing else { return nil }
        if ageing == "off" { return 0 }
        guard let span = DurationText.parse(ageing), span > .zero, span <= WorkPool.longestAgeing else { return nil }
        return span.inSeconds
    }

    /// Adds the change to what the server is sent, if there is one.
    func apply(to body: inout JSONObject) { if let seconds { body["ageing"] = seconds.json } }
}
