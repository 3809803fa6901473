/// Minutes, hours, days of the month, months and days of the week at which something fires; seconds and years too, if
/// there is a sixth and a seventh column.
///
/// The syntax and its meaning are those of croniter, which Prefect counts on: names, lists, ranges (that may wrap, as in
/// `fri-mon`), steps, `?`, `@daily` and its like, `L` for the last day of the month, `fri#2` for the second Friday and
/// `L5` for the last one, `15W` for the weekday nearest to the 15th. Sluice adds from Quartz what croniter lacks: `LW` for
/// the last weekday of the month, and `5L` as another way to write `L5`.
public struct CronExpression: Hashable, Sendable {
    /// As it was given.
    public let text: String
    /// Where both the day of the month and the day of the week are restricted: whether a day that satisfies one of them
    /// is enough.
    public let dayOr: Bool
    let minutes: CronSet
    let hours: CronSet
    let months: CronSet
    let seconds: CronSet
    /// Nothing for any year.
    let years: Set<Int>?
    private let monthDays: CronMonthDays
    private let weekdays: CronWeekdays

    private static let aliases = [
        "@midnight": "0 0 * * *", "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@weekly": "0 0 * * 0",
        "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
    ]

    /// - Throws: `InvalidSchedule`, which says what is wrong with it.
    public init(_ text: String, dayOr: Bool = true) throws(InvalidSchedule) {
        let lowered = text.lowercased()
        let columns = (Self.aliases[lowered] ?? lowered).split(whereSeparator: \.isWhitespace)
        guard (5...7).contains(columns.count) else {
            throw InvalidSchedule("it takes 5 columns, or 6 with seconds, or 7 with years, not \(columns.count)")
        }
        self.text = text
        self.dayOr = dayOr
        minutes = try CronField(.minute).set(columns[0])
        hours = try CronField(.hour).set(columns[1])
        monthDays = try CronMonthDays(columns[2], CronField(.day), besides: columns[4])
        months = try CronField(.month).set(columns[3])
        weekdays = try CronWeekdays(columns[4], CronField(.weekday), besides: columns[2])
        seconds = columns.count > 5 ? try CronField(.second).set(columns[5]) : CronSet([0])
        years = columns.count > 6 ? try CronField(.year).years(columns[6]) : nil
    }

    /// The days of a month at which it fires: bit 1 for the first.
    func days(in month: Int64, of year: Int64) -> CronSet {
        guard months.contains(Int(month)), years?.contains(Int(year)) ?? true else { return CronSet() }
        let layout = MonthLayout(year: year, month: month)
        switch (monthDays.isRestricted, weekdays.isRestricted) {
        case (false, false): return layout.all
        case (true, false): return monthDays.days(of: layout)
        case (false, true): return weekdays.days(of: layout)
        case (true, true):
            let (first, second) = (monthDays.days(of: layout), weekdays.days(of: layout))
            return dayOr ? first.union(second) : first.intersection(second)
        }
    }

    /// The first time of day, in seconds after midnight, that is not before `second`.
    func timeOfDay(notBefore second: Int64) -> Int64? {
        let (hour, minute, second) = (Int(second / 3600), Int(second / 60 % 60), Int(second % 60))
        guard let firstMinute = minutes.first(from: 0), let firstSecond = seconds.first(from: 0) else { return nil }
        if hours.contains(hour) {
            if minutes.contains(minute), let next = seconds.first(from: second) {
                return Int64(hour * 3600 + minute * 60 + next)
            }
            if let next = minutes.first(from: minute + 1) { return Int64(hour * 3600 + next * 60 + firstSecond) }
        }
        return hours.first(from: hour + 1).map { Int64($0 * 3600 + firstMinute * 60 + firstSecond) }
    }
}

/// Numbers from 0 to 63, a bit for each.
struct CronSet: Hashable, Sendable {
    private(set) var bits: UInt64 = 0

    init() {}

    init(bits: UInt64) { self.bits = bits }

    init(_ numbers: some Sequence<Int>) {
        for number in numbers { insert(number) }
    }

    mutating func insert(_ number: Int) { bits |= 1 << UInt64(number) }

    func contains(_ number: Int) -> Bool { bits & 1 << UInt64(number) != 0 }

    /// The least of them that is not below `number`.
    func first(from number: Int) -> Int? {
        guard number < 64 else { return nil }
        let rest = (bits >> UInt64(number)) << UInt64(number)
        return rest == 0 ? nil : rest.trailingZeroBitCount
    }

    func union(_ other: CronSet) -> CronSet { CronSet(bits: bits | other.bits) }

    func intersection(_ other: CronSet) -> CronSet { CronSet(bits: bits & other.bits) }
}

/// How many days a month has, and with which weekday it begins.
struct MonthLayout {
    let length: Int
    /// Of its first day: 0 for Sunday.
    let firstWeekday: Int

    init(year: Int64, month: Int64) {
        length = Int(daysIn(month: month, of: year))
        firstWeekday = (CivilDay(year: year, month: month, day: 1).weekday + 1) % 7
    }

    var all: CronSet { CronSet(1...length) }

    /// 0 for Sunday.
    func weekday(of day: Int) -> Int { (firstWeekday + day - 1) % 7 }

    /// The days that are such a weekday, in order.
    func days(on weekday: Int) -> [Int] {
        Array(stride(from: (weekday - firstWeekday + 7) % 7 + 1, through: length, by: 7))
    }
}
