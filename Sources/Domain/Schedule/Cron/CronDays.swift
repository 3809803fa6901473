/// The days of a month, as the third column says them.
struct CronMonthDays: Hashable, Sendable {
    /// Whether it leaves any day out; if so, the day of the week does not decide alone.
    let isRestricted: Bool
    private var numbers = CronSet()
    /// Days whose nearest weekday is meant.
    private var nearest = CronSet()
    private var hasLast = false
    private var hasLastWeekday = false

    init(_ column: Substring, _ field: CronField, besides other: Substring) throws(InvalidSchedule) {
        var isOpen = column == "?"
        for item in isOpen ? [] : field.items(of: column) {
            switch item {
            case "*": isOpen = true
            case "l": hasLast = true
            case "lw", "wl": hasLastWeekday = true
            case _ where item.hasSuffix("w"): nearest.insert(try field.number(item.dropLast()))
            default: for number in try field.numbers(item) { numbers.insert(number) }
            }
        }
        // All of them are as good as a star, unless that would leave the other column to decide alone.
        isRestricted = !isOpen && !(numbers == CronSet(field.range) && other.contains("*"))
    }

    func days(of month: MonthLayout) -> CronSet {
        var days = numbers.intersection(month.all)
        if hasLast { days.insert(month.length) }
        if hasLastWeekday { days.insert(Self.weekday(nearestTo: month.length, in: month)) }
        var next = nearest.first(from: 1)
        while let day = next {
            // In a shorter month, as croniter has it, the last day stands for it.
            days.insert(Self.weekday(nearestTo: min(day, month.length), in: month))
            next = nearest.first(from: day + 1)
        }
        return days
    }

    /// Monday to Friday, in the same month.
    private static func weekday(nearestTo day: Int, in month: MonthLayout) -> Int {
        switch month.weekday(of: day) {
        case 6: day > 1 ? day - 1 : day + 2
        case 0: day < month.length ? day + 1 : day - 2
        default: day
        }
    }
}

/// The days of the week, as the fifth column says them.
struct CronWeekdays: Hashable, Sendable {
    private(set) var isRestricted = true
    private var plain = CronSet()
    /// Which of a month's such days are meant: bit 1 for the first, bit 0 for the last.
    private var chosen: [Int: CronSet] = [:]

    private static let last = 0

    init(_ column: Substring, _ field: CronField, besides other: Substring) throws(InvalidSchedule) {
        var isOpen = column == "?"
        for item in isOpen ? [] : field.items(of: column) {
            if item == "*" { isOpen = true }
            try read(item, field)
        }
        let all = CronSet(field.range)
        for weekday in field.range where plain.contains(weekday) && !chosen.isEmpty {
            guard chosen[weekday] != nil || plain == all else {
                throw InvalidSchedule("days of the week are either plain or chosen with # or L, not both")
            }
        }
        isRestricted = !chosen.isEmpty || !isOpen && !(plain == all && other.contains("*"))
    }

    private mutating func read(_ item: Substring, _ field: CronField) throws(InvalidSchedule) {
        let parts = item.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 {
            guard let number = CronField.decimal(parts[1]), (1...5).contains(number) else {
                throw InvalidSchedule("'\(item)' means no week of a month: it is from #1 to #5")
            }
            // A range of names may be chosen from, as croniter has it, and not one of numbers.
            let isRange = parts[0].contains("-") && parts[0].allSatisfy { $0 == "-" || $0.isLetter }
            choose(number, of: isRange ? try field.numbers(parts[0]) : [try field.number(parts[0])])
        } else if item.count > 1, item.hasPrefix("l") {
            choose(Self.last, of: [try field.number(item.dropFirst())])
        } else if item.count > 1, item.hasSuffix("l") {
            choose(Self.last, of: [try field.number(item.dropLast())])
        } else {
            for number in try field.numbers(item) { plain.insert(number) }
        }
    }

    private mutating func choose(_ number: Int, of weekdays: [Int]) {
        for weekday in weekdays { chosen[weekday, default: CronSet()].insert(number) }
    }

    func days(of month: MonthLayout) -> CronSet {
        guard chosen.isEmpty else { return chosenDays(of: month) }
        return CronSet((1...month.length).filter { plain.contains(month.weekday(of: $0)) })
    }

    private func chosenDays(of month: MonthLayout) -> CronSet {
        var days = CronSet()
        for (weekday, choice) in chosen {
            let candidates = month.days(on: weekday)
            for (index, day) in candidates.enumerated()
            where choice.contains(index + 1) || index == candidates.count - 1 && choice.contains(Self.last) {
                days.insert(day)
            }
        }
        return days
    }
}
