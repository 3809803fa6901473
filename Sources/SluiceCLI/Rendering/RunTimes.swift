import APIClient
import Domain

/// When a run began and how long it took, for people.
struct RunTimes {
    /// `3m ago`, `due in 5s`
    let when: String
    /// Of what has not ended, the time until now.
    let took: String

    init(_ run: RunResource, now: Timestamp) {
        if let started = run.started {
            when = HumanTime.relative(started, to: now)
            took = DurationText.describe((run.ended ?? now) - started)
        } else if let due = run.expectedStart, due - now > .seconds(1) {
            when = "due \(HumanTime.relative(due, to: now))"
            took = ""
        } else {
            when = (run.expectedStart ?? run.created).map { HumanTime.relative($0, to: now) } ?? ""
            took = ""
        }
    }
}
