/// What one step of a rule offers: some days, each with the same times of day.
struct RecurrencePeriod: Sendable {
    let days: [CivilDay]
    /// In seconds after midnight, in order.
    let times: [Int64]

    static let empty = RecurrencePeriod(days: [], times: [])

    /// How many fires that makes.
    var count: Int { days.count * times.count }

    subscript(index: Int) -> LocalTime { LocalTime(days[index / times.count], second: times[index % times.count]) }

    /// The fires at some positions of it: from 1, or from -1 at the end.
    func indices(at positions: [Int]) -> [Int] {
        let indices = positions.map { $0 > 0 ? $0 - 1 : count + $0 }
        return Set(indices.filter { (0..<count).contains($0) }).sorted()
    }
}

/// The steps of a rule, one after the other.
struct RecurrencePeriods: IteratorProtocol, Sendable {
    private let rule: RecurrenceRule
    private let end: LocalTime
    private let times: [Int64]
    /// How many steps from the start.
    private var step: Int64 = 0

    /// - Parameters:
    ///   - time: periods that end before it may be left out.
    ///   - end: where the search ends.
    init(_ rule: RecurrenceRule, from time: LocalTime, until end: LocalTime) {
        self.rule = rule
        self.end = end
        times =
            switch rule.frequency {
            case .yearly, .monthly, .weekly, .daily: rule.timesOfDay
            case .hourly: rule.timesOfHour
            case .minutely: rule.secondsOfMinute
            case .secondly: [0]
            }
        if time > rule.start { step = steps(to: time) }
    }

    mutating func next() -> RecurrencePeriod? {
        rule.frequency < .hourly ? nextOfDays() : nextWithinDay()
    }

    // MARK: Steps of days and more

    private mutating func nextOfDays() -> RecurrencePeriod? {
        let span = span(of: step)
        guard span.first <= end.day else { return nil }
        step += 1
        let days = (0..<span.length).map { span.first + $0 }
        return RecurrencePeriod(days: days.filter(rule.allows), times: times)
    }

    private func span(of step: Int64) -> (first: CivilDay, length: Int64) {
        let (year, month, _) = rule.start.day.date
        switch rule.frequency {
        case .yearly:
            let first = CivilDay(year: year + step * rule.interval, month: 1, day: 1)
            return (first, CivilDay(year: year + step * rule.interval + 1, month: 1, day: 1) - first)
        case .monthly:
            let (years, rest) = (month - 1 + step * rule.interval).flooredDivision(by: 12)
            let first = CivilDay(year: year + years, month: rest + 1, day: 1)
            return (first, daysIn(month: rest + 1, of: year + years))
        case .weekly:
            let into = Int64((rule.start.day.weekday - rule.weekStart + 7) % 7)
            // The first week begins with the start, so that positions are counted from there.
            return step == 0 ? (rule.start.day, 7 - into) : (rule.start.day + (step * rule.interval * 7 - into), 7)
        case .daily, .hourly, .minutely, .secondly: return (rule.start.day + step * rule.interval, 1)
        }
    }

    // MARK: Steps within a day

    /// Seconds of a unit that the rule steps by.
    private var unit: Int64 {
        switch rule.frequency {
        case .hourly: 3600
        case .minutely: 60
        case .yearly, .monthly, .weekly, .daily, .secondly: 1
        }
    }

    private var origin: Int64 { rule.start.seconds.flooredDivision(by: unit).quotient * unit }

    private mutating func nextWithinDay() -> RecurrencePeriod? {
        let stride = rule.interval * unit
        while true {
            let second = origin + step * stride
            let day = CivilDay(number: second.flooredDivision(by: 86_400).quotient)
            guard day <= end.day else { return nil }
            if let later = firstAllowed(second, day) {
                // What the rule leaves out is passed over at once.
                step = (later - origin).ceilingDivision(by: stride)
            } else {
                step += 1
                let timeOfDay = second - day.number * 86_400
                return RecurrencePeriod(days: [day], times: times.map { timeOfDay + $0 })
            }
        }
    }

    /// If a step is left out: when the first unit of time begins after it that may not be.
    private func firstAllowed(_ second: Int64, _ day: CivilDay) -> Int64? {
        guard rule.allows(day) else { return (day.number + 1) * 86_400 }
        let timeOfDay = second - day.number * 86_400
        if !rule.hours.isEmpty, !rule.hours.contains(Int(timeOfDay / 3600)) {
            return second - timeOfDay % 3600 + 3600
        }
        if rule.frequency >= .minutely, !rule.minutes.isEmpty, !rule.minutes.contains(Int(timeOfDay / 60 % 60)) {
            return second - timeOfDay % 60 + 60
        }
        if rule.frequency == .secondly, !rule.seconds.isEmpty, !rule.seconds.contains(Int(timeOfDay % 60)) {
            return second + 1
        }
        return nil
    }

    /// The number of the last step that begins before `time`, or of one not long before.
    private func steps(to time: LocalTime) -> Int64 {
        let (start, target) = (rule.start.day, time.day)
        let passed: Int64
        switch rule.frequency {
        case .yearly: passed = target.date.year - start.date.year
        case .monthly: passed = (target.date.year - start.date.year) * 12 + target.date.month - start.date.month
        case .weekly: passed = (target - start) / 7
        case .daily: passed = target - start
        case .hourly, .minutely, .secondly: passed = (time.seconds - origin) / unit
        }
        return max(0, passed / rule.interval - 1)
    }
}
