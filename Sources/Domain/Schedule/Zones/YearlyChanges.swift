/// A law by which clocks change twice a year, as the footer of a TZif file says it (POSIX.1-2017 §8.3, RFC 8536 §3.3).
struct YearlyChanges: Hashable, Sendable {
    /// Seconds east of UTC.
    let standardOffset: Int64
    let summerOffset: Int64
    let summerStart: ChangeDay
    let summerEnd: ChangeDay

    /// A day of each year, and the local time at which clocks change.
    struct ChangeDay: Hashable, Sendable {
        enum Rule: Hashable, Sendable {
            /// From 1 to 365; February 29 is never counted.
            case julian(Int64)
            /// From 0 to 365; February 29 is counted.
            case ordinal(Int64)
            /// The `week`th such weekday of a month, 5 for the last; 0 for Sunday.
            case weekday(month: Int64, week: Int64, weekday: Int64)
        }

        let rule: Rule
        /// Seconds after midnight; may be negative, or more than a day.
        let time: Int64

        /// Seconds since the epoch on the wall's clock.
        func second(in year: Int64) -> Int64 { day(in: year) * 86_400 + time }

        private func day(in year: Int64) -> Int64 {
            let first = daysSinceEpoch(year: year, month: 1, day: 1)
            switch rule {
            case .ordinal(let number): return first + number
            case .julian(let number):
                let isLeap = daysIn(month: 2, of: year) == 29
                return first + number - 1 + (isLeap && number >= 60 ? 1 : 0)
            case .weekday(let month, let week, let weekday):
                let start = daysSinceEpoch(year: year, month: month, day: 1)
                // The epoch was a Thursday: 4.
                let ahead = (weekday - start - 4).flooredDivision(by: 7).remainder
                let day = start + ahead + (week - 1) * 7
                return day - start < daysIn(month: month, of: year) ? day : day - 7
            }
        }
    }

    /// The period that a moment is in which is not before `settled`, the last one that the file lists.
    func period(at second: Int64, since settled: TimeZoneRules.Period) -> TimeZoneRules.Period {
        let year = civilDate(daysSinceEpoch: second.flooredDivision(by: 86_400).quotient).year
        var (start, offset) = (settled.start, settled.offset)
        for change in (year - 1...year + 1).flatMap(changes) where change.second >= settled.start {
            if change.second > second {
                return TimeZoneRules.Period(start: start, end: change.second, offset: offset)
            }
            (start, offset) = (change.second, change.offset)
        }
        return TimeZoneRules.Period(start: start, end: .max, offset: offset)
    }

    private func changes(in year: Int64) -> [(second: Int64, offset: Int64)] {
        let toSummer = (second: summerStart.second(in: year) - standardOffset, offset: summerOffset)
        let toStandard = (second: summerEnd.second(in: year) - summerOffset, offset: standardOffset)
        return toSummer.second < toStandard.second ? [toSummer, toStandard] : [toStandard, toSummer]
    }
}
