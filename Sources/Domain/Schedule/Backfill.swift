/// What of a span of time is run again by a backfill, for what is past.
public enum Rerun: String, Sendable, Hashable, CaseIterable {
    /// Only what has never been run.
    case missing
    /// That, and what has been run without success.
    case failed
    /// All of it.
    case all

    /// Why a part of the span is not run.
    public enum Omission: String, Sendable, Hashable, CaseIterable {
        /// A run of it has completed.
        case completed
        /// A run of it has failed or crashed.
        case failed
        /// A run of it waits or executes.
        case underWay = "under_way"
    }

    /// Whether a part is left out, and why.
    ///
    /// - Parameter states: those of the runs that it has had. One that was cancelled counts for nothing.
    public func omission(_ states: [StateType]) -> Omission? {
        if states.contains(where: { !$0.isTerminal }) { return .underWay }
        if self == .all { return nil }
        if states.contains(.completed) { return .completed }
        guard self == .missing, states.contains(where: { $0 == .failed || $0 == .crashed }) else { return nil }
        return .failed
    }
}

extension Schedule {
    /// The data intervals that begin in a span, in their order.
    ///
    /// - Parameters:
    ///   - first: the earliest that one may begin.
    ///   - last: the latest.
    ///   - limit: how many at most.
    public func intervals(
        from first: Timestamp, through last: Timestamp, limit: Int, in zone: TimeZoneRules
    ) -> [DataInterval] {
        var intervals: [DataInterval] = []
        var start: Timestamp?
        for fire in fires(after: first - .microseconds(1), in: zone) {
            if let start { intervals.append(DataInterval(start: start, end: fire)) }
            guard fire <= last, intervals.count < limit else { return intervals }
            start = fire
        }
        return intervals
    }
}

/// A moment as it is typed: RFC 3339, or a day, which is all of that day.
public struct DayOrMoment: Sendable, Hashable {
    private let moment: Timestamp
    private let isDay: Bool

    /// `2026-01-31T06:00:00Z`, or `2026-01-31`.
    public init?(_ text: String) {
        // A day alone is read as a moment, too: its first in UTC.
        isDay = text.utf8.count == 10
        guard let moment = Timestamp(isDay ? "\(text)T00:00:00Z" : text) else { return nil }
        self.moment = moment
    }

    /// The moment, or the beginning of the day.
    public func beginning(in zone: TimeZoneRules) -> Timestamp { isDay ? midnight(moment, zone) : moment }

    /// The moment, or the last of the day.
    public func end(in zone: TimeZoneRules) -> Timestamp {
        isDay ? midnight(moment + .seconds(86_400), zone) - .microseconds(1) : moment
    }

    /// - Parameter local: what the zone's clocks show, as if it were UTC.
    private func midnight(_ local: Timestamp, _ zone: TimeZoneRules) -> Timestamp {
        let guess = local - .seconds(zone.offset(at: local))
        return local - .seconds(zone.offset(at: guess))
    }
}

extension DataInterval {
    /// Its logical date as people name it there: `2026-01-31`, or `2026-01-31T06:00:00` where it is not a day's beginning.
    public func name(in zone: TimeZoneRules) -> String {
        let local = Timestamp(microseconds: start.microseconds + zone.offset(at: start) * 1_000_000).shortText
        return local.hasSuffix("T00:00:00Z") ? String(local.prefix(10)) : String(local.dropLast())
    }
}
