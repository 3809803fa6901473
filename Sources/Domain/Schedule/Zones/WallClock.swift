/// Tells which moments a time on the wall's clock means.
struct WallClock {
    /// No place has ever changed its clocks by more: twenty-four hours, at the date line.
    static let largestChange: Int64 = 26 * 3600

    let zone: TimeZoneRules
    let rule: DaylightSaving
    private var period: TimeZoneRules.Period

    /// What a local time means.
    struct Meaning {
        /// None, one or two.
        var moments: [Timestamp]
        /// No later local time means an earlier moment than this.
        var floor: Timestamp
    }

    init(zone: TimeZoneRules, rule: DaylightSaving, near moment: Timestamp) {
        self.zone = zone
        self.rule = rule
        period = zone.period(at: moment.microseconds.flooredDivision(by: 1_000_000).quotient)
    }

    mutating func meaning(of local: LocalTime) -> Meaning {
        let second = local.seconds
        if period.holds(second, margin: Self.largestChange) { return once(local, period.offset) }
        period = zone.period(at: second - period.offset)
        if period.holds(second, margin: Self.largestChange) { return once(local, period.offset) }
        return meaningNearChange(local, second)
    }

    private func once(_ local: LocalTime, _ offset: Int64) -> Meaning {
        let moment = local.moment(offset)
        return Meaning(moments: [moment], floor: moment)
    }

    private func meaningNearChange(_ local: LocalTime, _ second: Int64) -> Meaning {
        var before = zone.period(at: second - 2 * Self.largestChange)
        var offsets = before.contains(second - before.offset) ? [before.offset] : []
        while before.end < second + Self.largestChange {
            let after = zone.period(at: before.end)
            if after.contains(second - after.offset) { offsets.append(after.offset) }
            if second - before.offset >= before.end, second - after.offset < after.start {
                return leftOut(local, before: before, after: after)
            }
            before = after
        }
        guard let first = offsets.first else { return Meaning(moments: [], floor: local.moment(before.offset)) }
        let moments = offsets.map { local.moment($0) }
        return Meaning(moments: rule.repeated == .both ? moments : [local.moment(first)], floor: local.moment(first))
    }

    /// A time between what clocks showed before a change and after it. The offset from before puts it as long after the
    /// change as it is after the beginning of the gap.
    private func leftOut(
        _ local: LocalTime, before: TimeZoneRules.Period, after: TimeZoneRules.Period
    ) -> Meaning {
        let change = Timestamp(microseconds: after.start * 1_000_000)
        return Meaning(moments: rule.leftOut == .shift ? [local.moment(before.offset)] : [], floor: change)
    }
}

extension LocalTime {
    fileprivate func moment(_ offset: Int64) -> Timestamp {
        Timestamp(microseconds: microseconds - offset * 1_000_000)
    }
}

extension TimeZoneRules.Period {
    /// Whether a local time is in it, and further from its ends than `margin`, so that it is in no other.
    fileprivate func holds(_ local: Int64, margin: Int64) -> Bool {
        let moment = local - offset
        return (start == .min || moment - margin >= start) && (end == .max || moment + margin < end)
    }
}

extension TimeZoneRules {
    /// No local time before this one means a moment after `time`, whatever the rule.
    func earliestLocal(after time: Timestamp) -> LocalTime {
        let second = time.microseconds.flooredDivision(by: 1_000_000).quotient
        var near = period(at: second - WallClock.largestChange)
        var offset = near.offset
        while near.end <= second + WallClock.largestChange {
            near = period(at: near.end)
            offset = min(offset, near.offset)
        }
        return LocalTime(microseconds: time.microseconds + offset * 1_000_000)
    }

    /// No local time after this one means a moment that is not after `time`.
    func latestLocal(until time: Timestamp) -> LocalTime {
        local(at: time) + WallClock.largestChange
    }
}

extension LocalTime {
    fileprivate static func + (time: Self, seconds: Int64) -> Self {
        LocalTime(microseconds: time.microseconds + seconds * 1_000_000)
    }
}
