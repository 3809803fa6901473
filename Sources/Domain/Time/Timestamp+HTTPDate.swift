extension Timestamp {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Reads `Sun, 06 Nov 1994 08:49:37 GMT`: the form of dates in HTTP that is not obsolete (RFC 9110, 5.6.7).
    public init?(httpDate text: String) {
        let parts = text.split { $0 == " " || $0 == "," }
        guard
            parts.count == 6, parts[5] == "GMT", let month = Self.months.firstIndex(of: String(parts[2])),
            let day = Self.number(parts[1], digits: 2), let year = Self.number(parts[3], digits: 4)
        else { return nil }
        let time = parts[4].split(separator: ":", omittingEmptySubsequences: false)
        let numbers = time.compactMap { Self.number($0, digits: 2) }
        guard
            time.count == 3, numbers.count == 3, numbers[0] < 24, numbers[1] < 60, numbers[2] <= 60,
            day >= 1, day <= daysIn(month: Int64(month + 1), of: year)
        else { return nil }
        let days = daysSinceEpoch(year: year, month: Int64(month + 1), day: day)
        self.init(
            microseconds: (days * 86_400 + numbers[0] * 3600 + numbers[1] * 60 + numbers[2]) * 1_000_000)
    }

    private static func number(_ text: Substring, digits: Int) -> Int64? {
        text.utf8.count == digits && text.utf8.allSatisfy { (48...57).contains($0) } ? Int64(text) : nil
    }
}
