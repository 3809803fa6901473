import ArgumentParser
import Domain
import JSON

/// When a run is to start.
struct StartOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("When it is to start: \(TimeText.forms); without an offset, local time.", valueName: "time"))
    var at: String?

    @Option(
        name: .customLong("in"),
        help: ArgumentHelp("After which time it is to start: 90s, 2h.", valueName: "duration"))
    var delay: String?

    var isGiven: Bool { at != nil || delay != nil }

    func validate() throws {
        guard at == nil || delay == nil else { throw ValidationError("Give --at or --in, not both.") }
    }

    /// - Throws: `CommandFailure` for what is no time, or has passed.
    func due(at now: Timestamp) throws -> Timestamp? {
        if let delay {
            guard let span = DurationText.parse(delay) else {
                throw CommandFailure.usage("--in '\(delay)' is no duration; write it like 90s, 15m or 2h")
            }
            return now + span
        }
        guard let at else { return nil }
        guard let time = TimeText.parse(at, now: now, .next) else {
            throw CommandFailure.usage("--at '\(at)' is no time; write it like \(TimeText.forms)")
        }
        guard time > now else {
            throw CommandFailure.usage(
                "--at '\(at)' has passed (\(HumanTime.relative(time, to: now))); leave it out to run now")
        }
        return time
    }

    /// The state that a run begins in which is to wait until then, as Prefect's API takes it.
    static func state(due: Timestamp) -> JSONValue {
        ["type": "SCHEDULED", "state_details": ["scheduled_time": .string(due.description)]]
    }
}
