/// Amounts of memory as people write them: `512m`, `2 GiB`, `1.5g`, or a number of bytes. Units are powers of 1024, as
/// Docker has them.
public enum MemoryAmount {
    private static let units: [String: Double] = [
        "": 1, "b": 1, "k": 0x400, "m": 0x10_0000, "g": 0x4000_0000, "t": 0x100_0000_0000,
    ]

    /// - Returns: Bytes; nothing for what is no amount, or more than 8 EiB.
    public static func parse(_ text: String) -> Int64? {
        let number = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        guard let value = Double(number), value >= 0 else { return nil }
        var unit = text[number.endIndex...].drop { $0 == " " }.lowercased()
        for ending in ["ib", "i", "b"] where unit.count > 1 && unit.hasSuffix(ending) {
            unit.removeLast(ending.count)
            break
        }
        guard let factor = units[unit], value * factor < 0x1p63 else { return nil }
        return Int64(value * factor)
    }

    /// In the largest unit that leaves no rest: `512 MiB`.
    public static func describe(_ bytes: Int64) -> String {
        for (shift, unit) in [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")]
        where bytes != 0 && bytes % (1 << Int64(shift)) == 0 {
            return "\(bytes >> Int64(shift)) \(unit)"
        }
        return "\(bytes) bytes"
    }
}
