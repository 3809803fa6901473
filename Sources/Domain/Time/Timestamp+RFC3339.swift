/// RFC 3339 text, as the Prefect clients write and read it.
extension Timestamp: CustomStringConvertible, LosslessStringConvertible {
    /// `2026-11-21T01:58:33.279977Z`: always UTC, always six decimals, so that text order is time order.
    public var description: String {
        let (days, rest) = microseconds.flooredDivision(by: 86_400_000_000)
        let (year, month, day) = civilDate(daysSinceEpoch: days)
        let seconds = rest / 1_000_000
        var text = [UInt8]()
        text.reserveCapacity(27)
        text.appendDecimal(year, width: 4)
        text.appendDecimal(month, width: 2, after: "-")
        text.appendDecimal(day, width: 2, after: "-")
        text.appendDecimal(seconds / 3600, width: 2, after: "T")
        text.appendDecimal(seconds / 60 % 60, width: 2, after: ":")
        text.appendDecimal(seconds % 60, width: 2, after: ":")
        text.appendDecimal(rest % 1_000_000, width: 6, after: ".")
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads a date and time with `T`, `t` or a blank between them, any number of decimals (those past the sixth are
    /// dropped) and `Z` or an offset. Text without an offset is taken as UTC, as Prefect takes it.
    public init?(_ text: some StringProtocol) {
        var scanner = DigitScanner(bytes: [UInt8](text.utf8))
        guard
            let year = scanner.number(width: 4), scanner.skip("-"),
            let month = scanner.number(width: 2), scanner.skip("-"),
            let day = scanner.number(width: 2),
            (1...12).contains(month), day >= 1, day <= daysIn(month: month, of: year)
        else { return nil }
        var seconds: Int64 = 0
        var fraction: Int64 = 0
        if !scanner.isAtEnd {
            guard
                scanner.skip("T") || scanner.skip("t") || scanner.skip(" "),
                let hour = scanner.number(width: 2), hour < 24, scanner.skip(":"),
                let minute = scanner.number(width: 2), minute < 60
            else { return nil }
            var second: Int64 = 0
            if scanner.skip(":") {
                guard let value = scanner.number(width: 2), value <= 60 else { return nil }
                second = value
                if scanner.skip(".") {
                    guard let value = scanner.microsecondFraction() else { return nil }
                    fraction = value
                }
            }
            guard let offset = scanner.offset(), scanner.isAtEnd else { return nil }
            seconds = hour * 3600 + minute * 60 + second - offset
        }
        let days = daysSinceEpoch(year: year, month: month, day: day)
        self.init(microseconds: (days * 86_400 + seconds) * 1_000_000 + fraction)
    }
}

private struct DigitScanner {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func digit() -> Int64? {
        guard position < bytes.count, (48...57).contains(bytes[position]) else { return nil }
        defer { position += 1 }
        return Int64(bytes[position] - 48)
    }

    mutating func number(width: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<width {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    mutating func microsecondFraction() -> Int64? {
        guard var value = digit() else { return nil }
        var digits = 1
        while let next = digit() {
            if digits < 6 { value = value * 10 + next }
            digits += 1
        }
        for _ in min(digits, 6)..<6 { value *= 10 }
        return value
    }

    /// Seconds east of UTC.
    mutating func offset() -> Int64? {
        if isAtEnd || skip("Z") || skip("z") { return 0 }
        let sign: Int64
        if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
        guard let hours = number(width: 2), hours < 24 else { return nil }
        _ = skip(":")
        guard let minutes = isAtEnd ? 0 : number(width: 2), minutes < 60 else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }
}
