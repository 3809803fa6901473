/// Reads digits and marks from the front of an ASCII text.
private struct TimeScanner {
    private var rest: Substring.UTF8View

    init(_ text: String) {
        rest = text[...].utf8
    }

    var isAtEnd: Bool { rest.isEmpty }

    /// Exactly so many digits.
    mutating func digits(_ count: Int) -> Int? {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy(\.isDigit) else { return nil }
        rest = rest.dropFirst(count)
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    /// Steps over digits, and says whether there were any.
    mutating func skipsDigits() -> Bool {
        let count = rest.prefix(while: \.isDigit).count
        rest = rest.dropFirst(count)
        return count > 0
    }

    mutating func take(_ accepted: UInt8...) -> UInt8? {
        guard let first = rest.first, accepted.contains(first) else { return nil }
        rest = rest.dropFirst()
        return first
    }
}

extension StringFormat {
    static func isDateTime(_ text: String) -> Bool {
        var scanner = TimeScanner(text)
        return takesDate(&scanner)
            && scanner.take(UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")) != nil
            && takesTime(&scanner) && scanner.isAtEnd
    }

    static func isDate(_ text: String) -> Bool {
        var scanner = TimeScanner(text)
        return takesDate(&scanner) && scanner.isAtEnd
    }

    static func isTime(_ text: String) -> Bool {
        var scanner = TimeScanner(text)
        return takesTime(&scanner) && scanner.isAtEnd
    }

    /// `full-date` of RFC 3339 §5.6.
    private static func takesDate(_ scanner: inout TimeScanner) -> Bool {
        guard let year = scanner.digits(4), scanner.take(UInt8(ascii: "-")) != nil,
            let month = scanner.digits(2), (1...12).contains(month), scanner.take(UInt8(ascii: "-")) != nil,
            let day = scanner.digits(2)
        else { return false }
        let isLeapYear = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeapYear ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...lengths[month - 1]).contains(day)
    }

    /// `full-time` of RFC 3339 §5.6; seconds and offset may be missing. A leap second ends a day in UTC.
    private static func takesTime(_ scanner: inout TimeScanner) -> Bool {
        guard let hour = scanner.digits(2), hour < 24, scanner.take(UInt8(ascii: ":")) != nil,
            let minute = scanner.digits(2), minute < 60
        else { return false }
        var isLeapSecond = false
        if scanner.take(UInt8(ascii: ":")) != nil {
            guard let second = scanner.digits(2), second <= 60 else { return false }
            isLeapSecond = second == 60
            if scanner.take(UInt8(ascii: ".")) != nil, !scanner.skipsDigits() { return false }
        }
        guard let offset = takeOffset(&scanner) else { return false }
        let minuteInUTC = (hour * 60 + minute - offset + 2 * 1_440) % 1_440
        return !isLeapSecond || minuteInUTC == 1_439
    }

    /// The offset in minutes; 0 if there is none, nil if it is malformed.
    private static func takeOffset(_ scanner: inout TimeScanner) -> Int? {
        if scanner.take(UInt8(ascii: "Z"), UInt8(ascii: "z")) != nil { return 0 }
        guard let sign = scanner.take(UInt8(ascii: "+"), UInt8(ascii: "-")) else { return 0 }
        guard let hours = scanner.digits(2), hours < 24, scanner.take(UInt8(ascii: ":")) != nil,
            let minutes = scanner.digits(2), minutes < 60
        else { return nil }
        return (sign == UInt8(ascii: "-") ? -1 : 1) * (hours * 60 + minutes)
    }

    /// ISO 8601 as in RFC 3339, appendix A, where pydantic's fractions of a second and leading sign are allowed too.
    static func isDuration(_ text: String) -> Bool {
        var scanner = TimeScanner(text)
        _ = scanner.take(UInt8(ascii: "-"), UInt8(ascii: "+"))
        guard scanner.take(UInt8(ascii: "P")) != nil else { return false }
        guard let days = takeUnits("YMWD", &scanner) else { return false }
        // Weeks stand alone.
        if days.contains(UInt8(ascii: "W")) { return days.count == 1 && scanner.isAtEnd }
        guard scanner.take(UInt8(ascii: "T")) != nil else { return !days.isEmpty && scanner.isAtEnd }
        guard let times = takeUnits("HMS", &scanner) else { return false }
        return !times.isEmpty && scanner.isAtEnd
    }

    /// Numbers each followed by a unit, the units in their order; nil for a number without one. Units may only be left
    /// out at either end.
    private static func takeUnits(_ order: String, _ scanner: inout TimeScanner) -> [UInt8]? {
        var allowed = Array(order.utf8)
        var taken: [UInt8] = []
        while scanner.skipsDigits() {
            if scanner.take(UInt8(ascii: ".")) != nil {
                guard scanner.skipsDigits(), scanner.take(UInt8(ascii: "S")) != nil, allowed.contains(UInt8(ascii: "S"))
                else { return nil }
                return taken + [UInt8(ascii: "S")]
            }
            guard let place = allowed.firstIndex(where: { scanner.take($0) != nil }) else { return nil }
            if !taken.isEmpty, place > 0, allowed[place] != UInt8(ascii: "D") { return nil }
            taken.append(allowed[place])
            allowed.removeFirst(place + 1)
        }
        return taken
    }
}
