extension RecurrenceSet {
    /// How long the text may be, as Prefect has it: about a year of dates.
    static let longestText = 6500
    /// What a text that names no start is taken to begin with, as Prefect does.
    private static let standardStart = "DTSTART:20200101T000000"

    /// Reads `RRULE`, `RDATE`, `EXRULE`, `EXDATE` and `DTSTART` lines, or a bare rule such as `FREQ=DAILY`.
    ///
    /// Times are those of the schedule's zone, whatever zone a line names: so it is at Prefect, whose clients write them
    /// that way.
    ///
    /// - Throws: `InvalidSchedule`, which says what is wrong with it.
    public init(_ given: String) throws(InvalidSchedule) {
        guard given.utf8.count <= Self.longestText else {
            throw InvalidSchedule("it is longer than \(Self.longestText) characters")
        }
        let hasStart = given.uppercased().contains("DTSTART")
        let text = hasStart ? given : "\(Self.standardStart)\n\(given)"
        var lines = RecurrenceLines()
        for line in text.uppercased().split(whereSeparator: \.isWhitespace) { try lines.read(line) }
        guard let start = lines.start else { throw InvalidSchedule("it has no DTSTART") }
        guard !lines.rules.isEmpty || !lines.dates.isEmpty else { throw InvalidSchedule("it has no rule") }
        self.init(
            text: text, rules: try Self.rules(lines.rules, start), dates: lines.dates,
            excludedRules: try Self.rules(lines.excludedRules, start), excludedDates: Set(lines.excludedDates))
    }

    private static func rules(
        _ texts: [Substring], _ start: LocalTime
    ) throws(InvalidSchedule) -> [RecurrenceRule] {
        var rules: [RecurrenceRule] = []
        for text in texts { rules.append(try RecurrenceRule(text, start: start)) }
        return rules
    }
}

/// The lines of a recurrence set, by their names.
private struct RecurrenceLines {
    var start: LocalTime?
    var rules: [Substring] = []
    var excludedRules: [Substring] = []
    var dates: [LocalTime] = []
    var excludedDates: [LocalTime] = []

    mutating func read(_ line: Substring) throws(InvalidSchedule) {
        guard let colon = line.firstIndex(of: ":") else { return rules.append(line) }
        let name = line[..<colon].split(separator: ";").first ?? ""
        let value = line[line.index(after: colon)...]
        switch name {
        case "RRULE": rules.append(value)
        case "EXRULE": excludedRules.append(value)
        case "RDATE": dates += try times(value)
        case "EXDATE": excludedDates += try times(value)
        case "DTSTART": start = try LocalTime(calendarText: value)
        default: throw InvalidSchedule("'\(name)' is no property that it may have")
        }
    }

    private func times(_ value: Substring) throws(InvalidSchedule) -> [LocalTime] {
        var times: [LocalTime] = []
        for text in value.split(separator: ",") { times.append(try LocalTime(calendarText: text)) }
        return times
    }
}

extension LocalTime {
    /// Reads `20260131`, `20260131T083000`, with a `Z` if need be, and the same with dashes and colons. What zone it
    /// says does not matter.
    init(calendarText text: Substring) throws(InvalidSchedule) {
        let digits = text.filter { $0.isASCII && $0.isNumber }
        let rest = Set(text.filter { !($0.isASCII && $0.isNumber) })
        guard [8, 12, 14].contains(digits.count), rest.isSubset(of: "T-:Z"), let number = Int64(digits) else {
            throw InvalidSchedule("'\(text)' is no date, nor a date with its time")
        }
        let padded = digits.count == 8 ? number * 1_000_000 : digits.count == 12 ? number * 100 : number
        let (date, time) = padded.quotientAndRemainder(dividingBy: 1_000_000)
        let (year, month, day) = (date / 10_000, date / 100 % 100, date % 100)
        let (hour, minute, second) = (time / 10_000, time / 100 % 100, time % 100)
        guard
            year > 0, (1...12).contains(month), (1...daysIn(month: month, of: year)).contains(day), hour < 24,
            minute < 60, second < 60
        else { throw InvalidSchedule("'\(text)' is not on the calendar") }
        self.init(CivilDay(year: year, month: month, day: day), second: hour * 3600 + minute * 60 + second)
    }
}
