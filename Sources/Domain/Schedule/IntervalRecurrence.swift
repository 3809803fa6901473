/// Something that fires every so often, counted from an anchor, before and after it.
///
/// Intervals of a day and more are counted on the wall's clock, so that what is daily at nine stays at nine when clocks
/// change; shorter ones are counted in real time. This is the rule that Prefect states. (What its server computes also
/// depends on the moment of computing: counted from an anchor in winter, a daily schedule that is looked at in summer
/// fires an hour late there. Here it does not.)
public struct IntervalRecurrence: Hashable, Sendable {
    /// Positive, and no longer than a hundred years.
    public let interval: Duration
    /// Nothing for the Unix epoch.
    public var anchor: Timestamp?

    static let longest: Duration = .seconds(36_525 * 86_400)
    private static let day: Int64 = 86_400_000_000

    /// - Throws: `InvalidSchedule` for an interval that leads nowhere.
    public init(every interval: Duration, from anchor: Timestamp?) throws(InvalidSchedule) {
        guard interval.wholeMicroseconds > 0 else { throw InvalidSchedule("the interval must be positive") }
        guard interval <= Self.longest else { throw InvalidSchedule("the interval is longer than a hundred years") }
        self.interval = interval
        self.anchor = anchor
    }

    var isCountedInRealTime: Bool { interval.wholeMicroseconds < Self.day }

    /// Its moments after `time`.
    func moments(after time: Timestamp) -> Progression {
        let start = (anchor ?? Timestamp(microseconds: 0)).microseconds
        return Progression(from: start, by: interval.wholeMicroseconds, notBefore: time.microseconds + 1)
    }

    /// Its local times in a zone from `time` on.
    func localTimes(from time: LocalTime, in zone: TimeZoneRules) -> Progression {
        let start = zone.local(at: anchor ?? Timestamp(microseconds: 0)).microseconds
        return Progression(from: start, by: interval.wholeMicroseconds, notBefore: time.microseconds)
    }
}

/// Numbers with the same distance between them, for as long as there are any.
struct Progression: IteratorProtocol, Sendable {
    private let step: Int64
    private var upcoming: Int64?

    init(from origin: Int64, by step: Int64, notBefore bound: Int64) {
        self.step = step
        let (distance, overflow) = bound.subtractingReportingOverflow(origin)
        guard !overflow else { return }
        let (stride, overflows) = distance.ceilingDivision(by: step).multipliedReportingOverflow(by: step)
        let (first, isBeyond) = origin.addingReportingOverflow(stride)
        upcoming = overflows || isBeyond ? nil : first
    }

    mutating func next() -> Int64? {
        guard let number = upcoming else { return nil }
        let (following, overflow) = number.addingReportingOverflow(step)
        upcoming = overflow ? nil : following
        return number
    }
}
