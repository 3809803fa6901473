/// When something is to happen again and again, by the clocks of a zone.
public struct Schedule: Hashable, Sendable {
    public enum Recurrence: Hashable, Sendable {
        case cron(CronExpression)
        case interval(IntervalRecurrence)
        case rules(RecurrenceSet)
    }

    public var recurrence: Recurrence
    /// A name of the IANA database; nothing for UTC.
    public var zoneName: String?
    /// Does not concern intervals of less than a day, which are counted in real time.
    public var daylightSaving: DaylightSaving

    public init(_ recurrence: Recurrence, zoneName: String? = nil, daylightSaving: DaylightSaving = DaylightSaving()) {
        self.recurrence = recurrence
        self.zoneName = zoneName
        self.daylightSaving = daylightSaving
    }

    /// How far ahead anything is looked for: what does not come in fifty years does not come.
    private static let horizon: Duration = .seconds(50 * 365 * 86_400)

    /// The moments at which it fires, in order, each once.
    ///
    /// - Parameters:
    ///   - time: the first is later than this.
    ///   - end: the last is not later than this; nothing for fifty years.
    ///   - zone: the zone of its name.
    public func fires(after time: Timestamp, until end: Timestamp? = nil, in zone: TimeZoneRules) -> Fires {
        let horizon = time + Self.horizon
        return Fires(self, after: time, until: min(end ?? horizon, horizon), in: zone)
    }

    /// The same, `limit` of them at most.
    public func fires(
        after time: Timestamp, until end: Timestamp? = nil, limit: Int, in zone: TimeZoneRules
    ) -> [Timestamp] {
        Array(fires(after: time, until: end, in: zone).prefix(limit))
    }
}

/// The moments at which a schedule fires.
public struct Fires: Sequence, IteratorProtocol, Sendable {
    private enum Source: Sendable {
        case moments(Progression)
        case interval(Progression)
        case cron(CronCursor)
        case rules(RecurrenceSetCursor)
    }

    private var source: Source
    private var clock: WallClock
    private let end: Timestamp
    /// The latest that has been handed out: what follows is later.
    private var latest: Timestamp
    /// Found already. Where clocks change, moments are not found in their order.
    private var found: [Timestamp] = []
    /// Nothing that is yet to be found is before this.
    private var floor: Timestamp
    private var isExhausted = false

    fileprivate init(_ schedule: Schedule, after time: Timestamp, until end: Timestamp, in zone: TimeZoneRules) {
        let first = zone.earliestLocal(after: time)
        let last = zone.latestLocal(until: end)
        source =
            switch schedule.recurrence {
            case .cron(let cron): .cron(CronCursor(cron, from: first, until: last))
            case .interval(let interval) where interval.isCountedInRealTime: .moments(interval.moments(after: time))
            case .interval(let interval): .interval(interval.localTimes(from: first, in: zone))
            case .rules(let set): .rules(RecurrenceSetCursor(set, from: first, until: last))
            }
        clock = WallClock(zone: zone, rule: schedule.daylightSaving, near: time)
        self.end = end
        latest = time
        floor = time
    }

    public mutating func next() -> Timestamp? {
        while true {
            if let moment = found.first, moment <= floor {
                found.removeFirst()
                guard moment > latest else { continue }
                guard moment <= end else { return nil }
                latest = moment
                return moment
            }
            guard floor <= end, find() else { return nil }
        }
    }

    /// - Returns: whether there was more to find.
    private mutating func find() -> Bool {
        guard !isExhausted else { return false }
        guard let meaning = nextMeaning() else {
            // What has been found already still comes out.
            isExhausted = true
            floor = .distantFuture
            return !found.isEmpty
        }
        floor = meaning.floor
        for moment in meaning.moments {
            found.insert(moment, at: found.partitioningIndex { $0 > moment })
        }
        return true
    }

    private mutating func nextMeaning() -> WallClock.Meaning? {
        switch source {
        case .moments(var progression):
            let moment = progression.next().map { Timestamp(microseconds: $0) }
            source = .moments(progression)
            return moment.map { WallClock.Meaning(moments: [$0], floor: $0) }
        case .interval(var progression):
            let time = progression.next().map { LocalTime(microseconds: $0) }
            source = .interval(progression)
            return time.map { clock.meaning(of: $0) }
        case .cron(var cursor):
            let time = cursor.next()
            source = .cron(cursor)
            return time.map { clock.meaning(of: $0) }
        case .rules(var cursor):
            let time = cursor.next()
            source = .rules(cursor)
            return time.map { clock.meaning(of: $0) }
        }
    }
}
