extension RecurrenceRule {
    /// Whether a day passes all that the rule says of days.
    func allows(_ day: CivilDay) -> Bool {
        let (year, month, date) = day.date
        guard months.isEmpty || months.contains(Int(month)) else { return false }
        let length = Int(daysIn(month: month, of: year))
        guard Self.counts(monthDays, Int(date), of: length) else { return false }
        guard allowsWeekday(day, year, month) else { return false }
        guard allowsYearDay(day, year) else { return false }
        return weekNumbers.isEmpty || allowsWeek(day, year)
    }

    /// Whether the place of something, or its place from the end, is among the wanted.
    private static func counts(_ wanted: Set<Int>, _ place: Int, of length: Int) -> Bool {
        wanted.isEmpty || wanted.contains(place) || wanted.contains(place - length - 1)
    }

    private func allowsYearDay(_ day: CivilDay, _ year: Int64) -> Bool {
        guard !yearDays.isEmpty else { return true }
        let first = CivilDay(year: year, month: 1, day: 1)
        let length = CivilDay(year: year + 1, month: 1, day: 1) - first
        return Self.counts(yearDays, Int(day - first) + 1, of: Int(length))
    }

    private func allowsWeekday(_ day: CivilDay, _ year: Int64, _ month: Int64) -> Bool {
        guard !weekdays.isEmpty else { return true }
        return weekdays.contains { wanted in
            guard wanted.weekday == day.weekday else { return false }
            // Only months and years have a second Monday: elsewhere each is meant.
            guard wanted.ordinal != 0, frequency <= .monthly else { return true }
            let (first, end) = ordinalSpan(year, month)
            return wanted.ordinal > 0
                ? (day - first) / 7 + 1 == Int64(wanted.ordinal)
                : (end - day - 1) / 7 + 1 == -Int64(wanted.ordinal)
        }
    }

    /// Of what the second Monday is the second.
    private func ordinalSpan(_ year: Int64, _ month: Int64) -> (first: CivilDay, end: CivilDay) {
        if frequency == .yearly, months.isEmpty {
            return (CivilDay(year: year, month: 1, day: 1), CivilDay(year: year + 1, month: 1, day: 1))
        }
        let first = CivilDay(year: year, month: month, day: 1)
        return (first, first + daysIn(month: month, of: year))
    }

    /// The first week of a year is the first that has four days in it.
    private func allowsWeek(_ day: CivilDay, _ year: Int64) -> Bool {
        let starts = [year - 1, year, year + 1, year + 2].map(firstWeek)
        guard let index = starts.lastIndex(where: { $0 <= day }), index + 1 < starts.count else { return false }
        let weeks = (starts[index + 1] - starts[index]) / 7
        return Self.counts(weekNumbers, Int((day - starts[index]) / 7) + 1, of: Int(weeks))
    }

    /// The first day of the first week of a year.
    private func firstWeek(of year: Int64) -> CivilDay {
        // The week that January 4 is in.
        let day = CivilDay(year: year, month: 1, day: 4)
        return day + -Int64((day.weekday - weekStart + 7) % 7)
    }
}
