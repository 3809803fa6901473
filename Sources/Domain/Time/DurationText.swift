/// Durations as people write them: `30s`, `10m`, `1h30m`, `250ms`, `2d`, or a bare number of seconds.
public enum DurationText {
    /// The duration that `text` says, or nothing when it says none. Never negative.
    public static func parse(_ text: some StringProtocol) -> Duration? {
        let characters = Array(text.utf8.drop { $0 == 32 })
        guard !characters.isEmpty else { return nil }
        var total = 0.0
        var position = 0
        if let seconds = Double(String(decoding: characters, as: UTF8.self)), characters.allSatisfy(isDigitOrPoint) {
            return duration(seconds: seconds)
        }
        while position < characters.count {
            guard let number = number(in: characters, from: &position) else { return nil }
            guard let unit = unit(in: characters, from: &position) else { return nil }
            total += number * unit
        }
        return duration(seconds: total)
    }

    /// A thousand years is longer than anything waits, and well inside what a Duration holds.
    private static func duration(seconds: Double) -> Duration? {
        guard seconds.isFinite, seconds <= 31_557_600_000 else { return nil }
        return .microseconds(Int64((seconds * 1e6).rounded()))
    }

    private static func isDigitOrPoint(_ byte: UInt8) -> Bool { (48...57).contains(byte) || byte == 46 }

    private static func number(in text: [UInt8], from position: inout Int) -> Double? {
        let start = position
        while position < text.count, isDigitOrPoint(text[position]) { position += 1 }
        return Double(String(decoding: text[start..<position], as: UTF8.self))
    }

    private static func unit(in text: [UInt8], from position: inout Int) -> Double? {
        let start = position
        while position < text.count, (97...122).contains(text[position]) { position += 1 }
        switch String(decoding: text[start..<position], as: UTF8.self) {
        case "ms": return 0.001
        case "s": return 1
        case "m", "min": return 60
        case "h": return 3600
        case "d": return 86_400
        default: return nil
        }
    }

    /// The duration as a person reads it: `250ms`, `4.2s`, `1m 5s`, `3h 2m`, `2d 1h`.
    public static func describe(_ span: Duration) -> String {
        let milliseconds = max(0, span.wholeMicroseconds / 1000)
        if milliseconds < 1000 { return "\(milliseconds)ms" }
        let seconds = milliseconds / 1000
        switch seconds {
        case ..<10:
            let tenths = milliseconds / 100 % 10
            return tenths == 0 ? "\(seconds)s" : "\(seconds).\(tenths)s"
        case ..<60: return "\(seconds)s"
        case ..<3600: return join(seconds / 60, "m", seconds % 60, "s")
        case ..<86_400: return join(seconds / 3600, "h", seconds / 60 % 60, "m")
        default: return join(seconds / 86_400, "d", seconds / 3600 % 24, "h")
        }
    }

    private static func join(_ large: Int64, _ largeUnit: String, _ small: Int64, _ smallUnit: String) -> String {
        small == 0 ? "\(large)\(largeUnit)" : "\(large)\(largeUnit) \(small)\(smallUnit)"
    }
}
