extension RecurrenceRule {
    /// Reads `FREQ=WEEKLY;BYDAY=MO,WE` and the like, in upper case.
    init(_ text: Substring, start: LocalTime) throws(InvalidSchedule) {
        var rule = RecurrenceRule()
        rule.start = start
        var names: Set<Substring> = []
        for part in text.split(separator: ";", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", omittingEmptySubsequences: false)
            guard pair.count == 2 else { throw InvalidSchedule("'\(part)' is not of the form NAME=VALUE") }
            names.insert(pair[0])
            try rule.set(pair[0], to: pair[1])
        }
        guard names.contains("FREQ") else { throw InvalidSchedule("a rule needs a FREQ") }
        self = try rule.settled()
    }

    private mutating func set(_ name: Substring, to value: Substring) throws(InvalidSchedule) {
        switch name {
        case "FREQ": frequency = try Self.frequency(value)
        case "INTERVAL": interval = Int64(try Self.number(name, value, 1...1_000_000))
        case "COUNT": count = try Self.number(name, value, 0...Self.largestCount)
        case "UNTIL": until = try LocalTime(calendarText: value)
        case "WKST": weekStart = try Self.weekday(value)
        case "BYSETPOS": positions = try Self.numbers(name, value, 1...366, isSigned: true).sorted()
        case "BYMONTH": months = try Self.numbers(name, value, 1...12)
        case "BYMONTHDAY": monthDays = try Self.numbers(name, value, 1...31, isSigned: true)
        case "BYYEARDAY": yearDays = try Self.numbers(name, value, 1...366, isSigned: true)
        case "BYWEEKNO": weekNumbers = try Self.numbers(name, value, 1...53, isSigned: true)
        case "BYDAY", "BYWEEKDAY": weekdays = try Self.weekdays(value)
        case "BYHOUR": hours = try Self.numbers(name, value, 0...23)
        case "BYMINUTE": minutes = try Self.numbers(name, value, 0...59)
        case "BYSECOND": seconds = try Self.numbers(name, value, 0...59)
        default: throw InvalidSchedule("'\(name)' is no part of a rule")
        }
    }

    private static func frequency(_ text: Substring) throws(InvalidSchedule) -> Frequency {
        guard let frequency = Frequency(rawValue: String(text)) else {
            throw InvalidSchedule("'\(text)' is no FREQ")
        }
        return frequency
    }

    private static func number(
        _ name: Substring, _ text: Substring, _ range: ClosedRange<Int>, isSigned: Bool = false
    ) throws(InvalidSchedule) -> Int {
        guard let number = Int(text), range.contains(number) || isSigned && range.contains(-number) else {
            let bounds = "\(range.lowerBound) to \(range.upperBound)" + (isSigned ? ", or the same below zero" : "")
            throw InvalidSchedule("\(name)=\(text) is not from \(bounds)")
        }
        return number
    }

    private static func numbers(
        _ name: Substring, _ text: Substring, _ range: ClosedRange<Int>, isSigned: Bool = false
    ) throws(InvalidSchedule) -> Set<Int> {
        var numbers: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            numbers.insert(try number(name, part, range, isSigned: isSigned))
        }
        return numbers
    }

    private static func weekday(_ text: Substring) throws(InvalidSchedule) -> Int {
        guard let weekday = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"].firstIndex(of: String(text)) else {
            throw InvalidSchedule("'\(text)' is no day of the week")
        }
        return weekday
    }

    private static func weekdays(_ text: Substring) throws(InvalidSchedule) -> Set<Weekday> {
        var weekdays: Set<Weekday> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ordinal = part.dropLast(2)
            let number = ordinal.isEmpty ? 0 : try number("BYDAY", ordinal, 1...53, isSigned: true)
            weekdays.insert(Weekday(weekday: try weekday(part.suffix(2)), ordinal: number))
        }
        return weekdays
    }
}
