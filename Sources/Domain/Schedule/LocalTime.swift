/// What a clock on a wall shows, of no zone in particular: microseconds since 1970-01-01T00:00:00 on that clock.
public struct LocalTime: Hashable, Comparable, Sendable {
    /// Since 1970-01-01T00:00:00 on that clock.
    public let microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    init(_ day: CivilDay, second: Int64) {
        microseconds = (day.number * 86_400 + second) * 1_000_000
    }

    /// The whole seconds since 1970-01-01T00:00:00, rounded down.
    var seconds: Int64 { microseconds.flooredDivision(by: 1_000_000).quotient }

    var day: CivilDay { CivilDay(number: seconds.flooredDivision(by: 86_400).quotient) }

    /// The whole seconds since midnight, rounded down.
    var secondOfDay: Int64 { seconds.flooredDivision(by: 86_400).remainder }

    /// The first whole second that is not before this.
    var roundedUp: LocalTime {
        let (whole, rest) = microseconds.flooredDivision(by: 1_000_000)
        return LocalTime(microseconds: (rest > 0 ? whole + 1 : whole) * 1_000_000)
    }

    public static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }
}

/// A day of the proleptic Gregorian calendar.
struct CivilDay: Hashable, Comparable, Sendable {
    /// Days since 1970-01-01.
    let number: Int64

    init(number: Int64) { self.number = number }

    init(year: Int64, month: Int64, day: Int64) {
        number = daysSinceEpoch(year: year, month: month, day: day)
    }

    var date: (year: Int64, month: Int64, day: Int64) { civilDate(daysSinceEpoch: number) }

    /// 0 for Monday to 6 for Sunday. (The epoch was a Thursday.)
    var weekday: Int { Int((number + 3).flooredDivision(by: 7).remainder) }

    static func < (left: Self, right: Self) -> Bool { left.number < right.number }
    static func + (day: Self, days: Int64) -> Self { CivilDay(number: day.number + days) }
    static func - (left: Self, right: Self) -> Int64 { left.number - right.number }
}

extension Int64 {
    /// The quotient rounded up.
    func ceilingDivision(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = flooredDivision(by: divisor)
        return remainder > 0 ? quotient + 1 : quotient
    }
}
