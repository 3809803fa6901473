/// Amounts of resources as people write them: `2` or `0.5` processors, `4GiB` or `512M` of memory.
public enum ResourceText {
    /// Thousandths of a processor: from `0.001` to `100000`, exact to a thousandth. Nothing for anything else.
    public static func cpu(_ text: some StringProtocol) -> Int? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = number(parts[0]), whole <= 100_000 else { return nil }
        guard parts.count == 2 else { return whole * 1000 }
        guard (1...3).contains(parts[1].utf8.count), let fraction = number(parts[1]) else { return nil }
        return whole * 1000 + fraction * [100, 10, 1][parts[1].utf8.count - 1]
    }

    /// The bytes that `4GiB`, `512MiB`, `2G`, `100M` or a bare number say. A unit with `i` counts by 1,024, one without by
    /// 1,000. Nothing for anything else.
    public static func memory(_ text: some StringProtocol) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let amount = number(digits) else { return nil }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let factor = factors[unit.lowercased()] else { return nil }
        let (bytes, overflow) = amount.multipliedReportingOverflow(by: factor)
        return overflow ? nil : bytes
    }

    private static let factors: [String: Int] = {
        var factors = ["": 1, "b": 1]
        var (decimal, binary) = (1, 1)
        for letter in ["k", "m", "g", "t", "p"] {
            (decimal, binary) = (decimal * 1000, binary * 1024)
            for (suffix, factor) in [("", decimal), ("b", decimal), ("i", binary), ("ib", binary)] {
                factors[letter + suffix] = factor
            }
        }
        return factors
    }()

    private static func number(_ text: some StringProtocol) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }

    /// `2`, `0.5`.
    public static func describe(cpu: Int) -> String {
        let (whole, rest) = (cpu / 1000, cpu % 1000)
        guard rest != 0 else { return String(whole) }
        var fraction = String(1000 + rest).dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        return "\(whole).\(fraction)"
    }

    /// The largest unit that says it exactly; of what no unit does, the largest with one decimal: `4GiB`, `1.5GiB`.
    public static func describe(memory bytes: Int) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
        var (unit, size) = (0, 1)
        while unit + 1 < units.count, bytes / size >= 1024 { (unit, size) = (unit + 1, size * 1024) }
        let (whole, tenths) = (bytes / size, bytes % size * 10 / size)
        return tenths == 0 ? "\(whole)\(units[unit])" : "\(whole).\(tenths)\(units[unit])"
    }

    /// `2 cpu, 4GiB of memory, 1 gpu`, without what there is none of.
    public static func describe(_ resources: Resources) -> String {
        var parts: [String] = []
        if resources.cpu != 0 { parts.append("\(describe(cpu: resources.cpu)) cpu") }
        if resources.memory != 0 { parts.append("\(describe(memory: resources.memory)) of memory") }
        if resources.gpu != 0 { parts.append("\(resources.gpu) gpu") }
        return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
    }
}
