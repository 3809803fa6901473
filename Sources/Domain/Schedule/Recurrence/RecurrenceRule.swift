/// A recurrence rule of iCalendar (RFC 5545 §3.3.10), with the meaning that Python's dateutil gives it, on which Prefect
/// counts: what a rule does not say is taken from its start, and times are those of the wall's clock.
struct RecurrenceRule: Hashable, Sendable {
    enum Frequency: String, Comparable, Sendable {
        case yearly = "YEARLY"
        case monthly = "MONTHLY"
        case weekly = "WEEKLY"
        case daily = "DAILY"
        case hourly = "HOURLY"
        case minutely = "MINUTELY"
        case secondly = "SECONDLY"

        private var rank: Int {
            switch self {
            case .yearly: 0
            case .monthly: 1
            case .weekly: 2
            case .daily: 3
            case .hourly: 4
            case .minutely: 5
            case .secondly: 6
            }
        }

        /// What comes round less often is less.
        static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
    }

    /// A weekday, and which of those in the month or year; 0 for each.
    struct Weekday: Hashable, Sendable {
        /// 0 for Monday.
        let weekday: Int
        let ordinal: Int
    }

    var frequency = Frequency.yearly
    var interval: Int64 = 1
    var count: Int?
    var until: LocalTime?
    /// 0 for Monday.
    var weekStart = 0
    var positions: [Int] = []
    var months: Set<Int> = []
    var monthDays: Set<Int> = []
    var yearDays: Set<Int> = []
    var weekNumbers: Set<Int> = []
    var weekdays: Set<Weekday> = []
    var hours: Set<Int> = []
    var minutes: Set<Int> = []
    var seconds: Set<Int> = []
    /// When it begins. Whole seconds.
    var start = LocalTime(microseconds: 0)

    /// How many fires a rule may count: they are counted anew each time that it is asked.
    static let largestCount = 1_000_000

    /// A rule with nothing left to be taken from its start but times of day.
    ///
    /// - Throws: `InvalidSchedule` for one that would never fire because its steps pass over what it asks for.
    func settled() throws(InvalidSchedule) -> RecurrenceRule {
        var rule = self
        if weekNumbers.isEmpty, yearDays.isEmpty, monthDays.isEmpty, weekdays.isEmpty {
            let (_, month, day) = start.day.date
            switch frequency {
            case .yearly:
                if months.isEmpty { rule.months = [Int(month)] }
                rule.monthDays = [Int(day)]
            case .monthly: rule.monthDays = [Int(day)]
            case .weekly: rule.weekdays = [Weekday(weekday: start.day.weekday, ordinal: 0)]
            case .daily, .hourly, .minutely, .secondly: break
            }
        }
        try rule.checkSteps()
        return rule
    }

    /// An hour's minutes, say, that steps from the start never reach.
    private func checkSteps() throws(InvalidSchedule) {
        let (wanted, cycle, first): (Set<Int>, Int64, Int64)
        switch frequency {
        case .hourly: (wanted, cycle, first) = (hours, 24, start.secondOfDay / 3600)
        case .minutely: (wanted, cycle, first) = (minutes, 60, start.secondOfDay / 60 % 60)
        case .secondly: (wanted, cycle, first) = (seconds, 60, start.secondOfDay % 60)
        case .yearly, .monthly, .weekly, .daily: return
        }
        let stride = Self.greatestCommonDivisor(interval, cycle)
        guard wanted.isEmpty || wanted.contains(where: { (Int64($0) - first) % stride == 0 }) else {
            throw InvalidSchedule("it would never fire: its steps of \(interval) pass over what it asks for")
        }
    }

    private static func greatestCommonDivisor(_ first: Int64, _ second: Int64) -> Int64 {
        second == 0 ? first : greatestCommonDivisor(second, first % second)
    }

    /// The times of day, in seconds, at which a day that it fires on fires; for rules that do not step within a day.
    var timesOfDay: [Int64] {
        let hours = hours.isEmpty ? [Int(start.secondOfDay / 3600)] : hours.sorted()
        return hours.flatMap { hour in timesOfHour.map { Int64(hour) * 3600 + $0 } }
    }

    /// The same in seconds of an hour.
    var timesOfHour: [Int64] {
        let minutes = minutes.isEmpty ? [Int(start.secondOfDay / 60 % 60)] : minutes.sorted()
        return minutes.flatMap { minute in secondsOfMinute.map { Int64(minute) * 60 + $0 } }
    }

    var secondsOfMinute: [Int64] {
        seconds.isEmpty ? [start.secondOfDay % 60] : seconds.sorted().map { Int64($0) }
    }
}
