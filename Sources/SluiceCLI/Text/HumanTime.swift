import Domain
import Glibc

/// Times as people read them.
enum HumanTime {
    /// `3s ago`, `in 2m 5s`, `just now`
    static func relative(_ time: Timestamp, to now: Timestamp) -> String {
        let span = time - now
        if span > .seconds(1) { return "in \(DurationText.describe(span))" }
        if span < .seconds(-1) { return "\(DurationText.describe(.zero - span)) ago" }
        return "just now"
    }

    /// `14:03:05.123`, in the local time zone.
    static func clock(_ time: Timestamp) -> String {
        let parts = local(time)
        let milliseconds = padded(Int(time.microseconds / 1000 % 1000), 3)
        return "\(padded(Int(parts.tm_hour), 2)):\(padded(Int(parts.tm_min), 2)):\(padded(Int(parts.tm_sec), 2))"
            + ".\(milliseconds)"
    }

    /// `2026-11-21 14:03:05`, in the local time zone.
    static func date(_ time: Timestamp) -> String {
        let parts = local(time)
        return "\(Int(parts.tm_year) + 1900)-\(padded(Int(parts.tm_mon) + 1, 2))-\(padded(Int(parts.tm_mday), 2)) "
            + String(clock(time).dropLast(4))
    }

    private static func local(_ time: Timestamp) -> tm {
        var seconds = time_t(time.microseconds / 1_000_000)
        var parts = tm()
        localtime_r(&seconds, &parts)
        return parts
    }

    private static func padded(_ number: Int, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}

/// Amounts as people read them.
enum HumanAmount {
    /// `1,234,567`
    static func count(_ number: Int) -> String {
        let digits = String(number.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
            text.append(digit)
        }
        return number < 0 ? "-\(text)" : text
    }

    /// `1 run`, `12 runs`
    static func of(_ number: Int, _ thing: String) -> String {
        "\(count(number)) \(thing)\(number == 1 ? "" : "s")"
    }

    /// `512 bytes`, `3.4 MiB`
    static func bytes(_ number: Int) -> String {
        guard number >= 1024 else { return "\(number) bytes" }
        var value = Double(number)
        var unit = ""
        for next in ["KiB", "MiB", "GiB", "TiB"] where value >= 1024 {
            value /= 1024
            unit = next
        }
        let tenths = Int((value * 10).rounded())
        return "\(count(tenths / 10)).\(tenths % 10) \(unit)"
    }
}
