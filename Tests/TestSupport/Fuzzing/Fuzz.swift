import Glibc

/// How much is fuzzed. Every case is made from its number alone, so the number in a failure makes it fail again.
public enum Fuzz {
    /// 1, or 50 when the environment has `SLUICE_SOAK=1`.
    public static let factor: UInt64 = getenv("SLUICE_SOAK").map { String(cString: $0) } == "1" ? 50 : 1

    /// The numbers of so many cases, and of more while soaking.
    public static func seeds(_ count: UInt64) -> Range<UInt64> { 0..<count * factor }
}

extension SeededGenerator {
    /// One of so many alternatives.
    public mutating func choice(of count: Int) -> Int { Int.random(in: 0..<count, using: &self) }

    public mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }
}
