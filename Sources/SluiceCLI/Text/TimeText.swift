import Domain
import Glibc

/// Times as people write them: RFC 3339, or a day and a time of the local time zone.
enum TimeText {
    /// What is meant by a time of day without a day.
    enum Nearest {
        /// The next such time: today's, or else tomorrow's.
        case next
        /// Today's.
        case today
    }

    static let forms = "2026-11-21T09:00:00Z, '2026-11-21 09:00', 'tomorrow 09:00' or 09:00"

    /// The moment that `text` means; nothing if it means none, or one that a change of the clocks leaves out.
    static func parse(_ text: String, now: Timestamp, _ nearest: Nearest) -> Timestamp? {
        let words = text.split { $0 == " " || $0 == "T" || $0 == "t" }.map { String($0) }
        if hasOffset(text), let time = Timestamp(text) { return time }
        if text == "now" { return now }
        // "t" is a letter of "tomorrow", too.
        let parts = text.contains("-") ? words : text.split(separator: " ").map(String.init)
        switch parts.count {
        case 1:
            if let day = Day(parts[0], now) { return moment(day, (0, 0, 0)) }
            guard let time = timeOfDay(parts[0]), let today = Day("today", now) else { return nil }
            let moment = moment(today, time)
            guard nearest == .next, let early = moment, early <= now else { return moment }
            return Day("tomorrow", now).flatMap { self.moment($0, time) }
        case 2: return Day(parts[0], now).flatMap { day in timeOfDay(parts[1]).flatMap { moment(day, $0) } }
        default: return nil
        }
    }

    private struct Day {
        let year: Int
        let month: Int
        let day: Int

        /// `2026-11-21`, `today`, `tomorrow`, `yesterday`
        init?(_ text: String, _ now: Timestamp) {
            let shift = ["today": 0, "tomorrow": 1, "yesterday": -1][text.lowercased()]
            if let shift {
                var seconds = time_t(now.microseconds / 1_000_000)
                var parts = tm()
                localtime_r(&seconds, &parts)
                self.init(Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday) + shift)
            } else {
                guard text.count == 10, Timestamp("\(text)T00:00:00Z") != nil else { return nil }
                let numbers = text.split(separator: "-").compactMap { Int($0) }
                guard numbers.count == 3 else { return nil }
                self.init(numbers[0], numbers[1], numbers[2])
            }
        }

        private init(_ year: Int, _ month: Int, _ day: Int) { (self.year, self.month, self.day) = (year, month, day) }
    }

    /// `09:00` or `09:00:30`
    private static func timeOfDay(_ text: String) -> (hour: Int, minute: Int, second: Int)? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { $0.count <= 2 ? Int($0) : nil }
        guard (2...3).contains(parts.count), numbers.count == parts.count else { return nil }
        let time = (numbers[0], numbers[1], numbers.count > 2 ? numbers[2] : 0)
        guard (0..<24).contains(time.0), (0..<60).contains(time.1), (0..<60).contains(time.2) else { return nil }
        return time
    }

    private static func moment(_ day: Day, _ time: (hour: Int, minute: Int, second: Int)) -> Timestamp? {
        var parts = tm()
        parts.tm_year = Int32(day.year - 1900)
        parts.tm_mon = Int32(day.month - 1)
        parts.tm_mday = Int32(day.day)
        parts.tm_hour = Int32(time.hour)
        parts.tm_min = Int32(time.minute)
        parts.tm_sec = Int32(time.second)
        parts.tm_isdst = -1
        let seconds = mktime(&parts)
        guard Int(parts.tm_hour) == time.hour, Int(parts.tm_min) == time.minute else { return nil }
        return Timestamp(microseconds: Int64(seconds) * 1_000_000)
    }

    private static func hasOffset(_ text: String) -> Bool {
        text.firstMatch(of: /([Zz]|[+-]\d\d:?\d\d)$/) != nil && text.contains(":")
    }
}
