extension YearlyChanges {
    /// What the footer of a TZif file says: an offset that stays, or one that changes twice a year.
    enum Law {
        case constant(Int64)
        case changing(YearlyChanges)
    }

    /// Reads text such as `CET-1CEST,M3.5.0,M10.5.0/3` or `<-03>3`. Nothing if it is none.
    static func law(_ text: some Collection<UInt8>) -> Law? {
        var scanner = Scanner(rest: Array(text)[...])
        guard scanner.skipName(), let standard = scanner.time() else { return nil }
        if scanner.rest.isEmpty { return .constant(-standard) }
        guard scanner.skipName() else { return nil }
        var summer = standard - 3600
        if !scanner.skip(","), let given = scanner.time() {
            summer = given
            guard scanner.skip(",") else { return nil }
        }
        guard
            let start = scanner.changeDay(), scanner.skip(","), let end = scanner.changeDay(), scanner.rest.isEmpty
        else { return nil }
        return .changing(
            YearlyChanges(standardOffset: -standard, summerOffset: -summer, summerStart: start, summerEnd: end))
    }

    private struct Scanner {
        var rest: ArraySlice<UInt8>

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }

        /// An abbreviation: letters, or anything between `<` and `>`.
        mutating func skipName() -> Bool {
            let before = rest.count
            if skip("<") {
                rest = rest.drop { $0 != UInt8(ascii: ">") }
                return skip(">")
            }
            rest = rest.drop { ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z") }
            return before - rest.count >= 3
        }

        mutating func number() -> Int64? {
            let digits = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            rest = rest.dropFirst(digits.count)
            return digits.count <= 4 ? Int64(String(decoding: digits, as: UTF8.self)) : nil
        }

        /// `hh[:mm[:ss]]`, with a sign if need be, in seconds.
        mutating func time() -> Int64? {
            let sign: Int64 = skip("-") ? -1 : 1
            if sign == 1 { _ = skip("+") }
            guard var seconds = number().map({ $0 * 3600 }) else { return nil }
            for unit: Int64 in [60, 1] where skip(":") {
                guard let part = number() else { return nil }
                seconds += part * unit
            }
            return sign * seconds
        }

        mutating func changeDay() -> ChangeDay? {
            guard let rule = rule() else { return nil }
            guard skip("/") else { return ChangeDay(rule: rule, time: 7200) }
            return time().map { ChangeDay(rule: rule, time: $0) }
        }

        private mutating func rule() -> ChangeDay.Rule? {
            if skip("J") { return number().flatMap { (1...365).contains($0) ? .julian($0) : nil } }
            guard skip("M") else { return number().flatMap { $0 <= 365 ? .ordinal($0) : nil } }
            guard
                let month = number(), (1...12).contains(month), skip("."), let week = number(),
                (1...5).contains(week), skip("."), let weekday = number(), weekday <= 6
            else { return nil }
            return .weekday(month: month, week: week, weekday: weekday)
        }
    }
}
