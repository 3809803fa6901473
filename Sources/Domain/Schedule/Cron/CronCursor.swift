/// The local times at which a cron expression fires, in order.
struct CronCursor: IteratorProtocol, Sendable {
    private let cron: CronExpression
    private let end: LocalTime
    private var day: CivilDay
    private var second: Int64
    /// The days of the month that `day` is in.
    private var month: (year: Int64, number: Int64, days: CronSet)

    /// - Parameters:
    ///   - start: the first time that may be one.
    ///   - end: where the search ends.
    init(_ cron: CronExpression, from start: LocalTime, until end: LocalTime) {
        self.cron = cron
        self.end = end
        let start = start.roundedUp
        (day, second) = (start.day, start.secondOfDay)
        let (year, number, _) = day.date
        month = (year, number, cron.days(in: number, of: year))
    }

    mutating func next() -> LocalTime? {
        while let found = nextDay() {
            if found > day { (day, second) = (found, 0) }
            if let time = cron.timeOfDay(notBefore: second) {
                let fire = LocalTime(day, second: time)
                guard fire <= end else { return nil }
                move(past: time)
                return fire
            }
            (day, second) = (day + 1, 0)
        }
        return nil
    }

    private mutating func move(past time: Int64) {
        (day, second) = time < 86_399 ? (day, time + 1) : (day + 1, 0)
    }

    /// The first day from `day` on at which it fires.
    private mutating func nextDay() -> CivilDay? {
        var (year, number, date) = day.date
        if (year, number) != (month.year, month.number) { month = (year, number, cron.days(in: number, of: year)) }
        while true {
            if let found = month.days.first(from: Int(date)) {
                return CivilDay(year: year, month: number, day: Int64(found))
            }
            (year, number, date) = number == 12 ? (year + 1, 1, 1) : (year, number + 1, 1)
            guard CivilDay(year: year, month: number, day: 1) <= end.day else { return nil }
            month = (year, number, cron.days(in: number, of: year))
        }
    }
}
